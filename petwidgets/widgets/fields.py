"""The fields of a form: what each is, and which values it takes."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from collections.abc import Sequence
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


def first_value(field: Field) -> Any:
    """The value of a field that was given none."""
    if field["kind"] in ("number", "slider"):
        return field["least"]
    if field["kind"] == "choice":
        return field["options"][0][0] if field["options"] else ""
    return False if field["kind"] == "switch" else ""


def read_text(field: Field, text: str) -> Any:
    """What a text stands for in a field, before its bounds are applied.

    Raises:
        ValueError: it is no number.
    """
    if field["kind"] == "switch":
        return {"0": False, "1": True}[text] if text in ("0", "1") else None
    if field["kind"] not in ("number", "slider"):
        return text
    if not NUMBER.fullmatch(text):
        raise ValueError(text)
    return float(text) if set(text) & set(".e") else int(text)


def sound_value(field: Field, given: Any) -> Any:
    """The value that a field takes for what it is given, within its bounds.

    Raises:
        TypeError, ValueError: it stands for no value of the field.
    """
    kind = field["kind"]
    if kind == "switch":
        return bool(given)
    if kind == "choice":
        return given if given in [value for value, _ in field["options"]] else first_value(field)
    if kind == "text":
        return str(given)[:LONGEST]
    if isinstance(given, bool) or not math.isfinite(given):
        raise ValueError(given)
    bounded = min(max(given, field["least"]), field["most"])
    return round(bounded) if _is_whole(field) else bounded


def _is_whole(field: Field) -> bool:
    return float(field["step"]).is_integer()


def remark(field: Field, given: Any, kept: Any) -> str:
    """Why a field keeps another value than it was given; nothing where it is the same."""
    if field["kind"] == "text":
        cut = len(str(given)) > LONGEST
        return f"It has {LONGEST:,} characters at most: the others are left out." if cut else ""
    if field["kind"] not in ("number", "slider"):
        return ""
    try:
        wanted = sound_value({**field, "least": -math.inf, "most": math.inf, "step": 0.1}, given)
    except (TypeError, ValueError):
        return f"That is not a number: {_written(kept)} is kept."
    if not field["least"] <= wanted <= field["most"]:
        bounds = f"{_written(field['least'])} to {_written(field['most'])}"
        return f"It goes from {bounds}: {_written(wanted)} became {_written(kept)}."
    whole = f"It is a whole number: {_written(wanted)} became {_written(kept)}."
    return whole if wanted != kept else ""


def _written(number: float) -> str:
    return f"{number:,}" if isinstance(number, int) else f"{number:,.12g}"
