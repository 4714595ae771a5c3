"""Forms of a training's stages, to change, add and remove."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from petwidgets.panels.link import Setting, of_form
from petwidgets.recipes import stage_notation
from petwidgets.recipes.stage_notation import MOST
from petwidgets.widgets.base import PLAIN, VBox
from petwidgets.widgets.fields import Field, button, choice, number, text
from petwidgets.widgets.form import Form
from petwidgets.widgets.stage_timeline import StageTimeline

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from petwidgets.recipes.stage import Stage

BODIES = [("frozen", "frozen"), ("unfrozen", "unfrozen")]


def _fields(position: int) -> list[Field]:
    # Each name says of which stage it is: not everybody sees the rows.
    return [
        choice("body", f"{position}. Body", BODIES),
        number("epochs", f"{position}. Epochs", 0, 200),
        text("rate", f"{position}. Learning rate, or slice"),
        number("pct_start", f"{position}. pct_start", 0.01, 0.99, 0.01),
        number("div", f"{position}. div", 1, 1000, 0.5),
        number("size", f"{position}. Pixels (0: all)", 0, 1024),
    ]


class Stages(VBox):
    """One form for each stage, at most four.

    Args:
        changed: called after a change by a person; `read()` then gives the new stages.

    Example:
        >>> Stages(lambda: None).read()
        ()
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self.forms: list[Form] = []
        self.timeline = StageTimeline(self._take_epochs)
        self.more = Form([button("add", "Add a stage"), button("remove", "Remove the last")])
        self.more.on_press("add", self._add)
        self.more.on_press("remove", self._remove)
        super().__init__([self.timeline, self.more], layout=PLAIN)

    def read(self) -> tuple[Stage, ...]:
        """Read the stages from the rows.

        Raises:
            Problem: a rate can't be read.
        """
        return tuple(stage_notation.stage(form.values) for form in self.forms)

    def write(self, said: Sequence[Stage]) -> None:
        """Show these stages, without calling `changed`."""
        self._show([stage_notation.values(one) for one in said])

    def shared(self) -> list[Setting]:
        """How many stages there are, and what each says."""
        count = Setting("stages", "Stages", str(len(self.forms)), self._count)
        own = [of_form(form, prefix=f"{n}.") for n, form in enumerate(self.forms, 1)]
        return [count, *(setting for settings in own for setting in settings)]

    def _count(self, text: str) -> None:
        if text not in map(str, range(1, MOST + 1)):
            raise ValueError(text)
        while len(self.forms) < int(text):
            self._add()
        while len(self.forms) > int(text):
            self._remove()

    def _show(self, said: Sequence[dict[str, Any]]) -> None:
        while len(self.forms) < len(said):
            form = Form(_fields(len(self.forms) + 1), "petwidgets-tight", **said[len(self.forms)])
            form.on_said(self._said)
            self.forms.append(form)
        for form, values in zip(self.forms, said, strict=False):
            with form.showing():
                form.values = values
        del self.forms[len(said) :]
        if len(self.children) != len(self.forms) + 2:  # type: ignore[has-type]
            self.children = [self.timeline, *self.forms, self.more]
            self.more.change("add", disabled=len(said) >= MOST)
            self.more.change("remove", disabled=len(said) < 2)  # noqa: PLR2004 - one stays

        self._draw_timeline()

    def _draw_timeline(self) -> None:
        self.timeline.stages = [
            {
                "said": f"{form['body']}, {form['rate']}",
                "epochs": form["epochs"],
                "frozen": form["body"] == "frozen",
            }
            for form in self.forms
        ]

    def _said(self) -> None:
        self._draw_timeline()
        self._changed()

    def _take_epochs(self, at: int, epochs: int) -> None:
        with self.forms[at].showing():
            self.forms[at].set(epochs=epochs)
        self._said()

    def _add(self) -> None:
        self._show([form.values for form in [*self.forms, self.forms[-1]]])
        self._changed()

    def _remove(self) -> None:
        self._show([form.values for form in self.forms[:-1]])
        self._changed()
