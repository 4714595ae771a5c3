"""Check the files: what is wrong with which, and what to do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import ipywidgets as widgets

from petwidgets.common.formatting import counted
from petwidgets.data import sources
from petwidgets.data.checks.check import check
from petwidgets.data.checks.findings import ADVICE, TITLES, Finding, name_below
from petwidgets.data.synthetic.spoiled import spoiled
from petwidgets.panels.base import Panel
from petwidgets.session.task import Task
from petwidgets.snippets.data import checks
from petwidgets.widgets.bars import Bars
from petwidgets.widgets.base import note, plain, show
from petwidgets.widgets.blocker import Blocker
from petwidgets.widgets.fields import button
from petwidgets.widgets.form import Form
from petwidgets.widgets.progress import Progress
from petwidgets.widgets.table import Table
from petwidgets.widgets.thumbnail_grid import ThumbnailGrid

if TYPE_CHECKING:
    from collections.abc import Sequence

ROWS = 200
"""Findings that are written out; the pictures of all can be scrolled through."""

NONE_YET = "No photographs have been read: there are no files to check."
EXAMPLE = (
    "Live, an example: drawn pictures, of which some were spoiled on purpose. {} in {}. Press Check"
    " all files to see what is in yours."
)


class Findings(NamedTuple):
    """Findings, and the folder below which their files are named."""

    found: tuple[Finding, ...] = ()
    root: Path | None = None


class CheckPanel(Panel):
    """A check of every file, its findings by kind, each with its pictures.

    Example:
        >>> CheckPanel().kinds.items
        []
    """

    key = "check"
    title = "Check the files"
    lead = "Look for files that would spoil a training, before one spoils yours."
    why = (
        "A file that can't be read ends an epoch in its middle; one with a wrong name may be read"
        " by one library and not by the next. A photograph that stands in the training set and in"
        " the validation set makes the error rate look better than it is: the network has seen"
        " the answer. Dark and blurred pictures are not wrong, but look at them before you blame"
        " the network for what nobody could recognise."
    )

    def __init__(self, session: Any = None) -> None:
        super().__init__(session)
        self.example, self._examples = Task(), Findings()
        self.form = Form([button("check", "Check all files", primary=True)])
        self.progress = Progress(self.guarded(lambda _: self.session.data.checking.stop()))
        self.lead_there = Blocker(self.session, "browse", "Choose photographs")
        self.verdict, self.advice = note(), note()
        self.leaks = plain(widgets.Label, css="petwidgets-loud")
        self.kinds = Bars(caption="Findings; choose a kind", chooses=True)
        self.pictures = ThumbnailGrid(self.guarded(lambda _at: None))
        self.table = Table(header=["file", "what is wrong"])
        self.found = plain(
            widgets.VBox, [self.kinds, self.advice, self.pictures, self.table]
        )  # fmt: skip
        self.body.children = [
            self.form, self.lead_there, self.progress, self.verdict, self.leaks, self.found
        ]  # fmt: skip
        self.form.on_press("check", self.guarded(self.session.data.check))
        self.kinds.observe(self.guarded(lambda _: self._list()), "chosen")
        self.follow(["data.paths", "data.source"], self._arrive)
        checking = self.session.data.checking
        self.tell_of(checking)
        self.follow(["state", "progress"], self._draw_progress, of=checking)
        self.follow("state", self._draw, of=self.example)
        self.follow(["data.findings", "data.dataset"], self._draw, asks=True)
        self.session.data.look()

    def _arrive(self) -> None:
        there = bool(self.session.data.paths)
        self.lead_there.sentence = NONE_YET if not there else ""
        self.form.change("check", disabled=not there)
        self.folds.code = checks(self.session.data.source)

    def _draw_progress(self) -> None:
        data, checking = self.session.data, self.session.data.checking
        self.form.change("check", disabled=checking.under_way or not data.paths)
        if checking.under_way:
            done, total = checking.progress
            self.progress.show(f"{done:,} of {counted(total, 'file')}", done, total)
        else:
            self.progress.hide()

    def _check_example(self) -> None:
        folder = spoiled()
        self._examples = Findings(tuple(check(folder)), folder)

    @property
    def _shown(self) -> Findings:
        """Those of the visitor's own files; before there are any, those of the example."""
        data = self.session.data
        if data.findings is None:
            return self._examples
        return Findings(tuple(data.findings), data.dataset.folder if data.dataset else None)

    def _draw(self) -> None:
        if self.session.data.findings is None and not self.example.state:
            self.example.begin()
            self.example.start(self._check_example, "check spoiled pictures")
        findings, root = self._shown
        show(self.found, visible=bool(findings))
        leaks = [f for f in findings if f.problem == "leak"]
        self.leaks.value = _leaks(leaks, root)
        show(self.leaks, visible=bool(leaks))
        self.verdict.value = self._verdict(findings)
        kinds = [kind for kind in TITLES if any(f.problem == kind for f in findings)]
        counts = {kind: sum(f.problem == kind for f in findings) for kind in kinds}
        self.kinds.items = [
            {"key": kind, "label": TITLES[kind], "value": n, "text": f"{n:,}"}
            for kind, n in counts.items()
        ]
        first = kinds[0] if kinds else ""
        own = self.session.data.findings is not None
        self.kinds.chosen = first if own or "duplicate" not in kinds else "duplicate"  # pictures
        self._list()

    def _verdict(self, findings: Sequence[Finding]) -> str:
        """What was looked at, and how much was found."""
        many, files = _many(findings), counted(len({f.file for f in findings}), "file")
        if self.session.data.findings is None:
            return EXAMPLE.format(many, files) if findings else self.example.problem
        source = sources.title(self.session.data.source)
        return f"Live: every file below {source} was read to its end. {many} in {files}."

    def _list(self) -> None:
        kind, (found, root) = self.kinds.chosen, self._shown
        findings = [f for f in found if kind in ("", f.problem)]
        self.advice.value = ADVICE.get(kind, "")
        self.pictures.show(_pictures(findings, root), _many(findings))
        self.table.rows = [[name_below(f.file, root), f.sentence] for f in findings[:ROWS]]


def _pictures(findings: Sequence[Finding], root: Path | None) -> list[tuple[Path, str]]:
    """The picture of a finding, beside the one that it is compared with."""
    return [
        (Path(file), name_below(file, root))
        for finding in findings
        for file in (finding.file, *finding.also)
    ]


def _many(findings: Sequence[Finding]) -> str:
    return counted(len(findings), "finding")


def _leaks(leaks: Sequence[Finding], root: Path | None) -> str:
    names = ", ".join(
        f"{name_below(f.file, root)} and {name_below(f.also[0], root)}" for f in leaks[:3] if f.also
    )
    one = "it" if len(leaks) == 1 else "one of each"
    return (
        f"{counted(len(leaks), 'photograph is', 'photographs are')} trained on and validated on:"
        f" {names}"
        f"{', ...' * (len(leaks) > 3)}. The error rate would be too good: remove {one}."  # noqa: PLR2004
    )
