"""What a row needs, and the sentence about what is missing."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from petwidgets.bench.row import Row, Settings

MODULES = {
    "app": ("voila", "pip install 'petwidgets[app]'"),
    "chromium": ("playwright", "pip install playwright"),
    "torch": ("fastai", "pip install 'petwidgets[train]'"),
}
"""For each need a module, and how to get it."""

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


def chromium_path() -> str:
    """The browser's program; empty if there is none."""
    return next((path for name in CHROMIUM if (path := shutil.which(name))), "")


def missing(row: Row, settings: Settings) -> str:
    """A sentence about the first thing that a row lacks on this machine; empty if it lacks none."""
    for need in row.needs:
        if need == "photographs" and settings.photographs is None:
            return "Not measured: there are no photographs. Name their folder by --data."
        module, install = MODULES.get(need, ("", ""))
        if module and find_spec(module) is None:
            return f"Not measured: {module} is not installed. Run: {install}."
        if need == "chromium" and not chromium_path():
            return "Not measured: there is no Chromium on this machine."
    return ""
