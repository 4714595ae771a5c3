"""The text that a page shows of widgets, without a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from petwidgets.widgets.folded_table import FoldedTable
from petwidgets.widgets.folds import Folds
from petwidgets.widgets.form import Form
from petwidgets.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    import ipywidgets as widgets

NO_WORDS = {"key", "kind", "tone", "chosen", "seen", "tabbable", "layout", "style"}
"""Names of traits, and of values in them, that hold no text for people."""


def texts(widget: widgets.Widget) -> list[str]:
    """All texts of a widget and of those in it, code included."""
    return [text for one in within(widget) for text in _of(one) if text.strip()]


def within(widget: widgets.Widget) -> Iterator[widgets.Widget]:
    """A widget and those in it."""
    yield widget
    for child in getattr(widget, "children", ()):
        yield from within(child)


def _of(widget: widgets.Widget) -> Iterator[str]:
    if isinstance(widget, Form):
        yield from _of_form(widget)
    elif isinstance(widget, FoldedTable) and widget.summary:
        header, _ = widget._make()
        yield from (widget.summary, *header)
    elif isinstance(widget, Table) and not widget.rows:
        return  # the page hides it, header and all
    elif isinstance(widget, Folds):
        yield from (widget.why, widget.source_title, widget.code)
    elif hasattr(widget, "to_plotly_json"):
        yield from _strings(widget.to_plotly_json())
    else:
        state = {k: v for k, v in widget.get_state().items() if k[0] != "_" and k not in NO_WORDS}
        yield from _strings([state, getattr(widget, "_options_labels", ())])


def _of_form(form: Form) -> Iterator[str]:
    for field in form.fields:
        yield from (field["label"], field.get("placeholder", ""), field.get("unit", ""))
        yield from (text for _, text in field.get("options", ()))
    yield from form.said.values()


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str) and not value.startswith("IPY_MODEL_"):
        yield value
    elif isinstance(value, dict):
        for name, part in value.items():
            if name not in NO_WORDS:
                yield from _strings(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _strings(part)
