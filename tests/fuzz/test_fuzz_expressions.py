"""Regular expressions that visitors type, and names that their files have."""

from __future__ import annotations

from pathlib import Path

from damage import TEXTS, altered_text, clear, fuzzed
from hypothesis import given
from hypothesis import strategies as st

from petwidgets.common.errors import Problem
from petwidgets.data.labels import labels, spans
from petwidgets.recipes.labelling import CHAPTER_PATTERN, PARENT_FOLDER, table_pattern

PATTERNS = [
    CHAPTER_PATTERN, PARENT_FOLDER, table_pattern("0" * 32), r"(?P<breed>[a-z_]+)-(\d{1,3})",
    r"^(?:x|y)?([^_]+)(?=_)", r"(?i)(beagle|pug)", r"([[a-z]--[aeiou]]+)", r"(\p{L}+)", r"(a)|(b)",
    r"(?>(.+))\1?", r"(\w+?){e<=1}", r"(?r)(\d+)", r"(?<=e)(.)", r"(\X+)\R?", r"(?V1)([\w&&\d]+)",
]  # fmt: skip
TOKENS = st.sampled_from(
    (
        *[
            "(",
            ")",
            "(?:",
            "(?=",
            "(?<=",
            "(?P<a>",
            "(?P=a)",
            "(?R)",
            "(?1)",
            "(?&a)",
            "(?i",
            "(?|",
            "(?#",
            "[",
            "]",
            "[^",
            "-",
            "--",
            "&&",
            "||",
            "~~",
            "{",
            "}",
            "{1,}",
            "{2,9}",
        ],
        *[
            "{,5}",
            "{e<=1}",
            "{i,d<3}",
            "*",
            "+",
            "?",
            "*?",
            "++",
            "*+",
            "|",
            "^",
            "$",
            "\\b",
            "\\d",
            "\\w",
            "\\1",
            "\\p{L}",
            "\\N{BULLET}",
            "\\x41",
            "\\u0041",
        ],
        *[
            "\\L<a>",
            "\\K",
            "\\G",
            "\\m",
            "\\M",
            "\\A",
            "\\Z",
            "\\",
            ".",
            "a",
            "b",
            "_",
            "9",
            "é",
            "İ",
            "�",
            "\x00",
            "\n",
        ],
    )
)
EXPRESSIONS = (st.lists(TOKENS, max_size=8).map("".join) | altered_text(PATTERNS)).filter(
    lambda text: len(text) < 200
)
FILES = ["beagle_75.jpg", "great_pyrenees_173.jpg", "aaaaaaaaaaaaaaaaaaaaaaaa!", "caf\udce9_1.jpg"]


def name_of(text: str) -> str:
    """What may be the name of a file."""
    return text.replace("/", "_").replace("\0", "_") or "_"


@fuzzed(80)
@given(EXPRESSIONS, altered_text(FILES).map(name_of))
def test_the_breed_by_an_expression(pattern: str, name: str) -> None:
    try:
        found = labels([Path("pug") / name], pattern)
    except Problem as problem:
        clear(problem)
        return
    assert len(found) == 1
    assert found[0] is None or isinstance(found[0], str)
    if pattern != PARENT_FOLDER:
        assert found[0] is None or found[0] in Path(name).name


@fuzzed(80)
@given(EXPRESSIONS, altered_text(FILES) | TEXTS)
def test_the_parts_that_an_expression_matches(pattern: str, name: str) -> None:
    try:
        found = spans(name, pattern)
    except Problem as problem:
        clear(problem)
        return
    assert all(0 <= start <= end <= len(name) for _, start, end in found)
    groups = [group for group, _, _ in found]
    assert groups == sorted(set(groups))
    assert not found or groups[0] == 0
