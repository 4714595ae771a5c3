"""Checks of answers: each maker returns a function that judges a text."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import TYPE_CHECKING

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import counted
from petwidgets.data.labels import labels
from petwidgets.questions.question import COMPARED, RIGHT, WRONG, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Check = Callable[[str], Verdict]

NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")

WORDS = 4
"""Least number of words of a free answer."""


def chooses(answer: str, otherwise: str) -> Check:
    """The option that is right.

    Args:
        answer: its text.
        otherwise: what is said of all others.
    """

    def check(said: str) -> Verdict:
        return Verdict(RIGHT, "Right.") if said == answer else Verdict(WRONG, otherwise)

    return check


def names(pattern: str, otherwise: str) -> Check:
    """A name that matches a regular expression, whatever its case.

    Args:
        pattern: is searched for.
        otherwise: what is said of all others.
    """
    expression = re.compile(pattern, re.IGNORECASE)

    def check(said: str) -> Verdict:
        return Verdict(RIGHT, "Right.") if expression.search(said) else Verdict(WRONG, otherwise)

    return check


def numbers(expected: Sequence[float], *, share: float = 0.01, least: float = 0.005) -> Check:
    """Numbers in this order, with anything between them.

    Args:
        expected: the right ones.
        share: a number may be off by so much of itself.
        least: or by so much.
    """

    def check(said: str) -> Verdict:
        given = [float(found) for found in NUMBER.findall(said)]
        if len(given) != len(expected):
            wanted = counted(len(expected), "number")
            return Verdict(WRONG, f"This takes {wanted}; here are {len(given)}.")
        pairs = zip(given, expected, strict=True)
        off = [i for i, (g, e) in enumerate(pairs, 1) if not math.isclose(
            g, e, rel_tol=share, abs_tol=least)]  # fmt: skip
        if not off:
            return Verdict(RIGHT, "Right.")
        which = "Not yet" if len(expected) == 1 else f"Number {off[0]} is not right yet"
        return Verdict(WRONG, f"{which}: compute it again.")

    return check


def labels_all(hidden: Sequence[tuple[str, str]]) -> Check:
    """A regular expression that labels file names which are not shown.

    Args:
        hidden: pairs of a name and its breed.
    """
    paths, breeds = [Path(name) for name, _ in hidden], [breed for _, breed in hidden]
    classes = len(set(breeds))

    def check(said: str) -> Verdict:
        try:
            found = labels(paths, said)
        except Problem as problem:
            return Verdict(WRONG, str(problem))
        wrong = [i for i, breed in enumerate(breeds) if found[i] != breed]
        if not wrong:
            tried = (
                f"{counted(len(paths), 'hidden name')} of {counted(classes, 'class', 'classes')}"
            )
            return Verdict(RIGHT, f"Right: tried on {tried}.")
        gives = len({breed for breed in found if breed is not None})
        first = paths[wrong[0]].name
        took = f"takes {found[wrong[0]]!r} of" if found[wrong[0]] is not None else "does not match"
        return Verdict(
            WRONG,
            f"Of {counted(classes, 'class', 'classes')} it gives {gives}: it {took} {first!r}.",
        )

    return check


def rate_between(low: float, high: float) -> Check:
    """A learning rate between two others, rounded as they are said."""
    low, high = (float(f"{bound:.0e}") for bound in (low, high))

    def check(said: str) -> Verdict:
        given = [float(found) for found in NUMBER.findall(said)]
        if len(given) != 1:
            return Verdict(WRONG, "This takes one number, such as 1e-2.")
        if low <= given[0] <= high:
            return Verdict(RIGHT, f"Right: both rules lie between {low:.0e} and {high:.0e}.")
        side = "small: the loss hardly falls there" if given[0] < low else "large"
        return Verdict(WRONG, f"Too {side}.")

    return check


def compares(said: str) -> Verdict:
    """A free answer, which nobody here can judge but its author."""
    if len(said.split()) < WORDS:
        return Verdict(WRONG, "Write a whole sentence, then compare it with ours.")
    return Verdict(COMPARED, "Compare it with ours, and improve it.")
