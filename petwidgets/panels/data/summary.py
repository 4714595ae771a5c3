"""`DataBlock.summary`, one card a step, and what it looks like when a step is forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from petwidgets.engine.latest import Latest
from petwidgets.jobs import datablock_summary as jobs
from petwidgets.jobs.datablock_summary import Stepping
from petwidgets.panels.base import Panel
from petwidgets.snippets.data import summary
from petwidgets.widgets.base import note
from petwidgets.widgets.blocker import Blocker
from petwidgets.widgets.fields import button
from petwidgets.widgets.form import Form
from petwidgets.widgets.step_cards import StepCards

if TYPE_CHECKING:
    from petwidgets.jobs.datablock_summary import Steps

EXPECTED = (
    "Expected failure: this block has no Resize, and the four shapes differ. What failed stands in"
    " the last card, with fastai's own words."
)
BY_CHANCE = (
    "No failure here: these four photographs have one shape by chance. A set of mixed shapes fails."
)
STARTING = "The engine is starting: the first cards take a few seconds."

NONE_YET = "No photographs have been read: there is nothing to go through."


class SummaryPanel(Panel):
    """Cards from the list of files to the normalised batch.

    Example:
        >>> SummaryPanel().resize
        True
    """

    key = "summary"
    title = "Step through the DataBlock"
    lead = "Go from a file's name to a batch, one transform at a time."
    why = (
        "`DataBlock.summary` takes a few items through everything that happens to them, and is the"
        " first thing to run when a batch does not come together. Item transforms see one"
        " photograph at a time, batch transforms see all of them as one tensor: between the two"
        " stands the collation, and it needs equal shapes. So whatever makes them equal has to be"
        " an item transform."
    )

    def __init__(self, session: Any = None) -> None:
        super().__init__(session)
        self.resize = True
        self.form = Form([
            button("fail", "Forget the Resize (expected failure)"),
            button("repair", "Repair it: give item_tfms a Resize", primary=True, hidden=True),
        ])  # fmt: skip
        self.lead_there = Blocker(self.session, "browse", "Choose photographs")
        self.status = note()
        self.cards = StepCards()
        self.body.children = [self.form, self.lead_there, self.status, self.cards]
        self.latest = Latest(self.session.engine, jobs.steps)
        self.form.on_press("fail", self.guarded(lambda: self._choose(resize=False)))
        self.form.on_press("repair", self.guarded(lambda: self._choose(resize=True)))
        self.follow("data.dataset", self._ask)
        self.session.data.look()

    def _choose(self, *, resize: bool) -> None:
        self.resize = resize
        self.form.change("fail", hidden=not resize)
        self.form.change("repair", hidden=resize)
        self._ask()

    def _ask(self) -> None:
        source, pattern = self.session.data.source, self.session.data.pattern
        settings = Stepping(resize=self.resize)
        self.folds.code = summary(source, pattern, settings)
        there = self.session.data.dataset is not None
        self.lead_there.sentence = NONE_YET if not there else ""
        if not there:
            self._blank()
        else:
            self.status.value = self.status.value or STARTING
            future = self.latest.ask(source, pattern, settings)
            self.when(future, self._draw, failed=self._blank)

    def _blank(self) -> None:
        self.forget_answer()
        self.status.value, self.cards.cards = "", []

    def _draw(self, found: Steps) -> None:
        failed = [at for at, card in enumerate(found.cards) if card["failed"]]
        with self.cards.hold_sync():
            self.cards.cards = [*found.cards]
            self.cards.at = failed[0] if failed else 0
        self.status.value = f"Live, by fastai's own transforms. {found.problem}"
        if not self.resize:
            self.status.value = EXPECTED if failed else BY_CHANCE
