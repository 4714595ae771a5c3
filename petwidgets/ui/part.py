"""What all our widgets have in common: they weigh little on the wire."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import anywidget
import ipywidgets as widgets

PLAIN = widgets.Layout()
"""The one layout of everything that has none of its own.

ipywidgets sends a `LayoutModel` of 1.6 kB for every widget and a style of 1 kB, most of them empty:
they were more than half of what a page received. Nobody may change them; to hide something there
is `show`.
"""

HIDDEN = "petwidgets-hidden"

Kind = TypeVar("Kind", bound=widgets.DOMWidget)


class Part(anywidget.AnyWidget):
    """An anywidget with the shared layout; its code goes to the page without comment lines."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        code = cls.__dict__.get("_esm")
        if isinstance(code, Path):
            lines = code.read_text("utf-8").splitlines()
            cls._esm = "\n".join(line for line in lines if not line.lstrip().startswith("//"))
        super().__init_subclass__(**kwargs)

    def __init__(self, **traits: Any) -> None:
        super().__init__(**{"layout": PLAIN, **traits})


_styles: dict[type[widgets.DOMWidget], widgets.Widget] = {}


def plain(kind: type[Kind], *args: Any, css: str = "", **traits: Any) -> Kind:
    """A widget of ipywidgets' with a layout that it shares, and a style shared by its kind.

    `css` is its CSS class; given at once it costs no message of its own, as `add_class` does.
    """
    if kind in _styles:
        traits["style"] = _styles[kind]
    made = kind(*args, **{"layout": PLAIN, "_dom_classes": (css,) if css else (), **traits})
    if made.has_trait("style"):
        _styles[kind] = made.style
    return made


def note(text: str = "") -> widgets.Label:
    """A quiet line: where a figure comes from, what happens just now. Plain text, never HTML."""
    return plain(widgets.Label, text, css="petwidgets-note")


def controls(*children: widgets.Widget) -> widgets.HBox:
    """Controls in a row that wraps."""
    return plain(widgets.HBox, children, css="petwidgets-controls")


def show(widget: widgets.Widget, *, visible: bool) -> None:
    """Show or hide a widget without taking it out of the page; made with `css=HIDDEN` it is so."""
    change = widget.remove_class if visible else widget.add_class
    change(HIDDEN)
