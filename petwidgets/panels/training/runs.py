"""Every run in a table; two or more over each other, in pairs; one replayed, used or passed on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from petwidgets.common.errors import Problem
from petwidgets.metrics.comparison import snippet
from petwidgets.panels.base import Panel
from petwidgets.panels.training.compare import MOST, RunComparison
from petwidgets.panels.training.run_rows import HEADER, kept, row, short
from petwidgets.runs.import_export import SUFFIX, packed
from petwidgets.runs.replay import SPEEDS, Replay
from petwidgets.runs.run import SHIPPED_ID
from petwidgets.runs.safe_zip import MB
from petwidgets.widgets.base import note
from petwidgets.widgets.checkbox_table import CheckboxTable
from petwidgets.widgets.fields import button, choice, text
from petwidgets.widgets.file_transfer import FileTransfer
from petwidgets.widgets.form import Form

if TYPE_CHECKING:
    from petwidgets.runs.run import Run
    from petwidgets.widgets.fields import Field

MOST_SENT = 128 * MB
"""Bytes of a file that is imported here; the command line takes twice as much."""

CHOOSE = "Tick two runs or more to compare them; one, to replay, use or export it."
SURE = "Delete {} for good? Its weights and figures are gone then."


class RunsPanel(Panel):
    """A table of runs; curves, settings and pairs of those that are ticked.

    Example:
        >>> "pets37" in RunsPanel().picks.names
        True
    """

    key = "runs"
    title = "Compare runs"
    lead = "Tick two runs, and see whether one is better or only luckier."
    why = (
        "Most photographs are easy for every model and a few are hard for all: two error rates of"
        " the same photographs rise and fall together, and their separate intervals may overlap"
        " though one model is plainly better. What tells them apart are the photographs that only"
        " one of them gets right; were both equally good, those would fall to either side like a"
        " tossed coin. Trainings that differ in their seed alone show how much is luck in any case."
    )

    def __init__(self, session: Any = None) -> None:
        super().__init__(session)
        self.picks, self.form = CheckboxTable(header=HEADER), Form(_fields(), speed="10")
        self.transfer = FileTransfer(
            self._export, self._import, MOST_SENT, choose="Import a run", saves=False
        )
        self.hint, self.status, self.against = note(), note(), RunComparison()
        self.body.children = [
            self.picks, self.hint, self.form, self.status, self.transfer, self.against
        ]  # fmt: skip
        self._known: dict[str, Run] = {}
        self._doomed = ""
        for name in ("replay", "classify", "rename", "delete", "sure", "spare"):
            self.form.on_press(name, self.guarded(getattr(self, f"_{name}")))
        self.picks.observe(self.guarded(lambda _: self._picked()), "chosen")
        self.follow(["runs.usable", "training.state"], self._draw, asks=True)
        self.follow("settings", self._pick)
        self.keep(self.form, private=("run", "name"))  # after what makes its options
        self.form.observe(self.guarded(lambda _: self._formed()), "values")

    # --- the table, and what is ticked ---

    def _draw(self) -> None:
        """The table; the files of every run are read for it."""
        self._known = {run.id: run for run in self.session.runs.visible()}
        with self.picks.hold_sync():
            self.picks.names = [*self._known]
            self.picks.rows = [row(run) for run in self._known.values()]
            self.picks.caption = f"Runs: {len(self._known)}, with recorded figures"
        self._pick()
        self._show()

    def _pick(self) -> None:
        """Tick what the session remembers, of what is there."""
        wanted = self.session.settings.get("compared", [])
        if self._known and isinstance(wanted, list):
            known = [key for key in wanted if isinstance(key, str) and key in self._known]
            self.picks.chosen = known[:MOST]

    def _picked(self) -> None:
        chosen = self.picks.chosen
        if len(chosen) > MOST:
            self.picks.chosen = chosen[:MOST]
            raise Problem(f"{MOST} runs at most are compared at a time: untick one first.")
        if chosen != self.session.settings.get("compared", []):
            self.session.settings = {**self.session.settings, "compared": [*chosen]}
        self._show()

    def _show(self) -> None:
        """What there is to say and to do about the ticked runs."""
        runs = [self._known[key] for key in self.picks.chosen if key in self._known]
        self.hint.value = "" if runs else CHOOSE
        self._show_form(runs)
        self.folds.code = snippet([run.id for run in runs if kept(run)] or [SHIPPED_ID])
        self.against.show([run for run in runs if run.state != "damaged"])

    def _show_form(self, runs: list[Run]) -> None:
        one = next((run for run in runs if run.id == self.form["run"]), next(iter(runs), None))
        own = one is not None and self.session.runs.may_delete(one)
        renames = one is not None and self.session.runs.may_rename(one)
        doomed = one is not None and one.id == self._doomed
        facts: dict[str, dict[str, Any]] = {
            "run": {"options": [[run.id, run.title] for run in runs], "hidden": len(runs) <= 1},
            "speed": {"hidden": not runs},
            "replay": {"hidden": not runs},
            "classify": {"hidden": not runs, "disabled": one is None or not one.usable},
            "name": {"hidden": not renames, "placeholder": one.title if one else ""},
            "rename": {"hidden": not renames},
            "delete": {"hidden": not own or doomed},
            "sure": {"hidden": not doomed},
            "spare": {"hidden": not doomed},
        }
        fields = [{**field, **facts[field["name"]]} for field in self.form.fields]
        if fields != self.form.fields:
            self.form.fields = fields
        self.transfer.saves = one is not None
        self.transfer.save = f"Export {short(one)}" if one else "Export"

    def _formed(self) -> None:
        if self._doomed and self._doomed != self.form["run"]:
            self._doomed = self.status.value = ""
        training = self.session.training.worker
        if isinstance(training, Replay):
            training.speed = float(self.form["speed"])
        self._show()

    # --- what can be done with one ---

    @property
    def run(self) -> Run:
        """The one that is replayed, used, exported or deleted.

        Raises:
            Problem: none is ticked, or it is gone.
        """
        if not self.form["run"]:
            raise Problem("No run is chosen: tick one in the table.")
        return self.session.runs.get(self.form["run"])

    def _replay(self) -> None:
        self.session.training.replay(self.run, float(self.form["speed"]))
        self._lead("train", f"{self.run.title} is replayed under Train a model.")

    def _classify(self) -> None:
        run = self.run
        if not run.usable:
            raise Problem(
                f"The run {run.title} has no weights to classify with: choose another one."
            )
        self.session.runs.chosen_id = run.id
        self._lead("classify", f"{run.title} is chosen under Classify a photograph.")

    def _lead(self, lesson: str, said: str) -> None:
        self.status.value = said
        if self.session.lesson:
            self.session.lesson = lesson

    def _rename(self) -> None:
        renamed = self.session.runs.rename(self.run.id, str(self.form["name"]))
        self.form.set(name="")
        self._draw()
        self.status.value = f"The run {renamed.id} is called {renamed.title} now."

    def _delete(self) -> None:
        self._doomed = self.run.id
        self.status.value = SURE.format(_certain(self.run))
        self._show()

    def _spare(self) -> None:
        self._doomed = self.status.value = ""
        self._show()

    def _sure(self) -> None:
        doomed, self._doomed = self._doomed, ""
        if not doomed:  # choosing another run takes it back
            raise Problem("Nothing was deleted: choose a run and press Delete first.")
        name = _certain(self.session.runs.get(doomed))
        self.session.delete_run(doomed)
        self._draw()
        self.status.value = f"{name} is deleted."

    def _export(self) -> tuple[str, bytes]:
        run = self.run
        return f"{run.id}{SUFFIX}", packed(run)

    def _import(self, _name: str, content: bytes) -> str:
        run = self.session.runs.take(content)
        self._draw()
        return f"{run.title} is imported and stands in the table: its files are sound."


def _certain(run: Run) -> str:
    """A run's title, with its id where two may have the same."""
    return run.title if run.title == run.id else f"{run.title} ({run.id})"


def _fields() -> list[Field]:
    speeds = [(str(speed), f"{speed} x" if speed > 1 else "as it was") for speed in SPEEDS]
    return [
        choice("run", "Run", [], hidden=True),
        choice("speed", "Speed of a replay", speeds, hidden=True),
        button("replay", "Replay", hidden=True),
        button("classify", "Classify with it", hidden=True),
        text("name", "Another name", hidden=True),
        button("rename", "Rename", hidden=True),
        button("delete", "Delete", hidden=True),
        button("sure", "Delete for good", hidden=True),
        button("spare", "Keep it", hidden=True),
    ]
