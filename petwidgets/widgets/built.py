"""The widgets' JavaScript and CSS: built from `js/src` by `make js`, and committed.

With `ANYWIDGET_HMR=1` they come from `js/dev` instead, where `make js-watch` writes them anew
whenever a source changes, each widget on its own; anywidget then exchanges them in open pages.
"""

from __future__ import annotations

import os
from pathlib import Path

STATIC = Path(__file__).with_name("static")
DEVELOPED = Path(__file__).parents[2] / "js" / "dev"

RELOADS = os.environ.get("ANYWIDGET_HMR") == "1" and DEVELOPED.is_dir()
"""Whether pages follow what is being developed."""

FOLDER = DEVELOPED if RELOADS else STATIC


def is_there(name: str) -> bool:
    """Whether there is such a file: not every widget has a style."""
    return (FOLDER / name).is_file()


def code(name: str) -> str | Path:
    """A file's text, or its path where anywidget is to watch it."""
    path = FOLDER / name
    return path if RELOADS else path.read_text("utf-8")
