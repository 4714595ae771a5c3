"""Check the types of values in untrusted JSON.

`isinstance` alone accepts True as a number, and whole numbers too large for a float.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Kinds = Mapping[str, Callable[[Any], bool]]

LARGEST = 2**63
"""Whole numbers from here on fit no machine word, and some of them no float."""

LARGEST_COUNT = 10**9
"""Largest count of photographs, epochs or seconds (thirty years)."""

LONGEST_WORD, LONGEST_TEXT = 1000, 20_000
"""Most characters of a name, and of several sentences, which may list names."""


def is_whole(value: Any) -> bool:
    """Whether it is a whole number, however large.

    Example:
        >>> is_whole(3), is_whole(True), is_whole(3.0)
        (True, False, False)
    """
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: Any) -> bool:
    """Whether it is a number, NaN and the infinities included.

    Example:
        >>> is_number(3), is_number(0.5), is_number("3"), is_number(10**400)
        (True, True, False, False)
    """
    return isinstance(value, float) or (is_whole(value) and abs(value) < LARGEST)


def is_count(value: Any) -> bool:
    """Whether it is a whole number from 0 to `LARGEST_COUNT`."""
    return is_whole(value) and 0 <= value <= LARGEST_COUNT


def is_amount(value: Any) -> bool:
    """Whether it is a finite number from 0 on."""
    return is_number(value) and math.isfinite(value) and value >= 0


def is_share(value: Any) -> bool:
    """Whether it is a number from 0 to 1."""
    return is_number(value) and 0 <= value <= 1


def are_numbers(value: Any) -> bool:
    """Whether it is a list of numbers."""
    return isinstance(value, list) and all(map(is_number, value))


def are_three(value: Any) -> bool:
    """Whether it is a list of three numbers: red, green, blue; or count, confidence, accuracy."""
    return are_numbers(value) and len(value) == 3  # noqa: PLR2004


def is_word(value: Any) -> bool:
    """Whether it is a text of at most `LONGEST_WORD` characters."""
    return isinstance(value, str) and len(value) <= LONGEST_WORD


def is_sentence(value: Any) -> bool:
    """Whether it is a text of at most `LONGEST_TEXT` characters."""
    return isinstance(value, str) and len(value) <= LONGEST_TEXT


def is_text(value: Any) -> bool:
    """Whether it is text."""
    return isinstance(value, str)


def are_texts(value: Any) -> bool:
    """Whether it is a tuple of texts."""
    return isinstance(value, tuple) and all(map(is_text, value))


def is_switch(value: Any) -> bool:
    """Whether it is True or False."""
    return isinstance(value, bool)


def misfit(settings: Any, kinds: Kinds) -> str:
    """Return the first attribute of an object that fails its check; empty if all pass."""
    return next((name for name, fits in kinds.items() if not fits(getattr(settings, name))), "")


def finite(value: float) -> float | None:
    """The value, or None for NaN and infinity, which JSON does not have."""
    return value if math.isfinite(value) else None
