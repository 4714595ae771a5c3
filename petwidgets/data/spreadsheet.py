"""Read CSV files of spreadsheets, with any usual separator and encoding."""

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
"""Rows that tell what the columns are separated by."""

FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")
"""Characters that begin a formula in a spreadsheet, and the mark that prevents it.

Source: OWASP, "CSV Injection".
"""

UNDECODABLE = "surrogateescape"
"""A file name that is no UTF-8 comes back as the bytes that it was."""

MARKS = {
    b"\xef\xbb\xbf": "utf-8",
    b"\xff\xfe": "utf-16-le",
    b"\xfe\xff": "utf-16-be",
}
"""The first bytes of a file that say how it is encoded."""

NO_TABLE = {
    b"PK\x03\x04": "This is a workbook or a zip",
    b"\xd0\xcf\x11\xe0": "This is an old workbook",
    b"%PDF": "This is a PDF",
    b"\xff\xd8\xff": "This is a picture",
    b"\x89PNG": "This is a picture",
}
"""Files that are no tables, by their first bytes."""

SAVE_AS = "in the spreadsheet's program save it as CSV, and choose that file."


@dataclass(frozen=True)
class Sheet:
    """The cells of a table.

    Args:
        header: the first row, without blanks around the names, up to the last that there is.
        rows: numbers as a spreadsheet counts them, and the cells; those that are empty throughout
            are left out, and a short row is filled up.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]

    def column(self, name: str) -> int | None:
        """The position of a column, ignoring case and blanks of its name."""
        names = [plain_name(cell) for cell in self.header]
        wanted = plain_name(name)
        return names.index(wanted) if wanted and wanted in names else None


def plain_name(name: str) -> str:
    """A column's name without case, blanks, `_` and `-`."""
    return "".join(letter for letter in name.casefold() if letter not in " _-\t\xa0")


def read(content: bytes, most: int) -> Sheet:
    """The table in a file.

    Args:
        content: the file's bytes.
        most: bytes that it may have.

    Raises:
        Problem: it is empty, too large, or no table of text.
    """
    if len(content) > most:
        raise Problem(f"This file has more than {most // 2**20} MB: no list of photographs has.")
    separator, text = _separator(_decoded(content))
    cells = enumerate(_parsed(text, separator), 1)
    rows = [(i, row) for i, row in cells if any(cell.strip(BLANKS) for cell in row)]
    if not rows:
        raise Problem("This file is empty and so no CSV file: choose another one.")
    header = [name.strip(BLANKS) for name in rows[0][1]]
    # Spreadsheets write empty cells as far as anybody ever typed.
    width = max(i for i, name in enumerate(header) if name) + 1
    return Sheet(tuple(header[:width]), tuple((i, _filled(row, width)) for i, row in rows[1:]))


def _decoded(content: bytes) -> str:
    for mark, encoding in MARKS.items():
        if content.startswith(mark):
            errors = UNDECODABLE if encoding == "utf-8" else "strict"
            return _text(content[len(mark) :], encoding, errors)
    if what := next((what for mark, what in NO_TABLE.items() if content.startswith(mark)), ""):
        raise Problem(f"{what}, and no CSV file: {SAVE_AS}")
    if encoding := _wide(content):
        return _text(content, encoding)
    try:
        return _text(content, "utf-8")
    except UnicodeDecodeError:
        # As Excel writes in Europe and America; five bytes have no letter there.
        return _text(content, "cp1252", "replace")


def _wide(content: bytes) -> str:
    """UTF-16 without its mark: every other byte of letters without accents is nought."""
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
        raise Problem(f"This is no text and so no CSV file: {SAVE_AS}")
    return text


def _separator(text: str) -> tuple[str, str]:
    """Return the separator and the text; Excel may name the separator in a first line."""
    first, _, rest = text.partition("\n")
    if (directive := first.strip().lower()).startswith("sep=") and len(directive) == len("sep=;"):
        return first.strip()[-1], rest
    if first.strip("\r").lower() == "sep=\t":
        return "\t", rest
    return max(SEPARATORS, key=lambda separator: _likely(text, separator)), text


def _likely(text: str, separator: str) -> tuple[int, int]:
    """How many of the first rows have as many columns as the first, two at least; and how many."""
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
        raise Problem(f"This is no CSV file that can be read: {SAVE_AS}") from error
    return rows


def _filled(row: list[str], width: int) -> tuple[str, ...]:
    return tuple((*row, *[""] * width)[:width])


def safe(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def plain(cell: str) -> str:
    """Undo `safe`, also if a spreadsheet did the same."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell
