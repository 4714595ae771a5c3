"""The shared theme: colours, type, controls, and the code of shared parts."""

from __future__ import annotations

import functools

from petwidgets.widgets.base import Part


class Theme(Part):
    """Shows nothing; it brings `theme.css`, and code and style of every `Shared` part.

    Example:
        >>> theme() is theme()
        True
    """

    file = "theme"


@functools.cache
def theme() -> Theme:
    """The one that all panels of a kernel show: it is sent to a page once."""
    return Theme()
