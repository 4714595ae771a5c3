"""How data comes: as files that are named or sorted by label, or with a table of labels."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from petwidgets.recipes.labelling import PARENT_FOLDER, table_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from petwidgets.data.dataset import Dataset

EXAMPLES = 3

COLUMNS = ("name", "label")
"""The header of a table of labels."""


def label_forms(dataset: Dataset) -> tuple[list[str], list[list[str]]]:
    """The same photographs in the forms in which data comes, the present one named as such.

    Returns:
        a header, and a row for each of `EXAMPLES` photographs, of different breeds if possible:
        a file named by its breed, a file in a folder of its breed, and a line of a CSV file.
    """
    by_folder, by_table = dataset.pattern == PARENT_FOLDER, bool(table_id(dataset.pattern))
    here = 2 if by_table else int(by_folder)
    titles = [
        f"Files named by {dataset.noun}",
        "Files sorted by folder",
        f"A table: {csv_line(COLUMNS)}",
    ]
    header = [f"{title}{' (as here)' * (i == here)}" for i, title in enumerate(titles)]
    rows = []
    for at in _examples(dataset):
        name, breed = dataset.paths[at].name, dataset.breeds[at]
        named = f"{breed}_{name}" if by_folder or by_table else name
        full = dataset.name(dataset.paths[at]) if by_folder or by_table else name
        rows.append([named, f"{breed}/{name}", csv_line((full, breed))])
    return header, rows


def _examples(dataset: Dataset) -> list[int]:
    """Positions of the first photographs of the first breeds, then of any others."""
    firsts = [dataset.breeds.index(breed) for breed in dataset.vocab[:EXAMPLES]]
    others = [i for i in range(min(2 * EXAMPLES, len(dataset.paths))) if i not in firsts]
    return [*firsts, *others][:EXAMPLES]


def csv_line(cells: Iterable[str]) -> str:
    """Cells as a line of a CSV file, without its end."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()
