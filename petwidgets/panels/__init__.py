"""The panels, one for each lesson; `petwidgets.panels.chapters` has their order."""

from petwidgets.panels.chapters import PANELS

__all__ = ["PANELS"]
