"""What all our widgets have in common: they weigh little on the wire."""

from __future__ import annotations

import logging
import math
from typing import Any, ClassVar, TypeVar

import anywidget
import ipywidgets as widgets
from traitlets import TraitError

from petwidgets.widgets import built
from petwidgets.widgets.surrogates import inward, outward

log = logging.getLogger(__name__)


class Guarded(widgets.Widget):
    """A widget of which a page may set the traits in `from_page` alone.

    ipywidgets lets a page set every trait that is synchronised, bounds and children included. What
    else a page sends is dropped, and the log says so once a class.
    """

    from_page: ClassVar[tuple[str, ...]] = ()
    _told: ClassVar[set[str]] = set()

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take what a page may set."""
        own = (*self.from_page, COUNT)
        said = {name: value for name, value in sync_data.items() if name in own}
        try:
            super().set_state({name: value for name, value in said.items() if _sound(value)})
        except TraitError as error:
            log.warning("a page sets what can't be: %s", error)
        self._tell_refused(sorted({*sync_data}.intersection(self.keys).difference(own)))

    def _tell_refused(self, names: list[str]) -> None:
        kind = type(self).__name__
        if names and kind not in self._told:
            self._told.add(kind)
            log.warning("a page may not set %s of a %s", ", ".join(names), kind)


def _sound(value: Any) -> bool:
    """Whether JSON of a browser holds it: no NaN, no infinity, no integer beyond a float."""
    try:
        return not isinstance(value, int | float) or math.isfinite(value)
    except OverflowError:
        return False


COUNT = "_view_count"
"""How many views a widget has in a page: what every page may tell."""

Kind = TypeVar("Kind", bound=widgets.Widget)

_guarded: dict[type[widgets.Widget], Any] = {}


def guarded(kind: type[Kind]) -> type[Kind]:
    """A widget class of ipywidgets' as a `Guarded` one: a page sets nothing of it."""
    if kind not in _guarded:
        _guarded[kind] = type(kind.__name__, (Guarded, kind), {})
    made: type[Kind] = _guarded[kind]
    return made


class VBox(Guarded, widgets.VBox):
    """A column, for parts that consist of others."""


class HBox(Guarded, widgets.HBox):
    """A row, likewise."""


PLAIN = guarded(widgets.Layout)()
"""The one layout of everything that has none of its own.

ipywidgets sends a `LayoutModel` of 1.6 kB for every widget and a style of 1 kB, most of them empty:
they were more than half of what a page received. Nobody may change them; to hide something there
is `show`.
"""

HIDDEN = "petwidgets-hidden"


class Part(Guarded, anywidget.AnyWidget):
    """An anywidget with the shared layout, and the JavaScript and CSS that `js/` built of it.

    A subclass sets `file`, its name in `js/src` without the suffix. One whose page sets traits, as
    a choice of a person's, names them in `from_page`.
    """

    file: ClassVar[str]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        if "file" in cls.__dict__:  # else it is a class that traitlets makes of an instance's
            cls._bring_code()
        super().__init_subclass__(**kwargs)

    @classmethod
    def _bring_code(cls) -> None:
        cls._esm = built.code(f"{cls.file}.js")
        if built.is_there(f"{cls.file}.css"):
            cls._css = built.code(f"{cls.file}.css")

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

    anywidget sends a widget's code with every instance. What each instance of these carries is a
    line that waits for the theme; `js/src/theme.js` names them.
    """

    @classmethod
    def _bring_code(cls) -> None:
        if built.RELOADS:  # each on its own, so that anywidget can exchange it
            super()._bring_code()
        else:
            cls._esm = str(built.code("waiting.js")).replace("PART", cls.file)


VERBATIM = ("mathjax_ignore", "tex2jax_ignore")
"""Classes by which MathJax 3 and 2 leave a text alone.

ipywidgets typesets labels: what stands between two `$` of a name or an expression would become TeX.
"""

_styles: dict[type[widgets.Widget], widgets.Widget] = {}


def _style(kind: type[widgets.Widget]) -> dict[str, widgets.Widget]:
    """The trait of the style that all of a kind share, if it has one."""
    if "style" not in kind.class_traits():
        return {}
    if kind not in _styles:
        _styles[kind] = guarded(kind.class_traits()["style"].klass)()
    return {"style": _styles[kind]}


def plain(kind: type[Kind], *args: Any, css: str = "", **traits: Any) -> Kind:
    """A widget of ipywidgets' with a layout that it shares, and a style shared by its kind.

    `css` is its CSS class; given at once it costs no message of its own, as `add_class` does.
    """
    classes = (*filter(None, [css]), *(VERBATIM if kind is widgets.Label else ()))
    return guarded(kind)(
        *args, **{"layout": PLAIN, "_dom_classes": classes, **_style(kind), **traits}
    )


def note(text: str = "") -> widgets.Label:
    """A quiet line: where a figure comes from, what happens just now. Plain text, never HTML."""
    return plain(widgets.Label, text, css="petwidgets-note")


def controls(*children: widgets.Widget) -> widgets.HBox:
    """Controls in a row that wraps."""
    return plain(widgets.HBox, children, css="petwidgets-controls")


def show(widget: widgets.Widget, *, visible: bool) -> None:
    """Show or hide a widget without taking it out of the page; made with `css=HIDDEN` it is so.

    Raises:
        TypeError: it is a `Part`: anywidget's views don't follow their classes. Put it into a box.
    """
    if isinstance(widget, Part):
        raise TypeError(widget)
    change = widget.remove_class if visible else widget.add_class
    change(HIDDEN)
