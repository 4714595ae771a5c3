"""Say what the parts of a regular expression match, and find what they match in a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import regex

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import counted
from petwidgets.data.labels import SECONDS_A_NAME, TOO_MANY_WAYS, compiled
from petwidgets.data.regex_syntax import LOOKS, RegexPart, regex_parts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MOST_PARTS = 60
"""Parts that are shown; a longer expression is not read part by part."""

LONGEST = 240
"""Characters of a sentence; of a longer one only its beginning is said."""

NOTHING_TAKEN = "begin", "end", "edge", "no edge", "ahead", "not ahead", "behind", "not behind"
SETS = {
    "d": "a digit", "D": "a character that is no digit",
    "w": "a letter, a digit or an underscore", "W": "a character but letters, digits and _",
    "s": "a blank", "S": "a character that is no blank",
}  # fmt: skip
PLACES = {
    "begin": "the beginning of the name", "end": "the end of the name",
    "edge": "the edge of a word", "no edge": "a place that is no edge of a word",
    "ahead": "a place that is followed by", "not ahead": "a place that is not followed by",
    "behind": "a place behind", "not behind": "a place that is not behind",
}  # fmt: skip
MANNERS = {
    "": "as often as the rest lets it", "?": "no more often than the rest needs",
    "+": "as often as it can, and gives none back",
}  # fmt: skip
OFTEN: dict[tuple[int, int | None], str] = {
    (0, None): "any number of times, even none", (1, None): "one or more times",
}  # fmt: skip
UNKNOWN = "This part is not explained here."
OR = "Means or: what stands before it is tried first, then what stands after it."
BARE = r"Matches any one character but a line break, not only a full stop: \. would match that."

RANGE = regex.compile(r"(\\.|[^\\])-(\\.|[^\\])", regex.DOTALL)
ITEM = regex.compile(rf"{RANGE.pattern}|\\?.", regex.DOTALL)
"""Of a class: a range, a set or one character."""

Explained = tuple[str, str, int, int]


def explained(name: str, pattern: str) -> list[Explained]:
    """The parts of an expression, and what each matches in a name.

    Returns:
        (text, sentence, start, end) for each part, positions in `name`; -1 where it matches nothing
        or that is not known. Joined, the texts give the expression. Empty: it has too many parts.

    Raises:
        Problem: the pattern is invalid, or takes too long.
    """
    compiled(pattern)
    parts = regex_parts(pattern)
    if len(parts) > MOST_PARTS:
        return []
    places = part_spans(name, parts)
    return [
        (part.text, _with_match(sentence_of(part), part, name, place), *place)
        for part, place in zip(parts, places, strict=True)
    ]


def part_spans(name: str, parts: Sequence[RegexPart]) -> list[tuple[int, int]]:
    """What each part matches in a name, found by matching: each part becomes a group of its own.

    Returns:
        (start, end) for each part; (-1, -1) where it took no part. None is known of an expression
        with a part that is not taken apart, whose groups may be counted or referred to.

    Raises:
        Problem: it takes too long.
    """
    none = [(-1, -1)] * len(parts)
    if any(part.kind == "unknown" for part in parts):
        return none
    wrapped = "".join(p.text if p.kind == "or" else f"({p.text})" for p in parts)
    try:
        match = regex.compile(wrapped).search(name, timeout=SECONDS_A_NAME)
    except TimeoutError as error:
        raise Problem(TOO_MANY_WAYS) from error
    return [match.span(n) if n else (-1, -1) for n in _numbers(parts)] if match else none


def _numbers(parts: Sequence[RegexPart]) -> Iterator[int]:
    """The number of the group around each part; 0 has none."""
    at = 1
    for part in parts:
        wrapped = part.kind != "or"
        yield at * wrapped
        at += wrapped + part.groups


def _with_match(sentence: str, part: RegexPart, name: str, place: tuple[int, int]) -> str:
    start, end = place
    if start < 0 or part.kind in NOTHING_TAKEN:
        return sentence
    return f"{sentence} Here: {_quoted(name[start:end]) if end > start else 'nothing'}."


def sentence_of(part: RegexPart) -> str:
    """What a part matches, in one sentence."""
    if part.kind in ("unknown", "or"):
        return UNKNOWN if part.kind == "unknown" else OR
    if part.text == ".":
        return BARE
    if part.kind in NOTHING_TAKEN:
        return _ended(f"Holds at {_phrase(part)}, and takes no character")
    if part.kind == "literal" and part.text == part.body and part.body[0] == "\\":
        return f"Matches {_quoted(part.body[1:])} itself: the backslash says so."
    if part.number:
        repeated = ", its last time only" * ((part.least, part.most) != (1, 1))
        said = f"{_inside(part)}{_repeat(part)}"
        return _ended(f"Captures {_group(part.number)}{repeated}: {said}")
    return _ended(f"Matches {_phrase(part)}")


def _ended(sentence: str) -> str:
    return f"{sentence}." if len(sentence) < LONGEST else f"{sentence[:LONGEST]} ..."


def _group(number: int) -> str:
    return f"group {number}" + ", which becomes the label" * (number == 1)


def _phrase(part: RegexPart, *, alone: bool = True) -> str:
    """What a part matches, as a noun with how often it may come."""
    return _one(part) + _repeat(part, alone=alone)


def _one(part: RegexPart) -> str:
    if part.kind == "any":
        return "any character but a line break"
    if part.kind == "set":
        return SETS[part.body[1]]
    if part.kind == "class":
        return _class(part.body)
    if part.kind == "literal":
        return _quoted(part.body.removeprefix("\\") or "\\")
    if part.kind in PLACES:
        looks = part.kind in LOOKS.values()
        return PLACES[part.kind] + (f" {_inside(part)}" if looks else "")
    return _inside(part) + (f" as {_group(part.number)}" if part.number else "")


def _inside(part: RegexPart) -> str:
    """What is between parentheses: one phrase, or several in brackets if they are repeated."""
    alone = len(part.inside) == 1
    ways: list[list[str]] = [[]]
    for one in part.inside:
        if one.kind == "or":
            ways.append([])
        else:
            ways[-1].append(_phrase(one, alone=alone))
    said = ", or ".join(", then ".join(way) or "nothing" for way in ways)
    repeated = (part.least, part.most) != (1, 1)
    return f"({said})" if repeated and not alone else said


def _class(text: str) -> str:
    """What a class has, `text` with its brackets."""
    inner, negated = text[1:-1], text[1] == "^"
    items = [one.group() for one in ITEM.finditer(inner[negated:])]
    words = [*dict.fromkeys(map(_item, items))]
    listed = " or ".join([*filter(None, [", ".join(words[:-1])]), words[-1]])
    return f"one character that is not {listed}" if negated else f"one of {listed}"


def _item(text: str) -> str:
    if text[:1] == "\\" and text[1:] in SETS:
        return SETS[text[1:]]
    if ends := RANGE.fullmatch(text):
        low, high = [one.removeprefix("\\") or "\\" for one in ends.groups()]
        return f"{low} to {high}"
    return _quoted(text.removeprefix("\\") or "\\")


def _repeat(part: RegexPart, *, alone: bool = True) -> str:
    """How often a part comes, and, of one that stands alone, how it chooses."""
    least, most = part.least, part.most
    if least == most:
        return f", {counted(least, 'time')}" * (least != 1)
    if (least, most) == (0, 1):
        return ", once or not at all"
    said = OFTEN.get((least, most)) or _between(least, most)
    return f", {said}" + f", {MANNERS[part.manner]}" * alone


def _between(least: int, most: int | None) -> str:
    if most is None:
        return f"{counted(least, 'time')} or more"
    return f"{least} to {counted(most, 'time')}" if least else f"{counted(most, 'time')} at most"


def _quoted(text: str) -> str:
    return f"“{text}”"
