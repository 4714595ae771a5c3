"""From a file's name to its breed: by regular expression or by parent folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import regex

from petwidgets.problem import Problem
from petwidgets.recipes import PARENT_FOLDER

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SECONDS_A_NAME = 0.2
"""A sound expression takes microseconds; one that backtracks for ever is ended here."""


def compiled(pattern: str) -> regex.Pattern[str]:
    """The expression, checked.

    `regex` instead of `re`: the same language, and a search can be given a time limit.

    Raises:
        Problem: it can't be compiled, or it has no group that captures the breed.
    """
    if regex.search(r"\{[\d,]*\d{4}", pattern):
        # The compiler unrolls a repeat: a large enough one takes all of the memory.
        raise Problem("This regular expression repeats something over 999 times: take fewer.")
    try:
        expression = regex.compile(pattern)
    except (regex.error, ValueError, OverflowError) as error:
        raise Problem(f"This regular expression can't be read: {error}. Correct it.") from error
    except RecursionError as error:
        raise Problem("This regular expression is nested too deeply: make it simpler.") from error
    if expression.groups < 1:
        raise Problem(
            "This regular expression captures nothing: put parentheses around the part of the name"
            r" that is the breed, as in (.+)_\d+.jpg$"
        )
    return expression


def label(path: Path, pattern: str) -> str | None:
    """The breed of one photograph, or `None` if the pattern does not match its name.

    As fastai's `using_attr(RegexLabeller(pattern), "name")`, and `parent_label`.

    Raises:
        Problem: the pattern is not sound, or takes too long.
    """
    return labels([path], pattern)[0]


def labels(paths: Sequence[Path], pattern: str) -> list[str | None]:
    """The breed of each photograph, `None` where the pattern does not match.

    Raises:
        Problem: the pattern is not sound, or takes too long.
    """
    if pattern == PARENT_FOLDER:
        return [path.parent.name for path in paths]
    expression = compiled(pattern)
    try:
        found = [expression.search(path.name, timeout=SECONDS_A_NAME) for path in paths]
    except TimeoutError as error:
        raise Problem(
            "This regular expression tries too many ways to match: avoid a repeat inside a repeat."
        ) from error
    return [match.group(1) if match else None for match in found]


def species(breed: str) -> str:
    """`cat` or `dog`: in the Oxford set's grammar a breed with a capital is a cat."""
    return "cat" if breed[:1].isupper() else "dog"
