"""Read labels from a table with one row for each photograph, as fastai's `from_df` does.

The rows are stored unchanged. They are matched to photographs when a set is labelled
(`label_match.py`).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import listed, short
from petwidgets.data import spreadsheet
from petwidgets.data.image import EXTENSIONS
from petwidgets.data.spreadsheet import Sheet, plain_name

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST = 16 * 2**20
"""Maximum size of a file in bytes: some 300,000 photographs."""

LONGEST = 1000
"""Maximum length of a name or a breed in characters."""

FILE_NAMES = (
    *("file", "filename", "filepath", "fname", "fn", "fncol", "path", "image", "imagename"),
    *("imagefile", "imagepath", "imageid", "img", "imgname", "imgpath", "photo", "photograph"),
    "picture",
)
VAGUE_NAMES = ("name", "id")
LABEL_NAMES = (
    *("label", "labels", "breed", "breeds", "class", "classname", "category", "target", "y"),
    *("labelcol", "variety", "species"),
)
NEITHER = ("isvalid", "valid", "validcol", "split", "set", "subset", "fold", "index")
"""Usual names of the two columns and of others, the most specific first, as of `plain_name`."""


@dataclass(frozen=True)
class Table:
    """A table of labels.

    Args:
        name: name of the original file.
        file_column: the header of the column with the photographs' names.
        label_column: the header of the column with their breeds.
        rows: names and breeds, unchanged; a breed may be empty.
    """

    name: str
    file_column: str
    label_column: str
    rows: tuple[tuple[str, str], ...]

    @property
    def said(self) -> str:
        """The origin of the labels, as text for the user."""
        return (
            f"{short(self.name)} (names from the column {short(self.file_column)!r}, labels from"
            f" {short(self.label_column)!r})"
        )

    def to_json(self) -> dict[str, Any]:
        """Plain values that `from_json` turns back into an equal table."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Any) -> Table:
        """The table that `to_json` wrote.

        Raises:
            ValueError: it is damaged.
        """
        try:
            rows = tuple((file, breed) for file, breed in value["rows"])
            words = (value["name"], value["file_column"], value["label_column"])
        except (KeyError, TypeError) as error:
            raise ValueError("this is no table of labels") from error
        if not all(map(_word, (*words, *(cell for row in rows for cell in row)))):
            raise ValueError("this table of labels is damaged")
        return cls(*words, rows)


class UnclearError(Problem):
    """Several columns of a sheet may hold the breeds; a person has to choose one."""


def _word(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST


def read(content: bytes, name: str, file_column: str = "", label_column: str = "") -> Table:
    """Read labels from a CSV file.

    Args:
        content: the file's bytes.
        name: the file's name.
        file_column: the header of the column with the photographs' names; empty: guessed.
        label_column: the header of the column with the breeds; empty: guessed.

    Raises:
        Problem: as `table`, or it is not a CSV file; the message begins with the file's name.
    """
    try:
        return table(spreadsheet.read(content, MOST), name, file_column, label_column)
    except Problem as problem:
        raise type(problem)(f"{short(name)}: {problem}") from problem


def table(sheet: Sheet, name: str, file_column: str = "", label_column: str = "") -> Table:
    """Read labels from a sheet; the arguments are those of `read`.

    Raises:
        UnclearError: several columns may hold the breeds.
        Problem: a column is missing, there are no rows, or a cell is too long.
    """
    _require_table(sheet)
    file = _named_column(sheet, file_column) if file_column else _file_column(sheet, label_column)
    label = _named_column(sheet, label_column) if label_column else _label_column(sheet, file)
    if file == label:
        raise Problem(f"The column {short(sheet.header[file])!r} can't hold both names and labels.")
    cells = [(_plain(row[file]), _plain(row[label])) for _, row in sheet.rows]
    for (number, _), pair in zip(sheet.rows, cells, strict=True):
        if not all(map(_word, pair)):
            raise Problem(f"Row {number} has a cell of more than {LONGEST:,} characters.")
    names = sheet.header[file][:LONGEST], sheet.header[label][:LONGEST]
    return Table(name[:LONGEST], *names, tuple(pair for pair in cells if pair[0]))


def _plain(cell: str) -> str:
    return spreadsheet.plain(cell).strip(spreadsheet.BLANKS)


def _require_table(sheet: Sheet) -> None:
    if any(_is_picture(cell) for cell in sheet.header):
        raise Problem(
            f"There is no header, for the first row is about {listed([*sheet.header][:2])}: add one"
            " that names the columns, such as file,label."
        )
    if len(only := [name for name in sheet.header if name]) == 1:
        raise Problem(
            f"There is only one column, {short(only[0])!r}: a photograph's name and its"
            " label stand in two."
        )
    if not sheet.rows:
        raise Problem("There are no rows below the header: add one for each photograph.")


def _is_picture(cell: str) -> bool:
    return any(cell.lower().endswith(extension) for extension in EXTENSIONS)


def _named_column(sheet: Sheet, name: str) -> int:
    position = sheet.column(name)
    if position is None:
        raise Problem(f"There is no column {short(name)!r}: the columns are {_columns(sheet)}.")
    return position


def _columns(sheet: Sheet) -> str:
    return listed([name for name in sheet.header if name])


def _file_column(sheet: Sheet, label_column: str) -> int:
    """Find the file column by its header, else by names of pictures, else the first, as fastai."""
    free = _free(sheet, sheet.column(label_column))
    pictures = {i: sum(_is_picture(row[i]) for _, row in sheet.rows) for i in free}
    most = max(free, key=lambda i: pictures[i])
    guess = most if 2 * pictures[most] > len(sheet.rows) else _named(sheet, free, VAGUE_NAMES)
    return next(i for i in (_named(sheet, free, FILE_NAMES), guess, free[0]) if i is not None)


def _label_column(sheet: Sheet, file: int) -> int:
    """Find the label column by its header, else take the only other one.

    Raises:
        UnclearError: there are several others.
    """
    free = _free(sheet, file)
    named = _named(sheet, free, LABEL_NAMES)
    others = [i for i in free if plain_name(sheet.header[i]) not in NEITHER]
    if named is None and len(others) != 1:
        names = listed([sheet.header[i] for i in free])
        raise UnclearError(
            f"It is not clear which column holds the labels: choose the label column, {names}."
        )
    return others[0] if named is None else named


def _free(sheet: Sheet, taken: int | None) -> list[int]:
    """Positions of all other columns with a header; the index that pandas writes has none."""
    return [i for i, name in enumerate(sheet.header) if name and i != taken]


def _named(sheet: Sheet, among: Sequence[int], names: Sequence[str]) -> int | None:
    """The first of these columns with one of these names; earlier names take precedence."""
    plain = {plain_name(sheet.header[i]): i for i in reversed(among)}
    return next((plain[name] for name in names if name in plain), None)
