"""Label photographs by an uploaded CSV file, with a choice of its columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import counted, plural, short
from petwidgets.data import label_store, sources, spreadsheet
from petwidgets.data.label_match import matched
from petwidgets.data.label_table import MOST, Table, UnclearError, table
from petwidgets.recipes.labelling import table_id
from petwidgets.widgets.base import PLAIN, VBox, note
from petwidgets.widgets.fields import button, choice
from petwidgets.widgets.file_transfer import FileTransfer
from petwidgets.widgets.form import Form

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from petwidgets.session.session import Session
    from petwidgets.widgets.fields import Field

CHOOSE = "choose a column"


class LabelFile(VBox):
    """An upload for a CSV file of labels, which the session then uses.

    Args:
        session: whose `pattern` then stands for the file's labels.
        guarded: makes a sentence of what a callback raises, as `Panel.guarded` does.
        otherwise: what labels when the file is put aside.
    """

    def __init__(
        self, session: Session, guarded: Callable[..., Any], otherwise: Callable[[], str]
    ) -> None:
        self._session, self._otherwise = session, otherwise
        self._name, self._sheet = "", spreadsheet.Sheet((), ())
        self.waiting = ""
        self.transfer = FileTransfer(
            lambda: None, self._take, MOST, save="", choose=_choose(session.data.noun),
            accept=".csv,.tsv,.txt,text/csv",
        )  # fmt: skip
        self.form = Form(_fields(session.data.noun))
        self.said = note()
        self.form.on_said(guarded(self._choose))
        self.form.on_press("aside", guarded(self._put_aside))
        super().__init__([self.transfer, self.form, self.said], layout=PLAIN)

    @property
    def pattern(self) -> str:
        """The pattern of the labels in use, or of those that wait for photographs; may be empty."""
        used = self._session.data.pattern
        return self.waiting or (used if table_id(used) else "")

    def name_labels(self, noun: str) -> None:
        """Call the labels breeds or classes, as `DataState.noun` does."""
        self.transfer.choose = _choose(noun)
        for field in _fields(noun):
            self.form.change(field["name"], label=field["label"])

    def show(self) -> None:
        """Say whether a file gives the labels."""
        used = self.pattern
        self.said.value = f"In use: {label_store.said(used)}." if used else ""
        self.form.change("aside", hidden=not used)

    def _take(self, name: str, content: bytes) -> str:
        try:
            self._sheet, self._name = spreadsheet.read(content, MOST), name
            self._offer()
            made = table(self._sheet, name)
        except UnclearError as unclear:
            self.said.value = str(unclear)
            return f"{counted(len(self._sheet.rows), 'row')} of {short(name)}."
        except Problem as problem:
            raise Problem(f"{short(name)}: {problem}") from problem
        self._set(made)
        return self._use(made)

    def _offer(self) -> None:
        """List the columns; which is which is said by `_set`, or not clear."""
        columns = [["", CHOOSE], *([name, name] for name in self._sheet.header if name)]
        with self.form.showing():
            for field in ("file", "label"):
                self.form.change(field, options=columns, hidden=False)
            self.form.set(file="", label="")

    def _set(self, made: Table) -> None:
        with self.form.showing():
            self.form.set(file=made.file_column, label=made.label_column)

    def _choose(self) -> None:
        """Take other columns of the file that came last."""
        file, label = self.form["file"], self.form["label"]
        if self._sheet.header and label:
            made = table(self._sheet, self._name, file, label)
            self._set(made)
            self._use(made)

    def _use(self, made: Table) -> str:
        """Label the photographs that are read; what fits none of them changes nothing."""
        session = self._session
        if not session.data.paths:
            self.waiting = session.data.keep_labels(made)
            self.show()
            return f"Taken: {made.said}. Press Show to label photographs by it."
        folder = sources.prepare(session.data.source)
        names = [path.relative_to(folder).as_posix() for path in session.data.paths]
        labels = matched(made, names)[0]
        self.waiting = ""
        session.data.read(session.data.source, session.data.keep_labels(made))
        return f"{len(labels):,} of {counted(len(names), 'photograph')} labelled by {made.said}."

    def _put_aside(self) -> None:
        self.waiting = ""
        self._session.data.read(self._session.data.source, self._otherwise())
        self.show()


def _choose(noun: str) -> str:
    return f"{plural(noun).capitalize()} from a CSV file"


def _fields(noun: str) -> list[Field]:
    labels = plural(noun).capitalize()
    return [
        choice("file", "Names in the column", [], hidden=True),
        choice("label", f"{labels} in the column", [], hidden=True),
        button("aside", f"{labels} from the names again", hidden=True),
    ]
