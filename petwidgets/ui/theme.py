"""The style that panels share: colours, type, and what ipywidgets' own controls look like."""

from __future__ import annotations

import functools
from pathlib import Path

from petwidgets.ui.part import Part


class Theme(Part):
    """Shows nothing; it brings `theme.css`.

    Example:
        >>> theme() is theme()
        True
    """

    _esm = "export default { render() {} };"
    _css = Path(__file__).with_suffix(".css")


@functools.cache
def theme() -> Theme:
    """The one that all panels of a kernel show: its 4 kB are sent to a page once."""
    return Theme()
