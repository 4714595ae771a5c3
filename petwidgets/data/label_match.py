"""Match the rows of a table of labels to photographs, and report those without a match."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import agreeing, counted, listed, short
from petwidgets.data.matching import Names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from petwidgets.data.label_table import Table


def matched(rows: Table, names: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Match the rows of a table to photographs.

    Args:
        rows: the table.
        names: names of all photographs of the set, as of `Dataset.name`.

    Returns:
        The breeds by name; and a sentence about each kind of mismatch.

    Raises:
        Problem: no row matches a photograph, or all matching rows lack a breed.
    """
    result = _Found(rows, Names(names))
    if result.header_is_a_row:
        raise Problem(
            f"{short(rows.name)} has no header, for its first row is about"
            f" {short(rows.file_column)}: add one that names the columns, such as file,label."
        )
    labels = result.labels()
    if not labels:
        raise Problem(result.nothing(names))
    return labels, [f"The labels come from {rows.said}.", *result.notes(labels, names)]


class _Found:
    """The rows of a table, grouped by the photographs that they match."""

    def __init__(self, rows: Table, names: Names) -> None:
        self.table = rows
        self.header_is_a_row = bool(names.find(rows.file_column))
        self.said: dict[str, set[str]] = defaultdict(set)
        self.missing: list[str] = []
        self.unclear: list[str] = []
        self.empty: list[str] = []
        for file, breed in rows.rows:
            self._take(file, breed, names.find(file))

    def _take(self, file: str, breed: str, means: list[str]) -> None:
        if not means:
            self.missing.append(file)
        elif len(means) > 1:
            self.unclear.append(file)
        elif not breed:
            self.empty.append(file)
        else:
            self.said[means[0]].add(breed)

    @property
    def contradicted(self) -> list[str]:
        return sorted(name for name, breeds in self.said.items() if len(breeds) > 1)

    def labels(self) -> dict[str, str]:
        return {name: next(iter(breeds)) for name, breeds in self.said.items() if len(breeds) == 1}

    def nothing(self, names: Sequence[str]) -> str:
        rows, name = self.table.rows, short(self.table.name)
        if not rows:
            column = short(self.table.file_column)
            return f"{name} has no name of a photograph in its column {column!r}."
        if len(self.missing) == len(rows):
            return (
                f"{name} has no row about a photograph that is here: it names"
                f" {short(rows[0][0])}, and here is {short(names[0])}; choose another column or"
                " folder."
            )
        return f"{name} gives no photograph here one label. {' '.join(self._about_rows())}".strip()

    def notes(self, labels: dict[str, str], names: Sequence[str]) -> list[str]:
        known = {*labels, *self.contradicted}
        without = [name for name in names if name not in known]
        sentences = [f"{agreeing(len(labels), 'photograph', 'has')} a label."]
        if without:
            have = agreeing(len(without), "photograph", "has")
            sentences.append(
                f"{have} no label there and {_is(without)} left out: {listed(without)}."
            )
        return [*sentences, *self._about_rows()]

    def _about_rows(self) -> list[str]:
        twice, rows = self.contradicted, counted(len(self.table.rows), "row")
        unclear, names = counted(len(self.unclear), "row"), "name" + "s" * (len(self.missing) == 1)
        two = f"{agreeing(len(twice), 'photograph', 'has')} two labels there and {_is(twice)}"
        kinds = [
            (twice, f"{two} left out"),
            (self.missing, f"{len(self.missing):,} of {rows} {names} a file that is not here"),
            (self.unclear, f"{unclear} could each be about several photographs"),
            (self.empty, f"{agreeing(len(self.empty), 'row', 'has')} no label"),
        ]
        return [f"{sentence}: {listed(which)}." for which, sentence in kinds if which]


def _is(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"
