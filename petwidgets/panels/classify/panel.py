"""Drop photographs, and see which breed each shows, how sure that is, or that it isn't."""

from __future__ import annotations

import functools
from concurrent.futures import Future
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import counted, percent, readable
from petwidgets.data import sources
from petwidgets.engine import messages
from petwidgets.metrics.intervals import interval
from petwidgets.panels.base import Panel
from petwidgets.panels.classify import examples
from petwidgets.panels.classify.answer import AnswerView
from petwidgets.panels.classify.details import Details
from petwidgets.panels.classify.examples import EXAMPLES
from petwidgets.panels.classify.live import LiveView
from petwidgets.runs.run import DRAWN_ID, SHIPPED_ID, Run
from petwidgets.session.photographs import Brought
from petwidgets.snippets.training import classification
from petwidgets.widgets.base import note, plain, show
from petwidgets.widgets.fields import button, choice
from petwidgets.widgets.filmstrip import Filmstrip
from petwidgets.widgets.form import Form
from petwidgets.widgets.photo_upload import PhotoUpload

if TYPE_CHECKING:
    from petwidgets.jobs.classify import Answer
    from petwidgets.widgets.filmstrip import Item

LARGEST = 100 * 2**20
"""Bytes of one photograph: a JPEG of 200 million pixels has up to some 80 MB."""

AT_ONCE = 8
"""Photographs that are looked at or wait for it; further ones stay in the page until then."""

NO_PHOTOGRAPH = "No photograph at hand? Press one of these."
UNREADABLE, REFUSED = "can't be read", "not recognised"


class ClassifyPanel(Panel):
    """An upload, the photographs of this visit, and what the chosen run says of one of them.

    Example:
        >>> ClassifyPanel().upload.state
        'ready'
    """

    key = "classify"
    title = "Classify a photograph"
    lead = "Choose photographs, and see what the network takes each for."
    why = (
        "Softmax makes probabilities that add to one of whatever the last layer gives, so that some"
        " class always comes first, even for a teapot. An answer is therefore only given when its"
        " probability, and how alike the photograph is to those of a class, reach what nearly all"
        " right answers on the validation photographs reach. The network sees the square in the"
        " middle, shrunk: what is outside of it does not count."
    )

    def __init__(self, session: Any = None) -> None:
        super().__init__(session)
        self.photographs = self.session.photographs
        self._looking, self._answers = 0, ""
        self._turns: dict[int, int] = {}
        """How often was asked about a photograph, by its key: an older answer is thrown away."""
        self.upload = PhotoUpload(max_bytes=LARGEST)
        self.upload.on_photo(self._take)
        self.model = Form([choice("run", "Model", [])])
        self.model.on_said(self.guarded(self._choose))
        self.model_note, self.status = note(), note()
        self.album = Filmstrip("Photographs of this visit")
        self.said = plain(widgets.VBox)
        self.examples = examples.row()
        self.examples.observe(self.guarded(self._try), "chosen")
        self.hint = note(NO_PHOTOGRAPH)
        self.visit = Form([
            button("clear", "Forget these photographs", hidden=True),
            button("again", "Try again", hidden=True),
        ])  # fmt: skip
        self.visit.on_press("again", self.guarded(self._again))
        self.visit.on_press("clear", self.guarded(self._clear))
        self.album.observe(self.guarded(lambda _: self._pick()), "chosen")
        self.live = LiveView(self, self.upload)
        taking = plain(widgets.HBox, [self.upload, self.live], css="petwidgets-taking")
        tray = plain(widgets.HBox, [self.album, self.examples], css="petwidgets-tray")
        self.body.children = [
            taking, self.hint, self.status, tray, self.said, self.visit,
            self.model, self.model_note,
        ]  # fmt: skip
        self.follow(["runs.usable", "runs.chosen_id"], self._draw_model)
        # At once, also out of sight, for the answer waits in no thread that draws.
        self.session.runs.observe(lambda _: self._attempt(self._renew, self._renew), "chosen_id")
        for known in [*self.photographs.items.values()]:  # of another panel of this session
            self.guarded(self._keep)(known)

    @cached_property
    def answer(self) -> AnswerView:
        """What is said of the chosen photograph; a page is sent it with the first one."""
        made = AnswerView()
        self.said.children = [made, *self.said.children]
        return made

    @cached_property
    def closer(self) -> Details:
        """More about it, in the same way."""
        made = Details(self)
        self.said.children = [*self.said.children, made]
        return made

    # --- the model ---

    def _choose(self) -> None:
        if self.model["run"] != self._answers:
            present = self._present
            self.session.runs.chosen_id = self.model["run"]
            if present and present.run:  # an example, which its own run has answered so far
                self._ask(replace(present, run=""))

    def _draw_model(self) -> None:
        runs = self.session.runs
        run = runs.chosen
        self._answers = run.id
        with self.model.showing(), self.model.hold_sync():
            self.model.change("run", options=[[one.id, _name(one)] for one in runs.usable])
            self.model.set(run=run.id)
        self.folds.code = classification(run.id)
        without = runs.chosen_id not in ("", run.id)
        instead = f"{runs.chosen_id} has no weights: the shipped model answers. " if without else ""
        self.model_note.value = instead + _accuracy(run)

    def _renew(self) -> None:
        """Ask the run that is chosen now about the photograph in sight."""
        one = self._present
        if one and not one.run and not self._is_answered(one):
            self._ask(one)

    def _is_answered(self, one: Brought) -> bool:
        """Whether the run that is chosen now has answered."""
        return one.answer is not None and one.answer.run == self.session.runs.chosen.id

    @property
    def _present(self) -> Brought | None:
        """The photograph in sight."""
        return self.photographs.items.get(self.album.chosen)

    def _pick(self) -> None:
        """Show a photograph of the album; ask again if another run has answered since."""
        self._show()
        if (one := self._present) and one.answer:
            self._renew()

    # --- photographs ---

    def _take(self, name: str, photo: bytes, run: str = "") -> None:
        self._ask(Brought(self.photographs.new_key(), name, photo, run=run))

    def _try(self, change: Any) -> None:
        """Take an example, by the run for its like unless another one is chosen."""
        if change["new"]:
            self.examples.chosen = 0  # the same one may be pressed again
            one = EXAMPLES[change["new"] - 1]
            self._take(one.file, one.photo, "" if self.session.runs.chosen_id else one.run)

    def _ask(self, one: Brought) -> None:
        self.heading.clear()
        self._looking += 1
        self.upload.holds = self._looking >= AT_ONCE
        self.status.value = f"Looking at {one.name} ..."
        if not self.session.engine.started:
            self.status.value += " The engine is starting; the first answer takes a few seconds."
        self._turns[one.key] = self._turns.get(one.key, 0) + 1
        turn, by = self._turns[one.key], self.session.runs.chosen_id
        answered = functools.partial(self._answered, one, turn, by)
        self._classified(one).add_done_callback(self.guarded(answered))

    def _classified(self, one: Brought) -> Future[Answer]:
        try:
            return self.session.classify(one.photo, one.run)
        except Problem as problem:  # the run is gone
            future: Future[Answer] = Future()
            future.set_exception(problem)
            return future

    def _again(self) -> None:
        """Ask once more about the chosen photograph."""
        if one := self._present:
            self._ask(one)

    def _answered(self, one: Brought, turn: int, by: str, done: Future[Answer]) -> None:
        if done.cancelled():  # the page is closed
            return
        problem = done.exception()
        answer = None if problem else done.result()
        with self.session.drawing:  # answers come in threads, several at a time
            self._looking -= 1
            self.upload.holds = self._looking >= AT_ONCE
            if not self._looking:
                self.status.value = ""
            if self._turns.get(one.key) != turn or self.photographs.forgotten(one.key):
                return
            self._keep(replace(one, answer=answer, problem=str(problem or "")))
        if by != self.session.runs.chosen_id:  # another run was chosen meanwhile
            self._renew()

    def _keep(self, one: Brought) -> None:
        for oldest in self.photographs.put(one):
            self.album.forget(oldest)
        self.album.put(_item(one), one.answer.small if one.answer else b"")
        self._show()

    def _show(self) -> None:
        """Show what was said of the chosen photograph; raises its problem, if that is what was."""
        any_kept = bool(self.photographs.items)
        self.upload.compact = self.examples.small = any_kept
        show(self.hint, visible=not any_kept)
        self.visit.change("clear", hidden=not any_kept)
        one = self.photographs.items.get(self.album.chosen)
        answer = one.answer if one else None
        self.visit.change("again", hidden=one is None or not messages.passes(one.problem))
        show(self.said, visible=answer is not None)
        if one is None:
            return
        if answer is None:
            raise Problem(f"{one.name}: {one.problem}")
        self.answer.show(one.name, answer)
        self.closer.show(one, answer)

    def _clear(self) -> None:
        """Keep nothing of any photograph, here or on the page."""
        self.photographs.clear()
        self._turns.clear()
        self.upload.forget()
        self.status.value = ""
        if "answer" in self.__dict__:
            self.answer.clear()
        if "closer" in self.__dict__:
            self.closer.forget()
        self.album.forget()
        self._show()


def _item(one: Brought) -> Item:
    """As the album shows it."""
    label, tone = UNREADABLE, "quiet"
    if one.answer and one.answer.decision.recognised:
        label, tone = readable(one.answer.decision.breed), "first"
    elif one.answer:
        label = REFUSED
    return {"key": one.key, "name": one.name, "label": label, "tone": tone}


def _name(run: Run) -> str:
    recipe = run.recipe
    breeds = counted(len(run.info["vocab"]), run.noun)
    if run.id == SHIPPED_ID:
        return f"Shipped model: {breeds}, real photographs"
    if run.id == DRAWN_ID:
        return f"Shipped model of the drawn sample: {breeds}"
    return f"{run.title}: {recipe.name}, {breeds}, {recipe.data}"


def _accuracy(run: Run) -> str:
    validation = run.validation()
    errors, n = validation.errors, len(validation.targets)
    pictures = counted(n, sources.kind(run.recipe.data, many=False))
    return (
        f"Recorded: this model was wrong on {errors:,} of {pictures} that it was not trained on:"
        f" {percent(errors / n)} error (95 % interval {interval(errors, n)})."
    )
