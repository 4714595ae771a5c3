"""Labels that a model doubts, decided one by one, and applied to the next training as a list."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import counted, figure, readable
from petwidgets.data import label_edits_csv
from petwidgets.data.image import encode, read_photo
from petwidgets.data.label_edits import KEEP, LabelEdits, Mark, summary
from petwidgets.data.sources import SAMPLE
from petwidgets.data.synthetic.wrong_labels import WRONG_LABELS
from petwidgets.metrics.label_issues import (
    BY_FOLDS,
    BY_LOSS,
    Suspicion,
    ranked,
    suspicions,
    without_changes,
)
from petwidgets.panels.interpretation.base import InterpretingPanel
from petwidgets.panels.interpretation.before_after import BeforeAfter
from petwidgets.panels.interpretation.label_search import LabelSearch
from petwidgets.panels.interpretation.review_queue import STATES, WHYS, ReviewQueue, following
from petwidgets.panels.shared.large_photo import LARGE
from petwidgets.session.interpretation import interpretation
from petwidgets.snippets.cleaning import doubted
from petwidgets.widgets.base import note
from petwidgets.widgets.fields import choice, text
from petwidgets.widgets.file_transfer import FileTransfer
from petwidgets.widgets.form import Form
from petwidgets.widgets.review_card import ReviewCard

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from petwidgets.runs.run import Run
    from petwidgets.widgets.fields import Field

FILE = "petwidgets-labels.csv"
UNDECIDED = "Nothing is decided yet. Your decisions touch no file."
NONE_DOUBTED = "No label is doubted yet: search, or choose a run that was validated on these."
NONE_HERE = "No photograph is in this category."


class CleanPanel(InterpretingPanel):
    """Doubted labels, one large photograph at a time; a list of decisions; before and after.

    Example:
        >>> CleanPanel().form["state"]
        'open'
    """

    key = "clean"
    title = "Clean the labels"
    compares = True
    lead = "Look at photographs whose label a model doubts, and decide: keep, relabel, leave out."
    why = (
        "A photograph with a wrong label teaches something false, and where a model is validated on"
        " it a right answer counts as wrong. A model that was not trained on a photograph finds"
        " such labels: it gives them little probability. But it also doubts what is merely hard, so"
        " a person has to look. What you decide is a list beside the photographs, which are never"
        " touched: it can be undone, saved, handed on, and left aside in the next training."
    )

    def __init__(self, session: Any = None) -> None:
        super().__init__(session)
        self._doubts: dict[str, list[Suspicion]] = {}
        self._labels: dict[str, str] = {}
        self._judged = 0
        self.search = LabelSearch(self)
        self.form = Form(_fields())
        self.review = ReviewCard(self.guarded(self._decide), self.guarded(self._go))
        self.tally = note()
        self.transfer = FileTransfer(
            self._export, self._import, label_edits_csv.MOST, save="Export the decisions",
            choose="Import decisions", accept=".csv", saves=False,
        )  # fmt: skip
        self.before_after = BeforeAfter()
        self.body.children = [
            self.run_form, self.status, self.lead_there, self.form, self.review, self.tally,
            self.search, self.transfer, self.before_after,
        ]  # fmt: skip
        self.keep(self.form, private=("breed", "file"))
        self.form.observe(self.guarded(lambda _: self._show()), "values")
        search = ("cleaning.search.state", "cleaning.search.problem")
        self.begin("data.dataset", "cleaning.searches", *search)
        self.follow("cleaning.marks", self._show)
        self.follow("data.source", lambda: self.review.set_trait("said", ""))

    @property
    def docket(self) -> ReviewQueue:
        """What is doubted and decided now."""
        return ReviewQueue.of_present(self._labels, self._doubts, self.session.cleaning.edits)

    # --- what is doubted ---

    def draw(self) -> None:
        """List what the run and the search doubt, show one of it, and compare before and after."""
        task = self.session.cleaning.search
        self.heading.say(self.problem_of(task), task)
        dataset, found = self.session.data.dataset, self.session.cleaning.out_of_fold
        here = self.session.cleaning.names_here(self.run)
        self._labels = dataset.labels() if dataset else {}
        self._judged = sum(
            self._labels.get(here[file]) == label
            for file, label in self.interpretation.labels.items()
            if file in here
        )
        doubts = [d for d in suspicions(self.interpretation, BY_LOSS) if d.file in here]
        by_run = [replace(doubt, file=here[doubt.file]) for doubt in doubts]
        self._doubts = ranked([*by_run, *(suspicions(found, BY_FOLDS) if found else ())])
        any_label = ["", f"any {self.session.data.noun}"]
        breeds = [[breed, readable(breed)] for breed in (dataset.vocab if dataset else ())]
        self.review.breeds = breeds
        self.form.change("breed", options=[any_label, *breeds], hidden=not breeds)
        source, search = self.session.data.source, found.run if found else ""
        self.folds.code = doubted(self.run.id, search, source, self.session.data.pattern)
        self._draw_difference()
        self._show()

    # --- one after the other ---

    def listed(self) -> list[str]:
        """The photographs of the chosen category, the most suspicious first."""
        said = self.form.values
        return self.docket.listed(said["why"], said["state"], said["breed"])

    def _among(self, files: list[str]) -> str:
        """The one that is looked at; the first, where that is in another category."""
        return self.form["file"] if self.form["file"] in files else [*files, ""][0]

    def _show(self) -> None:
        docket, files = self.docket, self.listed()
        file = self._among(files)
        found = _planted(docket.choices) if self.session.data.source == SAMPLE else ""
        aside = _set_aside(self.session.cleaning.set_aside)
        self.tally.value = f"{_tally(docket.choices)}{aside}{found}"
        self.transfer.saves = bool(docket.choices.now)
        with self.review.hold_sync():
            self.review.where = f"{files.index(file) + 1:,} of {len(files):,}" if files else ""
            self.review.undoes = bool(docket.choices.done)
            self.review.redoes = bool(docket.choices.undone)
            none = _all_right(self._judged) if self._judged else NONE_DOUBTED
            empty = NONE_HERE if docket.listed() else none
            self.review.empty = "" if file else empty
            self.review.item, self.review.jpeg = self._item(docket, file) if file else ({}, b"")

    def _item(self, docket: ReviewQueue, file: str) -> tuple[dict[str, Any], bytes]:
        mark, doubts = docket.choices.now.get(file), docket.doubts.get(file, ())
        problem, jpeg = "", b""
        try:
            jpeg = self._picture(file)
        except Problem as said:
            problem = str(said)
        facts = [["Label", readable(docket.label(file))]]
        for doubt in doubts:
            facts += _facts(doubt)
        if mark and mark.why and not doubts:
            facts.append(["Was doubted", mark.why])
        return {
            "title": file, "mark": readable(mark.said) if mark else "not decided",
            "tone": mark.do if mark else "open", "problem": problem, "facts": facts,
            "guess": _guess(mark, doubts),
        }, jpeg  # fmt: skip

    def _picture(self, file: str) -> bytes:
        dataset = self.session.data.dataset
        if dataset is None or file not in self._labels:
            raise Problem("This photograph is not among those chosen: see Look at the data.")
        return _large(dataset.folder / file)

    def _go(self, by: int) -> None:
        files = self.listed()
        if files:
            at = files.index(self._among(files)) + by
            self.form.set(file=files[min(max(0, at), len(files) - 1)])

    # --- deciding ---

    def _decide(self, do: str, breed: str) -> None:
        """What a key or a button says; the next photograph follows."""
        if do in ("undo", "redo"):
            self._step_back(do)
            return
        files = self.listed()
        file = self._among(files)
        if not file:
            raise Problem("There is no photograph to decide about: choose another category.")
        mark = None if do == "clear" else self.docket.mark(file, do, breed)
        # The next one is chosen first, or another would be seen for a moment in its place.
        self.form.set(file=following(files, file) if mark else file)
        self.session.cleaning.decide({file: mark})
        self.review.said = f"{file}: {readable(mark.said) if mark else 'not decided'}."

    def _step_back(self, do: str) -> None:
        files = self.session.cleaning.undo() if do == "undo" else self.session.cleaning.redo()
        said = files[0] if len(files) == 1 else counted(len(files), "photograph")
        self.review.said = f"{'Undone' if do == 'undo' else 'Done again'}: {said}."
        if files[0] in self.listed():
            self.form.set(file=files[0])

    # --- there and back ---

    def _export(self) -> tuple[str, bytes]:
        return FILE, label_edits_csv.write(self.session.cleaning.edits.now)

    def _import(self, _name: str, content: bytes) -> str:
        if self.session.data.dataset is None:
            raise Problem("There are no photographs yet to decide about: choose some first.")
        marks, bad = label_edits_csv.read(content)
        sound, strange = label_edits_csv.fitting(
            marks, self._labels, self.session.data.dataset.vocab
        )
        wrong = [*bad, *strange]
        if not sound:
            raise Problem(f"Nothing is taken from this file. {label_edits_csv.told(wrong)}".strip())
        self.session.cleaning.decide(sound)
        rows, left = f"{len(sound):,} of {counted(len(sound) + len(wrong), 'row')}", ""
        if wrong:
            left = f" {counted(len(wrong), 'is', 'are')} left out. {label_edits_csv.told(wrong)}"
        return f"Taken: {rows}; Undo takes them back.{left}"

    # --- before and after ---

    def _draw_difference(self) -> None:
        before = self._before()
        judged = interpretation(before) if before else None
        self.before_after.show(before, self.run, judged, self.interpretation)

    def _before(self) -> Run | None:
        """The run that is compared with: the chosen one, or the same training without changes."""
        if self.session.interpretation.versus_id:
            return self.session.runs.get(self.session.interpretation.versus_id)
        wanted = without_changes(self.run.recipe)
        same = [run for run in self.session.runs.validated() if run.recipe == wanted]
        return same[0] if same and self.run.recipe != wanted else None


@lru_cache(maxsize=8)
def _large(path: Path) -> bytes:
    """A photograph as it is shown; who goes back and forth does not wait again."""
    return encode(read_photo(path), LARGE)


def _fields() -> list[Field]:
    return [
        choice("why", "Doubted because", [*WHYS.items()]),
        choice("breed", "Labelled", [("", "any")]),
        choice("state", "Show", [*STATES.items()]),
        text("file", "Photograph", hidden=True),
    ]


def _guess(mark: Mark | None, doubts: Sequence[Suspicion]) -> str:
    """The breed that is offered first: the one that was chosen, else the predicted one."""
    return (mark.breed if mark else "") or (doubts[0].predicted if doubts else "")


def _facts(doubt: Suspicion) -> list[list[str]]:
    """What is held against a label, and by whom."""
    who = "Cross-validation" if doubt.why == BY_FOLDS else "The run"
    return [
        [who, f"{readable(doubt.predicted)}, probability {figure(doubt.taken)}"],
        [f"of {readable(doubt.label)}", f"probability {figure(doubt.own)}, loss {doubt.loss:.2f}"],
    ]


def _tally(choices: LabelEdits) -> str:
    marks = choices.now
    if not marks:
        return UNDECIDED
    kept = sum(mark.do == KEEP for mark in marks.values())
    return (
        f"Decided: {summary(choices.leave_out, choices.relabel)}, {kept:,} kept. The next training"
        f" uses these decisions, unless you switch them off there; no file is touched."
    )


def _set_aside(files: Sequence[str]) -> str:
    """Which decisions wait for other labels."""
    if not files:
        return ""
    what = "it was" if len(files) == 1 else "they were"
    return (
        f" {counted(len(files), 'photograph')} keep{'s' * (len(files) == 1)} the label of the file:"
        f" what {what} relabelled to is no label now."
    )


def _all_right(judged: int) -> str:
    return (
        f"The run is right on {counted(judged, 'photograph')} that it was validated on: search, and"
        " the others are judged, too."
    )


def _planted(choices: LabelEdits) -> str:
    """How many of the drawn sample's wrong labels were found."""
    found = sum(f in WRONG_LABELS and mark.do != KEEP for f, mark in choices.now.items())
    found_of_all = f"{found} of {len(WRONG_LABELS)} found"
    return f" Labels of the drawn sample that are wrong on purpose: {found_of_all}."
