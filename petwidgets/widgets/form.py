"""A row of labelled controls as one widget.

A control of ipywidgets' costs 1.2 kB on the wire and its container as much again; a field here
costs a tenth of that. A page with every lesson opened had else been twice as large.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from traitlets import Dict, Int, List, observe, validate

from petwidgets.widgets.base import Shared
from petwidgets.widgets.fields import first_value, read_text, remark, sound_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from petwidgets.widgets.fields import Field


class Form(Shared):
    """Fields, and a dict of their values by name.

    A page sends edits and presses, nothing else. An edit names its field alone, so that it takes
    back nothing that the page has not heard of yet. A value is put within its field's bounds, what
    is no value at all is left out, and `said` has a sentence on either for the field to show.

    Example:
        >>> from petwidgets.widgets.fields import slider
        >>> form = Form([slider("turn", "Rotation", -45, 45, unit="°")], turn=30)
        >>> form.values = {"turn": 60}
        >>> form.values
        {'turn': 45}
        >>> form.said
        {'turn': 'It goes from -45 to 45: 60 became 45.'}
    """

    file = "form"

    from_page = ("edits",)

    fields = List(Dict()).tag(sync=True)
    values = Dict().tag(sync=True)
    edits = Dict(help="by name, the value that a page gave last, and its count").tag(sync=True)
    taken = Int(help="count of the newest edit that is among the values").tag(sync=True)
    said = Dict(help="by name, why a value is another one than was given").tag(sync=True)

    def __init__(self, fields: Sequence[Field], css: str = "", **values: Any) -> None:
        classes = ("petwidgets-controls", *filter(None, [css]))
        self._pressed: dict[str, Callable[[], Any]] = {}
        self._sounded: dict[str, Any] = {}
        self._showing: set[int] = set()
        """Threads that show values in it."""
        first = {f["name"]: first_value(f) for f in fields if f["kind"] != "button"}
        # All of it goes to a page in one message.
        super().__init__(fields=[*fields], values={**first, **values}, _dom_classes=classes)
        self._begun = self.values
        self.on_msg(self._hear)

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def set(self, **values: Any) -> None:
        """Change some of the values."""
        self.values = {**self.values, **values}

    def reset(self) -> None:
        """Bring back the values that it was made with."""
        self.said = {}
        self.values = {**self._begun}

    def text_of(self, name: str) -> str:
        """The value of a field as text, which `value_of` reads again."""
        value = self.values[name]
        return str(int(value) if isinstance(value, bool) else value)

    def value_of(self, name: str, text: str) -> Any:
        """The value of a field that a text stands for.

        Raises:
            ValueError: it stands for none, or the field would make another value of it.
        """
        field = next(field for field in self.fields if field["name"] == name)
        given = read_text(field, text)
        if field.get("disabled") or sound_value(field, given) != given:
            raise ValueError(text)
        return given

    def change(self, name: str, **facts: Any) -> None:
        """Change a field: its label, options, whether it is `hidden` or `disabled`."""
        self.fields = [{**f, **facts} if f["name"] == name else f for f in self.fields]
        self.values = {**self.values}  # what is chosen may be an option no longer

    @contextmanager
    def showing(self) -> Iterator[None]:
        """Show what a model says: `on_said` hears nothing of the values that are set within."""
        thread = threading.get_ident()
        if thread in self._showing:
            yield
            return
        self._showing.add(thread)
        try:
            yield
        finally:
            self._showing.discard(thread)

    def on_said(self, callback: Callable[[], Any]) -> None:
        """Have a callback called when the values change, but not while they are `showing`."""

        def changed(_change: Any) -> None:
            if threading.get_ident() not in self._showing:
                callback()

        self.observe(changed, "values")

    def on_press(self, name: str, callback: Callable[[], Any]) -> None:
        """Have a callback called when a button is pressed."""
        self._pressed[name] = callback

    def press(self, name: str) -> None:
        """Do what a press of the button does."""
        self._pressed[name]()

    def _hear(self, _widget: Any, content: Any, _buffers: Any) -> None:
        message = content if isinstance(content, dict) else {}
        edits = message.get("edits", {})
        if not isinstance(edits, dict):
            return
        if "press" not in message:  # a page sends them before a press in any form
            self._take(edits)
            return
        for field in self.fields:
            pressed = field["kind"] == "button" and field["name"] == message.get("press")
            if pressed and not field.get("disabled"):
                self._take(edits)
                self.press(field["name"])
                return

    @observe("edits")
    def _edited(self, _change: Any) -> None:
        self._take(self.edits)

    def _take(self, edits: dict[str, Any]) -> None:
        """Set the fields that were edited since the newest edit that was taken."""
        sound = [(name, *edit) for name, edit in edits.items() if _is_edit(edit)]
        newer = [(name, value, count) for name, value, count in sound if count > self.taken]
        if newer:
            with self.hold_sync():
                self.values = {**self.values, **{name: value for name, value, _ in newer}}
                self.taken = max(count for _, _, count in newer)

    @validate("values")
    def _sound(self, proposal: Any) -> dict[str, Any]:
        given, sound, said = proposal["value"], {}, {}
        for field in [field for field in self.fields if field["kind"] != "button"]:
            name = field["name"]
            before = sound[name] = self._sounded.get(name, first_value(field))
            if name not in given:  # a page may leave out what its panel asks for
                continue
            try:
                sound[name] = sound_value(field, given[name])
            except (TypeError, ValueError):
                sound[name] = before
            # A panel sets what it was told once more: the sentence stays with the value.
            stays = self.said.get(name, "") if sound[name] == before else ""
            said[name] = remark(field, given[name], sound[name]) or stays
        self._sounded = sound
        self.said = {name: remark for name, remark in said.items() if remark}
        return sound


def _is_edit(given: Any) -> bool:
    """Whether it is a value and a count."""
    match given:
        case [_, int()]:
            return True
    return False
