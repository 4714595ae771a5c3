"""A row of labelled controls as one widget.

A control of ipywidgets' costs 1.2 kB on the wire and its container as much again; a field here
costs a tenth of that. A page with every lesson opened had else been twice as large.
"""

from __future__ import annotations

import math
import re
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypedDict

from traitlets import Dict, Int, List, observe, validate

from petwidgets.widgets.base import Shared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Unpack  # of Python 3.11


class More(TypedDict, total=False):
    """What a control may have beside its kind, name and label."""

    options: Sequence[Sequence[str]]
    least: float
    most: float
    step: float
    unit: str
    placeholder: str
    live: bool
    primary: bool
    shows: bool
    hidden: bool
    disabled: bool


class Field(More):
    """A control, as `choice`, `text`, `number`, `slider`, `switch` and `button` make it."""

    kind: str
    name: str
    label: str


LONGEST = 1000
"""Characters that a text may have."""

NUMBER = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?(e[+-]?[0-9]{1,3})?")
"""A number as `str` writes it."""


def choice(
    name: str, label: str, options: Sequence[tuple[str, str]], /, **more: Unpack[More]
) -> Field:
    """A list of `(value, text)` of which one is chosen."""
    return {
        "kind": "choice",
        "name": name,
        "label": label,
        "options": [*map(list, options)],
        **more,
    }


def text(name: str, label: str, /, **more: Unpack[More]) -> Field:
    """A line of text. `live=True` tells of every key, else Enter or leaving the field tells."""
    return {"kind": "text", "name": name, "label": label, **more}


def number(
    name: str, label: str, least: float, most: float, step: float = 1, /, **more: Unpack[More]
) -> Field:
    """A number to type, between `least` and `most`; whole when `step` is."""
    return {
        "kind": "number", "name": name, "label": label,
        "least": least, "most": most, "step": step, **more,
    }  # fmt: skip


def slider(
    name: str, label: str, least: float, most: float, step: float = 1, /, **more: Unpack[More]
) -> Field:
    """The same, to drag; `unit` stands behind the number."""
    return {**number(name, label, least, most, step, **more), "kind": "slider"}


def switch(name: str, label: str, /, **more: Unpack[More]) -> Field:
    """On or off."""
    return {"kind": "switch", "name": name, "label": label, **more}


def button(name: str, label: str, /, **more: Unpack[More]) -> Field:
    """A button; `primary=True` for the one that is meant most often.

    `shows=True` tells that what it begins is shown below it; a press brings that into sight.
    """
    return {"kind": "button", "name": name, "label": label, **more}


class Form(Shared):
    """Fields, and a dict of their values by name.

    A page sends edits and presses, nothing else. An edit names its field alone, so that it takes
    back nothing that the page has not heard of yet. A value is put within its field's bounds, what
    is no value at all is left out, and `said` has a sentence on either for the field to show.

    Example:
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
        first = {f["name"]: _first(f) for f in fields if f["kind"] != "button"}
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
        given = _read(field, text)
        if field.get("disabled") or _value(field, given) != given:
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
            before = sound[name] = self._sounded.get(name, _first(field))
            if name not in given:  # a page may leave out what its panel asks for
                continue
            try:
                sound[name] = _value(field, given[name])
            except (TypeError, ValueError):
                sound[name] = before
            # A panel sets what it was told once more: the sentence stays with the value.
            stays = self.said.get(name, "") if sound[name] == before else ""
            said[name] = _remark(field, given[name], sound[name]) or stays
        self._sounded = sound
        self.said = {name: remark for name, remark in said.items() if remark}
        return sound


def _is_edit(given: Any) -> bool:
    """Whether it is a value and a count."""
    match given:
        case [_, int()]:
            return True
    return False


def _first(field: Field) -> Any:
    """The value of a field that was given none."""
    if field["kind"] in ("number", "slider"):
        return field["least"]
    if field["kind"] == "choice":
        return field["options"][0][0] if field["options"] else ""
    return False if field["kind"] == "switch" else ""


def _read(field: Field, text: str) -> Any:
    """What a text stands for in a field, before its bounds are applied."""
    if field["kind"] == "switch":
        return {"0": False, "1": True}[text] if text in ("0", "1") else None
    if field["kind"] not in ("number", "slider"):
        return text
    if not NUMBER.fullmatch(text):
        raise ValueError(text)
    return float(text) if set(text) & set(".e") else int(text)


def _value(field: Field, given: Any) -> Any:
    kind = field["kind"]
    if kind == "switch":
        return bool(given)
    if kind == "choice":
        return given if given in [value for value, _ in field["options"]] else _first(field)
    if kind == "text":
        return str(given)[:LONGEST]
    if isinstance(given, bool) or not math.isfinite(given):
        raise ValueError(given)
    bounded = min(max(given, field["least"]), field["most"])
    return round(bounded) if _whole(field) else bounded


def _whole(field: Field) -> bool:
    return float(field["step"]).is_integer()


def _remark(field: Field, given: Any, kept: Any) -> str:
    """Why a field keeps another value than it was given; nothing where it is the same."""
    if field["kind"] == "text":
        cut = len(str(given)) > LONGEST
        return f"It has {LONGEST:,} characters at most: the others are left out." if cut else ""
    if field["kind"] not in ("number", "slider"):
        return ""
    try:
        wanted = _value({**field, "least": -math.inf, "most": math.inf, "step": 0.1}, given)
    except (TypeError, ValueError):
        return f"That is not a number: {_written(kept)} is kept."
    if not field["least"] <= wanted <= field["most"]:
        bounds = f"{_written(field['least'])} to {_written(field['most'])}"
        return f"It goes from {bounds}: {_written(wanted)} became {_written(kept)}."
    whole = f"It is a whole number: {_written(wanted)} became {_written(kept)}."
    return whole if wanted != kept else ""


def _written(number: float) -> str:
    return f"{number:,}" if isinstance(number, int) else f"{number:,.12g}"
