"""Validate settings, which come from sliders, addresses and saved sessions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import listed, short
from petwidgets.common.json_types import is_number, is_whole

if TYPE_CHECKING:
    from collections.abc import Collection

Kind = TypeVar("Kind")

PIXELS = (32, 1024)
"""The least and largest side, in pixels, of a square that a lesson makes."""


def made(kind: type[Kind], values: Mapping[str, Any]) -> Kind:
    """Create a settings dataclass with these values; the other settings keep their default.

    Raises:
        Problem: a value is out of range, or there is no such setting.
        TypeError: `values` is no mapping.
    """
    if not isinstance(values, Mapping):
        raise TypeError(values)
    known = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    if unknown := listed(sorted(set(values) - known)):
        raise Problem(f"This lesson has no setting {unknown}: it has {', '.join(sorted(known))}.")
    return kind(**values)


def _said(value: Any) -> str:
    """Write a value briefly; it may have any type and length."""
    return short(repr(value)) if not is_whole(value) or abs(value) < 10**12 else "such a number"


def require_whole(name: str, value: Any, low: int, high: int, unit: str = "") -> None:
    """Raise unless `value` is a whole number from `low` to `high`.

    Raises:
        Problem: it is not.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise Problem(f"{name} is a whole number from {low} to {high}{unit}, not {_said(value)}.")


def require_number(name: str, value: Any, low: float, high: float, unit: str = "") -> None:
    """Raise unless `value` is a finite number from `low` to `high`.

    Raises:
        Problem: it is not.
    """
    if not is_number(value) or not math.isfinite(value) or not low <= value <= high:
        raise Problem(f"{name} is a number from {low:g} to {high:g}{unit}, not {_said(value)}.")


def require_choice(name: str, value: Any, choices: Collection[str]) -> None:
    """Raise unless `value` is one of the choices.

    Raises:
        Problem: it is not.
    """
    if not isinstance(value, str) or value not in choices:
        raise Problem(f"{name} is one of {', '.join(choices)}, not {_said(value)}.")


def require_switch(name: str, value: Any) -> None:
    """Raise unless `value` is on or off.

    Raises:
        Problem: it is not.
    """
    if not isinstance(value, bool):
        raise Problem(f"The switch {name} is on or off (True or False), not {_said(value)}.")


def require_seed(value: Any) -> None:
    """Raise unless `value` is a seed that torch, numpy and Python all take.

    Raises:
        Problem: it is not.
    """
    require_whole("The seed", value, 0, 2**32 - 1)


def require_sizes(presize: Any, size: Any) -> None:
    """Raise unless these are the two squares of presizing: `Resize`'s, and the network's.

    Raises:
        Problem: a side is out of range, or the second is larger than the first.
    """
    require_whole("The presize", presize, *PIXELS, " pixels")
    require_whole("The size", size, *PIXELS, " pixels")
    if size > presize:
        raise Problem(
            f"The size, {size} pixels, is larger than the presize, {presize}: make it smaller, for"
            " presizing only shrinks."
        )
