"""Folds that show a set's folder as Python has it, and the forms in which such data comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from petwidgets.data.label_forms import label_forms
from petwidgets.data.path_methods import HEADER, path_methods
from petwidgets.data.sources import TITLES
from petwidgets.session.store import multi_user
from petwidgets.widgets.base import PLAIN, VBox
from petwidgets.widgets.folded_table import FoldedTable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from petwidgets.data.dataset import Dataset

GONE = "The folder can't be read any more: press Show again."


class FolderFolds(VBox):
    """`path.ls()` and the parts of a path, and three photographs as files and as a table."""

    def __init__(self) -> None:
        self.methods, self.forms = FoldedTable(), FoldedTable()
        super().__init__([self.methods, self.forms], layout=PLAIN)

    def show(self, dataset: Dataset | None) -> None:
        """Offer both of a set that is read; what they show is made when they are opened."""
        if dataset is None:
            for table in (self.methods, self.forms):
                table.offer("")
            return
        self.methods.offer("In Python: path.ls() and pathlib", lambda: _methods(dataset))
        self.forms.offer("Two ways data comes: files, or a table", lambda: label_forms(dataset))


def _methods(dataset: Dataset) -> tuple[Iterable[str], list[list[str]]]:
    """Expressions with their values; what else an offered folder holds is not a visitor's."""
    entries = dataset.source in TITLES or not multi_user()
    try:
        return HEADER, path_methods(dataset, entries=entries)
    except OSError:
        return [], [[GONE]]
