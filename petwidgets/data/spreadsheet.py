"""Read CSV files of spreadsheets, with any common separator and encoding."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass

from petwidgets.common.errors import Problem

SEPARATORS = (",", ";", "\t", "|")

BLANKS = " \t\r\n\xa0"
"""Invisible characters around the text of a cell."""

LOOKED_AT = 50
"""Rows from which the separator is guessed."""

FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")
"""Characters that begin a formula in a spreadsheet, and the mark that prevents it.

Source: OWASP, "CSV Injection".
"""

UNDECODABLE = "surrogateescape"
"""Error handler that keeps the bytes of a file name that is not UTF-8."""

MARKS = {
    b"\xef\xbb\xbf": "utf-8",
    b"\xff\xfe": "utf-16-le",
    b"\xfe\xff": "utf-16-be",
}
"""Encodings by the byte order mark at the start of a file."""

NO_TABLE = {
    b"PK\x03\x04": "This is a workbook or a zip",
    b"\xd0\xcf\x11\xe0": "This is an old workbook",
    b"%PDF": "This is a PDF",
    b"\xff\xd8\xff": "This is a picture",
    b"\x89PNG": "This is a picture",
}
"""Files that are not tables, by their first bytes."""

SAVE_AS = "in the spreadsheet's program save it as CSV, and choose that file."


@dataclass(frozen=True)
class Sheet:
    """The cells of a table.

    Args:
        header: the first row, without blanks around the names, up to the last nonempty name.
        rows: row numbers as in a spreadsheet, and the cells. Empty rows are left out, short ones
            are padded.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]

    def column(self, name: str) -> int | None:
        """The position of a column, by its name as of `plain_name`; None if there is none."""
        names = [plain_name(cell) for cell in self.header]
        wanted = plain_name(name)
        return names.index(wanted) if wanted and wanted in names else None


def plain_name(name: str) -> str:
    """A column's name in lower case, without blanks, `_` and `-`."""
    return "".join(letter for letter in name.casefold() if letter not in " _-\t\xa0")


def read(content: bytes, most: int) -> Sheet:
    """Read the table in a CSV file.

    Args:
        content: the file's bytes.
        most: maximum size in bytes.

    Raises:
        Problem: it is empty, too large, or not a text table.
    """
    if len(content) > most:
        raise Problem(f"This file has more than {most // 2**20} MB: no list of photographs has.")
    separator, text = _separator(_decoded(content))
    cells = enumerate(_parsed(text, separator), 1)
    rows = [(i, row) for i, row in cells if any(cell.strip(BLANKS) for cell in row)]
    if not rows:
        raise Problem("This file is empty, and so not a CSV file: choose another one.")
    header = [name.strip(BLANKS) for name in rows[0][1]]
    # Spreadsheets also write empty cells of columns that were once used.
    width = max(i for i, name in enumerate(header) if name) + 1
    return Sheet(tuple(header[:width]), tuple((i, _filled(row, width)) for i, row in rows[1:]))


def _decoded(content: bytes) -> str:
    for mark, encoding in MARKS.items():
        if content.startswith(mark):
            errors = UNDECODABLE if encoding == "utf-8" else "strict"
            return _text(content[len(mark) :], encoding, errors)
    if what := next((what for mark, what in NO_TABLE.items() if content.startswith(mark)), ""):
        raise Problem(f"{what}, not a CSV file: {SAVE_AS}")
    if encoding := _wide(content):
        return _text(content, encoding)
    try:
        return _text(content, "utf-8")
    except UnicodeDecodeError:
        # Excel's encoding in Europe and America, in which five bytes are undefined.
        return _text(content, "cp1252", "replace")


def _wide(content: bytes) -> str:
    """Detect UTF-16 without a byte order mark: every other byte of ASCII letters is zero."""
    sample = content[:2000]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if odd > len(sample) // 3 > 2 * even:
        return "utf-16-le"
    return "utf-16-be" if even > len(sample) // 3 > 2 * odd else ""


def _text(content: bytes, encoding: str, errors: str = "strict") -> str:
    try:
        text = content.decode(encoding, errors)
    except UnicodeDecodeError as error:
        if encoding == "utf-8":
            raise
        raise Problem(f"This file is cut off or damaged: {SAVE_AS}") from error
    odd = sum(1 for letter in text[:10_000] if letter < " " and letter not in "\t\r\n\x0b\x0c")
    if "\0" in text or (errors != UNDECODABLE and odd > len(text[:10_000]) // 100):
        raise Problem(f"This is not text, and so not a CSV file: {SAVE_AS}")
    return text


def _separator(text: str) -> tuple[str, str]:
    """The separator, and the text without a first line `sep=;` in which Excel may declare it."""
    first, _, rest = text.partition("\n")
    if (directive := first.strip().lower()).startswith("sep=") and len(directive) == len("sep=;"):
        return first.strip()[-1], rest
    if first.strip("\r").lower() == "sep=\t":
        return "\t", rest
    return max(SEPARATORS, key=lambda separator: _likely(text, separator)), text


def _likely(text: str, separator: str) -> tuple[int, int]:
    """Number of rows with as many columns as the first, and of columns; zeros for one column."""
    try:
        rows = [len(row) for row in _parsed(text, separator, LOOKED_AT) if any(row)]
    except Problem:
        return 0, 0
    columns = rows[0] if rows else 0
    return (Counter(rows)[columns], columns) if columns > 1 else (0, 0)


def _parsed(text: str, separator: str, most: int | None = None) -> list[list[str]]:
    rows = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            rows.append(row)
            if len(rows) == most:
                break
    except (csv.Error, ValueError, TypeError) as error:
        raise Problem(f"This is not a CSV file that can be read: {SAVE_AS}") from error
    return rows


def _filled(row: list[str], width: int) -> tuple[str, ...]:
    return tuple((*row, *[""] * width)[:width])


def safe(cell: str) -> str:
    """Escape a cell so that no spreadsheet interprets it as a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def plain(cell: str) -> str:
    """Undo `safe`, or the same escape by a spreadsheet."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell
