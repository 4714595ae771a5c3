"""What all our widgets have in common: they weigh little on the wire."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, TypeVar

import anywidget
import ipywidgets as widgets
from rcssmin import cssmin
from rjsmin import jsmin

from petwidgets.ui.wire import inward, outward

PLAIN = widgets.Layout()
"""The one layout of everything that has none of its own.

ipywidgets sends a `LayoutModel` of 1.6 kB for every widget and a style of 1 kB, most of them empty:
they were more than half of what a page received. Nobody may change them; to hide something there
is `show`.
"""

HIDDEN = "petwidgets-hidden"

COMING = (
    "globalThis.petwidgetsParts??=(()=>{let here;"
    "const coming=new Promise(done=>{here=done});return{coming,here}})()"
)
"""The page's promise of the shared parts' code, made by whoever comes first, part or theme."""

WAITING = (
    f"const parts={COMING};"
    "export default{async render(context){return(await parts.coming).%s.render(context)}};"
)

Kind = TypeVar("Kind", bound=widgets.DOMWidget)


class Part(anywidget.AnyWidget):
    """An anywidget with the shared layout; its code goes to the page without what people need."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        for name, shrink in (("_esm", jsmin), ("_css", cssmin)):
            code = cls.__dict__.get(name)
            if isinstance(code, Path):
                setattr(cls, name, shrink(code.read_text("utf-8")))
        super().__init_subclass__(**kwargs)

    def __init__(self, **traits: Any) -> None:
        super().__init__(**{"layout": PLAIN, **traits})

    @staticmethod
    def _trait_to_json(x: Any, _self: widgets.Widget) -> Any:
        return outward(x)

    @staticmethod
    def _trait_from_json(x: Any, _self: widgets.Widget) -> Any:
        return inward(x)

    def send(self, content: Any, buffers: Any = None) -> None:
        """Send a message of one's own to the page."""
        super().send(outward(content), buffers)

    def _handle_custom_msg(self, content: Any, buffers: Any) -> None:
        super()._handle_custom_msg(inward(content), buffers)


class Shared(Part):
    """A part of which a page has many: its code comes with the page's one `Theme`.

    anywidget sends a widget's code with every instance. A subclass sets `file`, its module without
    the suffix; what each instance carries is a line that waits for the theme.
    """

    file: ClassVar[Path]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        if "file" in cls.__dict__:  # else it is a class that traitlets makes of an instance's
            cls._esm = WAITING % cls.__name__
        super().__init_subclass__(**kwargs)

    @classmethod
    def module(cls) -> str:
        """Its module as an expression: a function that is called at once."""
        module = cls.file.with_suffix(".js").read_text("utf-8")
        return f"(()=>{{{jsmin(module.replace('export default', 'return'))}}})()"

    @classmethod
    def style_sheet(cls) -> str:
        """Its CSS, empty if it has none."""
        css = cls.file.with_suffix(".css")
        return cssmin(css.read_text("utf-8")) if css.is_file() else ""


VERBATIM = ("mathjax_ignore", "tex2jax_ignore")
"""Classes by which MathJax 3 and 2 leave a text alone.

ipywidgets typesets labels: what stands between two `$` of a name or an expression would become TeX.
"""

_styles: dict[type[widgets.DOMWidget], widgets.Widget] = {}


def plain(kind: type[Kind], *args: Any, css: str = "", **traits: Any) -> Kind:
    """A widget of ipywidgets' with a layout that it shares, and a style shared by its kind.

    `css` is its CSS class; given at once it costs no message of its own, as `add_class` does.
    """
    if kind in _styles:
        traits["style"] = _styles[kind]
    classes = (*filter(None, [css]), *(VERBATIM if kind is widgets.Label else ()))
    made = kind(*args, **{"layout": PLAIN, "_dom_classes": classes, **traits})
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
    """Show or hide a widget without taking it out of the page; made with `css=HIDDEN` it is so.

    A `Part` can't be: anywidget's views don't follow their classes. Put it into a box.
    """
    change = widget.remove_class if visible else widget.add_class
    change(HIDDEN)
