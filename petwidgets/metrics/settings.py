"""Write the settings of recipes for people, on the page and on the command line."""

from __future__ import annotations

from typing import Any

from petwidgets.common.formatting import counted
from petwidgets.metrics.comparison import CHANGES
from petwidgets.recipes.stage_notation import write_rate


def in_words(name: str, value: Any) -> str:
    """Write one value of `comparison.differing`.

    Args:
        name: of the setting.
        value: its value in one recipe.

    Example:
        >>> in_words("stage 1: rate", (None, 0.002)), in_words("limit_per_breed", None)
        ('slice(0.002)', 'none')
        >>> in_words("hold_out", 740), in_words("stage 1: frozen", True)
        ('740 photographs', 'yes')
    """
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name in CHANGES:
        return counted(value, "photograph")
    return write_rate(value) if isinstance(value, float | tuple) else str(value)
