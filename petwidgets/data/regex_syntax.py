r"""Take a regular expression apart, keeping where each part stands.

Python's own parser (`re._parser`) gives no positions, so this is a reader of our own for what names
of files are matched with: characters, classes, `\d` and its like, repeats, groups, looking around,
anchors and alternatives. Joined, the parts give the expression back. From the first construct that
is none of these the rest is one part of kind `unknown`: it is never guessed at.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import groupby

MOST_NESTED = 20
"""Groups within groups that are taken apart."""

REPEAT = re.compile(r"(?:([*+?])|\{(?:(\d+)|(\d*),(\d*))\})([?+]?)")
COUNTS = {"*": (0, None), "+": (1, None), "?": (0, 1)}
NESTS = re.compile(r"\((\?(?:P?<([^\W\d]\w*)>|:|=|!|<=|<!))?")
FLAGS = re.compile(r"\(\?[A-Za-z0-9-]+[:)]")
"""Flags, which change what other parts mean, wherever they stand."""

LOOKS = {"?=": "ahead", "?!": "not ahead", "?<=": "behind", "?<!": "not behind"}
ANCHORS = {"^": "begin", "$": "end", r"\A": "begin", r"\b": "edge", r"\B": "no edge"}
SETS = frozenset("dDwWsS")
CLASS = re.compile(r"\[\^?(?:[^\W_]|[ _.,;:!?'@%()+*$-]|\\[dDwWsS.\-\\\]\[^_])+\]")
"""A class of letters, digits, ranges, common marks and sets; others are not taken apart."""
RANGE_OF_SET = re.compile(r"\\[dDwWsS]-|-\\[dDwWsS]")


@dataclass(frozen=True)
class RegexPart:
    """One part of an expression.

    Args:
        text: as it stands in the expression, with its repeat.
        kind: `literal`, `any`, `class`, `set`, `group`, `or`, `unknown`, or one of `ANCHORS` and
            `LOOKS`.
        body: the text without its repeat; of a group, what is between its parentheses.
        least, most: how often it is repeated; `most` is None without a limit.
        manner: of the repeat: empty takes much, `?` little, `+` gives nothing back.
        number: of a capturing group, from 1; 0 is none.
        inside: the parts of a group, alternatives parted by `or`.
        groups: capturing groups in it, itself included.
    """

    text: str
    kind: str
    body: str = ""
    least: int = 1
    most: int | None = 1
    manner: str = ""
    number: int = 0
    inside: tuple[RegexPart, ...] = ()
    groups: int = 0


class _UnknownError(Exception):
    """Something that is not taken apart."""


def regex_parts(pattern: str) -> tuple[RegexPart, ...]:
    r"""The parts of an expression that compiles.

    Example:
        >>> [part.text for part in regex_parts(r"(.+)_\d+.jpg$")]
        ['(.+)', '_', '\\d+', '.', 'jpg', '$']
    """
    if FLAGS.search(pattern):
        return (RegexPart(pattern, "unknown"),)
    reader, found = _Reader(pattern), []
    while reader.at < len(pattern):
        begun = reader.at
        try:
            found.append(reader.part(0))
        except _UnknownError:
            found.append(RegexPart(pattern[begun:], "unknown"))
            break
    return _joined(found)


class _Reader:
    def __init__(self, text: str) -> None:
        self.text, self.at, self.groups = text, 0, 0
        self.names: set[str] = set()

    def part(self, depth: int) -> RegexPart:
        begun, before = self.at, self.groups
        one = self._one(depth)
        body = one.body or self.text[begun : self.at]
        match = REPEAT.match(self.text, self.at)
        if match:
            one = replace(_repeated(one, match), groups=one.groups)
            self.at = match.end()
        if self.text[self.at : self.at + 1] in ("*", "+", "?", "{"):
            raise _UnknownError  # a repeat of a repeat, or a fuzzy match
        text = self.text[begun : self.at]
        return replace(one, text=text, body=body, groups=self.groups - before)

    def _one(self, depth: int) -> RegexPart:
        """The next part without its repeat; the reader stands behind it."""
        letter = self.text[self.at]
        if letter == "(":
            return self._nested(depth)
        if letter == "[":
            return self._class()
        if letter == "\\":
            return self._escaped()
        if letter in "{)":
            raise _UnknownError
        self.at += 1
        kinds = {".": "any", "|": "or", **ANCHORS}
        return RegexPart(letter, kinds.get(letter, "literal"))

    def _nested(self, depth: int) -> RegexPart:
        head = NESTS.match(self.text, self.at)
        end = head.end() if head else 0
        if not head or depth == MOST_NESTED or self.text[end : end + 1] == "?":
            raise _UnknownError  # flags, a comment, a condition, an atomic group
        sign, name = head.group(1) or "", head.group(2)
        if name in self.names:
            raise _UnknownError  # two of a name are one group
        self.names |= {name} if name else set()
        captures = not sign or sign.endswith(">")
        self.groups += captures
        number, self.at = self.groups * captures, end
        inside = []
        while self.text[self.at : self.at + 1] != ")":
            if self.at >= len(self.text):
                raise _UnknownError
            inside.append(self.part(depth + 1))
        self.at += 1
        body = self.text[end : self.at - 1]
        return RegexPart("", LOOKS.get(sign, "group"), body, number=number, inside=_joined(inside))

    def _class(self) -> RegexPart:
        match = CLASS.match(self.text, self.at)
        if not match or "--" in match.group() or RANGE_OF_SET.search(match.group()):
            raise _UnknownError
        self.at = match.end()
        return RegexPart("", "class")

    def _escaped(self) -> RegexPart:
        two = self.text[self.at : self.at + 2]
        self.at += 2
        if two in ANCHORS:
            return RegexPart("", ANCHORS[two])
        if two[1:] in SETS:
            return RegexPart("", "set")
        if two[1:].isalnum() or len(two) == 1:
            raise _UnknownError  # a number is a group again, other letters are rare
        return RegexPart("", "literal")


def _repeated(one: RegexPart, match: re.Match[str]) -> RegexPart:
    sign, exactly, least, most, manner = match.groups()
    if one.kind not in ("literal", "any", "class", "set", "group") or (least, most) == ("", ""):
        raise _UnknownError
    low, high = COUNTS[sign] if sign else (int(exactly or least or 0), _limit(exactly or most))
    return replace(one, least=low, most=high, manner=manner)


def _limit(digits: str | None) -> int | None:
    return int(digits) if digits else None


def _joined(parts: list[RegexPart]) -> tuple[RegexPart, ...]:
    """Neighbouring characters as one part; an escaped one stays for itself."""
    found: list[RegexPart] = []
    for plain, run in groupby(parts, lambda one: one.kind == "literal" and len(one.text) == 1):
        if plain:
            text = "".join(one.text for one in run)
            found.append(RegexPart(text, "literal", text))
        else:
            found += run
    return tuple(found)
