"""What kind of value stands in JSON that somebody else may have written.

`isinstance` alone takes True for a number, and whole numbers that no float can hold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Kinds = Mapping[str, Callable[[Any], bool]]

LARGEST = 2**63
"""A whole number from here on fits no machine word; converting one to a float may overflow."""


def is_whole(value: Any) -> bool:
    """Whether it is a whole number that fits a machine word.

    Example:
        >>> is_whole(3), is_whole(True), is_whole(3.0), is_whole(10**400)
        (True, False, False, False)
    """
    return isinstance(value, int) and not isinstance(value, bool) and -LARGEST <= value < LARGEST


def is_number(value: Any) -> bool:
    """Whether it is a number, NaN and the infinities included.

    Example:
        >>> is_number(3), is_number(0.5), is_number("3"), is_number(10**400)
        (True, True, False, False)
    """
    return isinstance(value, float) or is_whole(value)


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
    """The first attribute of an object that is of another kind than it should be; empty: none."""
    return next((name for name, fits in kinds.items() if not fits(getattr(settings, name))), "")
