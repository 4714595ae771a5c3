"""Every command of petwidgets in the documents runs, and every option is there and described.

Those that serve for ever, measure for minutes or ask the network are read by the real parser. The
others run in a folder with the files that they name. The drawn sample is a part of a user's.
"""

from __future__ import annotations

import contextlib
import io
import re
import shutil
from argparse import _SubParsersAction
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

import pytest
from documents import CURRENT, TOP, blocks, mentioned, prose, written

from petwidgets.cli.main import _parser, main
from petwidgets.common import limits
from petwidgets.data.synthetic import sample
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Iterator
    from pathlib import Path

Words = tuple[str, ...]

NOT_RUN = {
    "serve": "serves for ever: tests/browser start it",
    "bench": "measures for minutes: tests/logic/test_bench.py has its rows",
    "data get oxford-pets": "asks the network: tests/logic/test_oxford.py has a server for it",
    "train --data DIR --recipe fine-tune": "tests/learning/test_distributed.py trains by it",
}
"""Beginnings of commands that the parser reads alone, and why."""

GIVEN = {
    "ADDRESS": "tcp://127.0.0.1:8786",
    "DIR": "photographs",
    "F": "0.01",
    "FILE": "taken.zip",
    "FILE.csv": "labels.csv",
    "FILE...": "photographs/pug/pug_1.jpg",
    "FOLDER...": "photographs",
    "ID": "first",
    "ID...": "second",
    "N": "1",
    "NAME": "name",
    "PHOTOGRAPHS": "photographs",
    "REGEX": r"(.+)_\d+.jpg$",
    "T": "choose-one",
}
"""What stands for a word in capitals. Files are those of `desk`, but for one to be written."""

GIVEN_TO = {"classify FILE": "photographs/pug/pug_1.jpg", "runs import FILE": "run.zip"}
"""The same, where a command takes something else."""

ANYWHERE = {"--json", "--verbose", "--help", "--version"}
"""Options that the forms of commands leave out."""

OTHERS = {"--init", "--no-nanny", "--protocol", "--dry-run", "--hypothesis-profile"}
"""Options in the prose that are of docker, dask, a script of ours and pytest."""

# --- the parser ---------------------------------------------------------------------------------


def below(parser: ArgumentParser) -> dict[str, ArgumentParser]:
    nested = (one for one in parser._actions if isinstance(one, _SubParsersAction))
    return {name: each for one in nested for name, each in one.choices.items()}


@cache
def leaves() -> dict[str, ArgumentParser]:
    """Every command with its parser: `serve`, `data list`, `data get`, ..."""

    def of(parser: ArgumentParser, name: str) -> Iterator[tuple[str, ArgumentParser]]:
        if not (parts := below(parser)):
            yield name, parser
        for each, one in parts.items():
            yield from of(one, f"{name} {each}".strip())

    return dict(of(_parser(), ""))


def leaf(words: Words) -> str:
    """The command that words begin with; empty if there is none."""
    said = " ".join(words)
    found = (name for name in leaves() if f"{said} ".startswith(f"{name} "))
    return max(found, key=len, default="")


def options(parser: ArgumentParser) -> set[str]:
    return {name for one in parser._actions for name in one.option_strings if name[:2] == "--"}


# --- what is written ----------------------------------------------------------------------------

GROUP = re.compile(r"\[([^\[\]]*)\]")


def forms() -> list[tuple[str, str]]:
    """(page, form), such as `runs export ID FILE [--as run|model]`, of blocks of text.

    What has columns is a drawing.
    """
    found = []
    for page, _, kind, code in blocks():
        lines = re.sub(r"\n +", " ", code).splitlines() if kind == "text" else []
        ours = [line for line in lines if line.startswith("petwidgets ") and "  " not in line]
        found += [(page, line.removeprefix("petwidgets ")) for line in ours]
    return found


def expanded(form: str) -> Iterator[Words]:
    """The shortest command of a form, then one for each thing that may be chosen or added."""
    added: list[str] = []
    while found := GROUP.findall(form):
        added += found
        form = GROUP.sub("", form)
    shortest, *chosen = choices(form.replace(" ...", ""))
    yield shortest
    yield from chosen
    for each in chain.from_iterable(group.split(" | ") for group in added):
        yield from ((*shortest, *more) for more in choices(each) if each != "limits")


def choices(form: str) -> Iterator[Words]:
    """The words of a form with the first of `a|b|c`, then with each of the others."""
    words = [word.split("|") for word in form.split()]
    yield (first := tuple(word[0] for word in words))
    for i, word in enumerate(words):
        yield from ((*first[:i], other, *first[i + 1 :]) for other in word[1:])


def filled(words: Words) -> list[str]:
    """Words with something in the place of those in capitals."""
    command = leaf(words)
    return [GIVEN_TO.get(f"{command} {word}", GIVEN.get(word, word)) for word in words]


def understood(words: Words) -> str:
    """What the parser complains of; empty if nothing."""
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.suppress(SystemExit):
        _parser().parse_args(filled(words))
    return said.getvalue()


def after_our_name(words: Words) -> Words:
    """`serve` of `petwidgets serve`, also behind `docker run` or `accelerate launch -m`."""
    mine = words[words.index("petwidgets") + 1 :] if "petwidgets" in words else ()
    return mine if mine and mine[0] in below(_parser()) else ()


def commands() -> list[Words]:
    """All of them, each once: of blocks, of forms the shortest, and whole ones of the prose."""
    shown = [after_our_name(one.words) for one in written()]
    shown += [next(expanded(form)) for _, form in forms()]
    lacking = "arguments are required|expected one argument"  # then it is the command's name
    shown += [
        words
        for one in mentioned()
        if (words := after_our_name(one.words)) and not re.search(lacking, understood(words))
    ]
    return [words for words in dict.fromkeys(shown) if words]


def runs(words: Words) -> bool:
    return not any(" ".join(words).startswith(name) for name in NOT_RUN)


# --- they run -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with what the documents name, and a home with two runs and the sample."""
    folder = tmp_path_factory.mktemp("desk")
    for breed, drawn in (("pug", sample.BREEDS[0]), ("beagle", sample.BREEDS[1])):
        (folder / "photographs" / breed).mkdir(parents=True)
        for i in range(1, 7):
            picture = sample.picture(drawn, i)
            picture.save(folder / "photographs" / breed / f"{breed}_{i}.jpg")
    photographs = sorted((folder / "photographs").rglob("*.jpg"))
    rows = [f"{path.relative_to(folder / 'photographs').as_posix()},{path.parent.name}"
            for path in photographs]  # fmt: skip
    (folder / "labels.csv").write_text("\n".join(["file,breed", *rows]))
    shutil.copytree(folder / "photographs", folder / "oxford-iiit-pet-512")
    held = folder / "held-out" / "pug"
    held.mkdir(parents=True)
    shutil.copy(folder / "photographs" / "pug" / "pug_6.jpg", held)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PETWIDGETS_HOME", str(folder / "home"))
        patch.setattr(sample, "PER_BREED", 5)
        patch.setattr(sample, "BREEDS", sample.BREEDS[:4])
        asked = ["train", "--data", str(folder / "photographs"), "--recipe", "baseline", "--seed"]
        for seed, name in enumerate(("first", "second"), 1):
            before = {run.id for run in RunStore().list()}
            assert main([*asked, str(seed)]) == 0
            [made] = {run.id for run in RunStore().list()} - before
            (RunStore().folder / made).rename(RunStore().folder / name)
        assert main(["runs", "export", "first", str(folder / "run.zip")]) == 0
        assert main(["data", "get", "sample"]) == 0
        yield folder


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_it_runs(words: Words, desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert understood(words) == ""
    if not runs(words):
        return
    shutil.copytree(desk, tmp_path, dirs_exist_ok=True)  # its home is this test's
    monkeypatch.chdir(tmp_path)
    assert main(filled(words)) == 0


def test_no_command_is_made_up() -> None:
    """Also those of which the prose has the name alone, or too few arguments to run."""
    said = [one for one in [*written(), *mentioned()] if one.words[0] == "petwidgets"]
    named = [one for one in said if len(one.words) > 1 and one.words[1] != "COMMAND"]
    assert [str(one) for one in named if one.words[1] not in below(_parser())] == []
    known = {one: options(leaves()[name]) for one in named if (name := leaf(one.words[1:]))}
    given = {one: {w for w in one.words if w.startswith("--")} for one in known}
    assert [str(one) for one, there in known.items() if given[one] - there] == []


@pytest.mark.parametrize("name", leaves())
def test_every_command_is_documented_and_helps(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert name in {leaf(words) for words in commands()}
    with pytest.raises(SystemExit) as end:
        main([*name.split(), "--help"])
    assert end.value.code == 0
    assert f"petwidgets {name}" in capsys.readouterr().out


# --- options and variables ----------------------------------------------------------------------


@pytest.mark.parametrize(("page", "form"), forms())
def test_a_form_is_what_the_parser_takes(page: str, form: str) -> None:
    assert {" ".join(words): said for words in expanded(form) if (said := understood(words))} == {}


@pytest.mark.parametrize("name", leaves())
def test_the_forms_of_a_command_have_all_its_options(name: str) -> None:
    of_it = [form for page, form in forms() if "command-line" in page and leaf((form,)) == name]
    shown = {*re.findall(r"--[a-z-]+", " ".join(of_it))}
    there = options(leaves()[name]) - ANYWHERE
    elsewhere = {limit.option for limit in limits.LIMITS} | {"--max-per-address", "--kernel-mb"}
    assert shown <= there
    assert there - shown <= (elsewhere if name == "serve" else set())


def test_no_option_or_variable_is_made_up() -> None:
    known = ANYWHERE | OTHERS | {name for one in leaves().values() for name in options(one)}
    said = {name for path in CURRENT for name in re.findall(r"`(--[a-z-]+)", prose(path))}
    assert said - known == set()
    folders = ("petwidgets", "tests", "docker")
    code = [path for folder in folders for path in (TOP / folder).rglob("*")]
    texts = [path.read_text("utf-8") for path in code if path.suffix in {".py", ".yaml"}]
    there = {name for text in texts for name in re.findall(r"\bPETWIDGETS_[A-Z_]+\b", text)}
    there |= {limit.variable for limit in limits.LIMITS} | {"PETWIDGETS_MAX_", "PETWIDGETS_NAME"}
    named = {name for path in CURRENT
             for name in re.findall(r"\bPETWIDGETS_[A-Z_]+", path.read_text("utf-8"))}  # fmt: skip
    assert named - there == set()
