r"""The parts of a regular expression, held against Python's own parser and against matching."""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING, Any

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from petwidgets.common.errors import Problem
from petwidgets.data.regex_syntax import RegexPart, regex_parts
from petwidgets.data.regex_words import MOST_PARTS, explained, part_spans, sentence_of
from petwidgets.recipes.labelling import CHAPTER_PATTERN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

try:
    from re import _parser as parser  # type: ignore[attr-defined]
except ImportError:  # Python 3.10
    import sre_parse as parser  # type: ignore[no-redef]

NAME = "great_pyrenees_173.jpg"

CLASSES = ["[a-z]", "[^_]", r"[\w.]", "[A-Za-z_-]", r"[^\d\]]", "[abc]", "[+-]"]
SINGLES = [*"abcgprest_17", ".", r"\d", r"\w", r"\D", r"\S", r"\.", r"\_", *CLASSES]
REPEATS = ["", "", "", "+", "*", "?", "+?", "*?", "??", "{2}", "{1,3}", "{,2}", "{2,}?"]
ANCHORS = ["^", "$", r"\b", r"\B", r"\A"]


@st.composite
def expressions(draw: Callable[[st.SearchStrategy[Any]], Any], depth: int = 2) -> str:
    """Rows of characters, classes, anchors and groups, with repeats."""
    row = []
    for _ in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from("aaaa^((" if depth else "aaaa^"))
        if kind == "^":
            row.append(draw(st.sampled_from(ANCHORS)))
            continue
        one = draw(groups(depth - 1) if kind == "(" else st.sampled_from(SINGLES))
        often = "" if one.startswith(("(?=", "(?!")) else draw(st.sampled_from(REPEATS))
        row.append(one + often)
    return "".join(row)


@st.composite
def groups(draw: Callable[[st.SearchStrategy[Any]], Any], depth: int) -> str:
    """A group; of alternatives that begin alike Python's parser would make others."""
    ways = [draw(expressions(depth)) for _ in range(draw(st.integers(1, 2)))]
    body = f"xx{ways[0]}|yy{ways[1]}" if ways[1:] else ways[0]
    return draw(st.sampled_from(["(", "(", "(?:", "(?=", "(?!"])) + body + ")"


def canonical(parts: Iterable[RegexPart]) -> list[Any]:
    """Our parts as Python's parser would name them."""
    ways: list[list[Any]] = [[]]
    for part in parts:
        if part.kind == "or":
            ways.append([])
        elif part.kind == "literal" and len(part.body) > 1 and part.body[0] != "\\":
            ways[-1] += [("literal", letter) for letter in part.body]
        else:
            made = repeated(part)  # Python's parser takes away (?:), too
            ways[-1] += made[2] if made[:2] == ("group", 0) else [made]
    return ways[0] if len(ways) == 1 else [("branch", ways)]


def repeated(part: RegexPart) -> Any:
    made = one(part)
    if part.text == part.body or (part.inside and part.text.endswith(")")):
        return made
    inner = made[2] if made[:2] == ("group", 0) else [made]
    most = int(parser.MAXREPEAT) if part.most is None else part.most
    return ({"": "greedy", "?": "lazy"}[part.manner], part.least, most, inner)


def one(part: RegexPart) -> Any:
    if part.kind == "group":
        return ("group", part.number, canonical(part.inside))
    if part.kind in ("ahead", "not ahead", "behind", "not behind"):
        return (part.kind, canonical(part.inside))
    if part.kind == "literal":
        return ("literal", part.body[-1])
    return (part.kind, part.body)


AT = {"AT_BEGINNING": ("begin", "^"), "AT_END": ("end", "$"), "AT_BOUNDARY": ("edge", r"\b"),
      "AT_NON_BOUNDARY": ("no edge", r"\B"), "AT_BEGINNING_STRING": ("begin", r"\A")}  # fmt: skip


def theirs(parsed: Iterable[Any]) -> list[Any]:
    return [of(str(name), value) for name, value in parsed]


def of(name: str, value: Any) -> Any:
    if name in ("MAX_REPEAT", "MIN_REPEAT"):
        least, most, inner = value
        return ({"X": "greedy", "N": "lazy"}[name[2]], least, int(most), theirs(inner))
    if name == "SUBPATTERN":
        return ("group", value[0] or 0, theirs(value[-1]))
    if name in ("ASSERT", "ASSERT_NOT"):
        return ("ahead" if name == "ASSERT" else "not ahead", theirs(value[1]))
    if name == "BRANCH":
        return ("branch", [theirs(way) for way in value[1]])
    if name == "AT":
        return AT[str(value)]
    return {"LITERAL": ("literal", value), "ANY": ("any", ".")}.get(name, (name, value))


def same(ours: Any, other: Any) -> bool:
    """Whether two trees are one; a class of ours is compiled and compared by what it matches."""
    if isinstance(ours, list):
        return len(ours) == len(other) and all(map(same, ours, other))
    if ours[0] in ("class", "set"):
        alone = theirs(parser.parse(ours[1]))
        return bool(alone == [other])
    if ours[0] == "literal":
        return bool(other == ("literal", ord(ours[1])))
    if ours[0] == "branch":
        return bool(other[0] == "branch") and all(map(same, ours[1], other[1]))
    *head, inner = ours
    if isinstance(inner, list):
        return head == [*other[:-1]] and same(inner, other[-1])
    return bool(ours == other)


def compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
        regex.compile(pattern)
    except (re.error, regex.error):
        return False
    return True


@given(expressions().filter(compiles))
def test_parts_are_those_of_pythons_parser(pattern: str) -> None:
    parts = regex_parts(pattern)
    assert "".join(part.text for part in parts) == pattern
    if all(part.kind != "unknown" for part in parts):
        assert same(canonical(parts), theirs(parser.parse(pattern)))


alternatives = st.lists(expressions(), min_size=1, max_size=2).map("|".join)


@given(alternatives.filter(compiles), st.sampled_from([NAME, "xxab1_7.jpg", "yyrest", ""]))
def test_each_part_matches_where_the_whole_does(pattern: str, name: str) -> None:
    parts = regex_parts(pattern)
    whole = regex.search(pattern, name)
    places = part_spans(name, parts)
    known = [place for place in places if place[0] >= 0]
    if not whole or any(part.kind == "unknown" for part in parts):
        assert not known
        return
    assert "".join(name[start:end] for start, end in known) == whole.group()
    for part, (start, end) in zip(parts, places, strict=True):
        if part.number and part.text.endswith(")") and start >= 0:
            assert whole.span(part.number) == (start, end)


@given(st.text(string.printable, max_size=30) | st.text(r"()[]\|?*+{}^$.<>=!:ab1,-", max_size=20))
def test_whatever_compiles_is_given_back(pattern: str) -> None:
    try:
        regex.compile(pattern)
    except (regex.error, ValueError, OverflowError):
        return
    parts = regex_parts(pattern)
    assert "".join(part.text for part in parts) == pattern
    assert all(sentence_of(part) for part in parts)
    assert not any(part.kind == "unknown" for part in parts[:-1])


def test_the_chapters_expression_is_explained() -> None:
    found = explained(NAME, CHAPTER_PATTERN)
    assert [(text, NAME[start:end]) for text, _, start, end in found] == [
        ("(.+)", "great_pyrenees"), ("_", "_"), (r"\d+", "173"), (".", "."), ("jpg", "jpg"),
        ("$", ""),
    ]  # fmt: skip
    says = [sentence for _, sentence, _, _ in found]
    assert says[0].startswith("Captures group 1, which becomes the label: any character")
    assert "not only a full stop" in says[3]
    assert explained("beagle_75xjpg", CHAPTER_PATTERN)[3][2:] == (9, 10), "any character will do"
    assert says[5] == "Holds at the end of the name, and takes no character."


@pytest.mark.parametrize(
    ("pattern", "sentence"),
    [
        (r"\.", "Matches “.” itself: the backslash says so."),
        (r"\d{1,3}?", "Matches a digit, 1 to 3 times, no more often than the rest needs."),
        (r"[^A-Z_]", "Matches one character that is not A to Z or “_”."),
        (r"[\w.-]", "Matches one of a letter, a digit or an underscore, “.” or “-”."),
        ("jpe?g$", "Matches “jp”."),
        ("(?:cat|dog|)", "Matches “cat”, or “dog”, or nothing."),
        (
            "(?:(a)b)*",
            (
                "Matches (“a” as group 1, which becomes the label, then “b”), any number of times,"
                " even none, as often as the rest lets it."
            ),
        ),
        (
            "(a|b)+",
            (
                "Captures group 1, which becomes the label, its last time only: (“a”, or “b”),"
                " one or more times, as often as the rest lets it."
            ),
        ),
        (r"(?<!_)", "Holds at a place that is not behind “_”, and takes no character."),
    ],
)
def test_sentences(pattern: str, sentence: str) -> None:
    assert sentence_of(regex_parts(pattern)[0]) == sentence


@pytest.mark.parametrize(
    ("pattern", "known"),
    [
        (r"(a)\1", ["(a)"]),
        (r"(.)_\p{L}+\d", ["(.)", "_"]),
        ("(?i)(a)", []),
        ("(a)b(?i)", []),  # a flag counts for all of it
        (r"([[:alpha:]]+)", []),
        ("(a){e<=1}", []),
        ("(?P<x>a)(?P<x>b)", ["(?P<x>a)"]),
        (r"(?>a+)(b)", []),
        (r"(\x41)", []),
    ],
)
def test_what_is_not_known_is_said_to_be_so(pattern: str, known: list[str]) -> None:
    *first, last = explained("aa", pattern)
    assert [text for text, *_ in first] == known
    assert last == (pattern[len("".join(known)) :], "This part is not explained here.", -1, -1)
    assert all(start == -1 for _, _, start, _ in first)


def test_alternatives_stand_beside_each_other() -> None:
    places = [place for _, _, *place in explained(NAME, r"(cat)(_)|great(_p)")]
    assert places == [[-1, -1], [-1, -1], [-1, -1], [0, 5], [5, 7]]


def test_too_many_parts_are_not_shown() -> None:
    assert len(explained("a", "(a)" + "b?" * (MOST_PARTS - 1))) == MOST_PARTS
    assert explained("a", "(a)" + "b?" * MOST_PARTS) == []


def test_an_unsound_expression_is_a_problem() -> None:
    with pytest.raises(Problem, match="can't be read"):
        explained("a", "(")
