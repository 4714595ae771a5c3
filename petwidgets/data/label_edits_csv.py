"""Read and write label edits as CSV, for spreadsheets and the command line."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import short
from petwidgets.data import spreadsheet
from petwidgets.data.label_edits import DECISIONS, Mark

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

HEADER = ("file", "label", "decision", "new label", "why", "probability")
NEEDED = ("file", "decision")

MOST = 4 * 2**20
"""Maximum size of a file in bytes: some 40,000 decisions."""

SAID = 3
"""Maximum of invalid rows that are reported one by one."""


def write(marks: Mapping[str, Mark]) -> bytes:
    """Write decisions as a CSV file, with a byte order mark so that spreadsheets detect UTF-8."""
    text = io.StringIO(newline="")
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerow(HEADER)
    for file, mark in marks.items():
        probability = "" if mark.probability is None else repr(mark.probability)
        cells = (file, mark.label, DECISIONS[mark.do], mark.breed, mark.why)
        rows.writerow([*map(spreadsheet.safe, cells), probability])
    return b"\xef\xbb\xbf" + text.getvalue().encode("utf-8", spreadsheet.UNDECODABLE)


def read(content: bytes) -> tuple[dict[str, Mark], list[str]]:
    """Read decisions from a CSV file, with a sentence about each invalid row.

    Columns may be in any order; `file` and `decision` are required.

    Raises:
        Problem: the file is not a CSV file, is too large, or lacks a column.
    """
    marks: dict[str, Mark] = {}
    bad: list[str] = []
    for number, row in _rows(content):
        try:
            file, mark = _read(row, marks)
            marks[file] = mark
        except Problem as problem:  # noqa: PERF203 - one bad row stops no others
            bad.append(f"Row {number}: {problem}")
    return marks, bad


def _rows(content: bytes) -> list[tuple[int, dict[str, str]]]:
    sheet = spreadsheet.read(content, MOST)
    names = [name.lower() for name in sheet.header]
    if missing := [name for name in NEEDED if name not in names]:
        raise Problem(
            f"This file has no column {' and '.join(missing)}: its first row must name the columns"
            f" {', '.join(HEADER)}."
        )
    return [(number, dict(zip(names, row, strict=True))) for number, row in sheet.rows]


def _read(row: Mapping[str, str], before: Collection[str]) -> tuple[str, Mark]:
    cells = {name: spreadsheet.plain(row.get(name, "")) for name in HEADER}
    if not cells["file"]:
        raise Problem("it names no file.")
    if cells["file"] in before:
        raise Problem(f"{short(cells['file'])} stands in the file twice.")
    decision = cells["decision"].strip().lower().replace("_", " ")
    do = {words: do for do, words in DECISIONS.items()}.get(decision, cells["decision"])
    probability = _number(cells["probability"])
    return cells["file"], Mark(do, cells["new label"], cells["label"], cells["why"], probability)


def _number(cell: str) -> float | None:
    if not cell.strip():
        return None
    try:
        return float(cell.replace(",", "."))
    except ValueError as error:
        raise Problem(f"{cell[:40]!r} is not a probability: write 0 to 1, or nothing.") from error


def fitting(
    marks: Mapping[str, Mark], files: Collection[str], breeds: Collection[str]
) -> tuple[dict[str, Mark], list[str]]:
    """Keep decisions about known photographs and breeds; return sentences about the others."""
    sound, bad = {}, []
    known, names = set(files), set(breeds)
    for file, mark in marks.items():
        if file not in known:
            bad.append(f"There is no photograph {file} here.")
        elif mark.breed and mark.breed not in names:
            bad.append(f"{file}: no photograph here is called {mark.breed!r}.")
        else:
            sound[file] = mark
    return sound, bad


def told(bad: Sequence[str]) -> str:
    """The first `SAID` sentences, and the number of others."""
    more = f" And {len(bad) - SAID:,} more." if len(bad) > SAID else ""
    return " ".join(bad[:SAID]) + more
