"""Waiting for what threads do, and looking at what a panel shows."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from fakes import WAIT

if TYPE_CHECKING:
    from collections.abc import Callable

    import ipywidgets as widgets
    import traitlets


def wait_until(what: traitlets.HasTraits, name: str, holds: Callable[[], bool]) -> None:
    """Wait for a condition that a change of this trait may bring about."""
    changed = threading.Event()

    def look(_: object) -> None:
        if holds():
            changed.set()

    what.observe(look, name)
    look(None)
    assert changed.wait(WAIT), f"{name} is {getattr(what, name)}"
    what.unobserve(look, name)


def wait_for(name: str) -> None:
    """Wait for the threads of this name, and with them for all that they set."""
    for thread in threading.enumerate():
        if thread.name == name:
            thread.join(WAIT)
            assert not thread.is_alive()


def wait_for_reading() -> None:
    wait_for("read photographs")
    wait_for("read headers")


def hidden(widget: widgets.DOMWidget) -> bool:
    return "petwidgets-hidden" in widget._dom_classes
