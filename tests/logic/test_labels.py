"""From file names to breeds."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petwidgets.common.errors import Problem
from petwidgets.data.labels import compiled, label, labels
from petwidgets.data.species import species_of
from petwidgets.recipes.labelling import CHAPTER_PATTERN, PARENT_FOLDER

DAMAGED_PATTERN = r"(.+)\d+.jpg$"


def said(pattern: str, name: str = "beagle_75.jpg") -> str:
    with pytest.raises(Problem) as caught:
        label(Path(name), pattern)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "breed"),
    [
        ("beagle_75.jpg", "beagle"),
        ("great_pyrenees_173.jpg", "great_pyrenees"),
        ("Egyptian_Mau_1.jpg", "Egyptian_Mau"),
        ("a_1_2.jpg", "a_1"),
        ("beagle_75.jpeg", None),
        ("beagle75.jpg", None),
        ("_75.jpg", None),
        ("beagle_75.jpg.part", None),
    ],
)
def test_the_chapters_pattern(name: str, breed: str | None) -> None:
    assert label(Path("somewhere_3.jpg") / name, CHAPTER_PATTERN) == breed


def test_the_damaged_pattern_does_what_the_printed_chapter_would() -> None:
    assert label(Path("beagle_75.jpg"), DAMAGED_PATTERN) == "beagle_7"


def test_the_parent_folder() -> None:
    paths = [Path("pets/pug/1.jpg"), Path("pets/Siamese/2.jpg")]
    assert labels(paths, PARENT_FOLDER) == ["pug", "Siamese"]


def test_a_busy_machine_is_no_fault_of_the_expression(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = count()  # a second passes at each look, most of it in other processes
    monkeypatch.setattr(time, "monotonic", lambda: float(next(clock)))
    names = [Path(f"pug_{n}.jpg") for n in range(20)]
    assert labels(names, CHAPTER_PATTERN) == ["pug"] * 20


@pytest.mark.parametrize("pattern", [r"(a|aa)+$", r"(a|a)*(?<!a)$"])
def test_an_expression_that_never_ends_is_ended(pattern: str) -> None:
    began = time.process_time()
    assert "too many ways" in said(pattern, "a" * 60 + "!.jpg")
    assert time.process_time() - began < 3


def test_the_classic_catastrophe_ends_quickly() -> None:
    # `regex` sees through this one, which takes Python's own `re` for ever.
    began = time.process_time()
    with suppress(Problem):
        assert label(Path("a" * 60 + "!.jpg"), r"(a+)+$") is None
    assert time.process_time() - began < 3


def test_only_the_limit_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("petwidgets.data.labels.SECONDS_A_NAME", 0.01)
    began = time.process_time()
    said(r"(a|aa)+$", "a" * 60 + "!.jpg")
    assert time.process_time() - began < 0.2


def test_a_pattern_without_a_group_is_refused() -> None:
    assert "captures nothing" in said(r".+_\d+.jpg$")
    assert "captures nothing" in said(r"(?:.+)_\d+.jpg$")
    assert "captures nothing" in said("")


@pytest.mark.parametrize(
    "pattern",
    [
        "(",
        "(.+",
        "[",
        "(.+)\\",
        "(*)",
        "(?P<n>x)(?P<n>y",
        "(?a)(?u)(x)",
    ],
)
def test_bad_syntax_is_one_sentence(pattern: str) -> None:
    assert said(pattern).startswith("This regular expression can't be read: ")


@pytest.mark.parametrize(
    "pattern",
    [
        "(x){99999999999999999999}",
        "(?:(x)){2,1000000000}",
        "((x{99}){99}){99}",
        "((x{1000,}){1000,})",
        "((x{1000,2}){ 1000 })",
        "(?:" + "ab[cd]" * 150 + "){9999}(x)",
    ],
)
def test_a_repeat_that_would_take_all_memory_is_one_sentence(pattern: str) -> None:
    assert "over 10,000 times" in said(pattern)


def test_blanks_in_the_midst_of_a_count_are_refused() -> None:
    assert "without the flag x" in said("(?sx)(x{9 9 9 9 9 9 9 9})")


def test_an_expression_that_is_accepted_compiles_to_little() -> None:
    # In a process of its own: what a compiler took is given back to no system.
    worst = "(?:" + "ab[cd]" * 150 + "){1000,}(x)"
    grown = (
        "import resource, sys; from petwidgets.data.labels import compiled;"
        "used = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024;"
        "before = used(); compiled(sys.argv[1]); print(used() - before)"
    )
    done = subprocess.run([sys.executable, "-c", grown, worst], capture_output=True, check=True)
    assert int(done.stdout) < 150


def test_an_expression_nested_too_deeply_is_one_sentence() -> None:
    assert "nested too deeply" in said("(" * 495 + "x" + ")" * 495)


def test_a_long_expression_is_one_sentence() -> None:
    assert "more than 1,000 characters" in said("(" * 5000 + "x" + ")" * 5000)


@given(st.text(alphabet="(.+)_\\d[]{}1,?*|^$:!<=Pax#&-", max_size=12))
def test_no_text_raises_anything_but_a_problem(pattern: str) -> None:
    try:
        found = label(Path("beagle_75.jpg"), pattern)
    except Problem as problem:
        found = None if "\n" not in str(problem) else "two lines"
    assert found is None or found in "beagle_75.jpg"


def test_a_group_that_took_no_part_is_no_breed() -> None:
    assert label(Path("dog.jpg"), r"(cat)|dog") is None


def test_all_real_names_agree_with_the_official_list(real: Path) -> None:
    rows = [
        line.split()
        for line in (real / "pets-512/annotations/list.txt").read_text("utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    paths = sorted((real / "pets-512/images").glob("*.jpg"))
    breeds = labels(paths, CHAPTER_PATTERN)
    assert len(paths) == len(rows) == 3700
    assert Counter(Counter(breeds).values()) == {100: 37}
    known = {path.stem: breed for path, breed in zip(paths, breeds, strict=True)}
    numbers: dict[str, set[str]] = {}
    kinds = species_of(known.values())
    for name, number, kind, _ in rows:
        breed = known[name]
        assert breed is not None
        assert name.startswith(f"{breed}_")
        assert kinds[breed] == {"1": "cat", "2": "dog"}[kind]
        numbers.setdefault(breed, set()).add(number)
    assert sorted(n for ns in numbers.values() for n in ns) == sorted(str(i) for i in range(1, 38))
    assert [*kinds.values()].count("cat") == 12


def test_a_compiled_pattern_is_the_pattern() -> None:
    assert compiled(CHAPTER_PATTERN).pattern == CHAPTER_PATTERN


def test_digits_of_other_scripts_are_no_counts() -> None:
    for pattern in ("(\\w+?){\U00010d40e<=1}", "(.+){\u0661,\u0662}"):
        with suppress(Problem):  # a sentence, if it is none
            compiled(pattern)
