"""Tables of labels and of decisions, as bytes that anybody may have saved."""

from __future__ import annotations

import json
from typing import Any

import pytest
from damage import TEXTS, altered, altered_text, clear, damaged, fuzzed
from hypothesis import given
from hypothesis import strategies as st

from petwidgets.common.errors import Problem
from petwidgets.data import label_edits_csv, label_store, spreadsheet
from petwidgets.data.label_edits import Mark
from petwidgets.data.label_match import matched
from petwidgets.data.label_table import LONGEST, MOST, Table, read, table
from petwidgets.data.matching import Names

NAMES = ["beagle/1.jpg", "pug/1.jpg", "pug/2.jpg", "caf\udce9.jpg", "a b.JPEG"]
TEXT = 'file,label\r\nbeagle/1.jpg,beagle\r\npug/1.jpg,pug\r\n"pug/2.jpg","a ""pug"""\r\n'
SHEETS = [
    TEXT.encode(),
    b"\xef\xbb\xbf" + TEXT.encode(),
    b"\xff\xfe" + TEXT.encode("utf-16-le"),
    TEXT.encode("utf-16-be"),
    TEXT.replace(",", ";").encode("cp1252"),
    ("sep=;\n" + TEXT.replace(",", ";")).encode(),
    TEXT.replace(",", "\t").encode(),
    b"fname,label,is_valid\npug/1.jpg,pug,True\npug/2.jpg,'=1,False\n",
    b",name,a,b\n0,pug/1.jpg,x,y\n",
    b"image|breed\ncaf\xe9.jpg|caf\xe9\n",
]
MARKS = {
    "pug/1.jpg": Mark("relabel", "pug", "beagle", "=why", 0.25),
    "caf\udce9.jpg": Mark("leave_out"),
    "-a.jpg": Mark("keep", why='\u202e, "x"\n'),
}
DECISIONS = [label_edits_csv.write(MARKS), label_edits_csv.write(MARKS).replace(b",", b";")]
COLUMNS = ["", "file", "label", " LABEL_", "fname", "nothing"]


@fuzzed(70)
@given(damaged(SHEETS), st.sampled_from(COLUMNS) | TEXTS, st.sampled_from(COLUMNS) | TEXTS)
def test_a_table_of_labels(content: bytes, file_column: str, label_column: str) -> None:
    try:
        found = read(content, "labels.csv", file_column, label_column)
    except Problem as problem:
        clear(problem)
        return
    assert all(len(cell) <= LONGEST for row in found.rows for cell in row)
    assert all(file for file, _ in found.rows)
    assert Table.from_json(json.loads(json.dumps(found.to_json()))) == found
    pattern = label_store.keep(found)
    assert label_store.find(pattern) == found
    assert "\n" not in label_store.said(pattern)
    try:
        labels, notes = matched(found, NAMES)
    except Problem as problem:
        clear(problem)
        return
    assert set(labels) <= set(NAMES)
    assert all(labels.values())
    assert all(note.endswith(".") and "\n" not in note for note in notes)


@fuzzed(40)
@given(damaged(SHEETS))
def test_the_cells_of_a_sheet(content: bytes) -> None:
    try:
        sheet = spreadsheet.read(content, MOST)
    except Problem as problem:
        clear(problem)
        return
    assert sheet.header[-1]
    assert all(len(cells) == len(sheet.header) for _, cells in sheet.rows)
    numbers = [number for number, _ in sheet.rows]
    assert numbers == sorted(set(numbers))
    for name in sheet.header:
        at = sheet.column(name)
        assert at is None or spreadsheet.plain_name(sheet.header[at]) == spreadsheet.plain_name(
            name
        )


@fuzzed(30)
@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=6))
def test_what_is_written_as_csv_is_read_again(rows: list[tuple[str, str]]) -> None:
    """Cells that no spreadsheet takes for a formula come back as they were."""
    cells = [cell for row in rows for cell in row]
    assert [spreadsheet.plain(spreadsheet.safe(cell)) for cell in cells] == cells
    for cell in cells:
        assert not spreadsheet.safe(cell).startswith(("=", "+", "-", "@", "\t", "\r"))


@fuzzed(40)
@given(altered([read(SHEETS[0], "labels.csv").to_json()]))
def test_a_table_that_is_kept(value: Any) -> None:
    try:
        found = label_store.parsed(json.dumps(value).encode())
    except ValueError:
        return
    assert Table.from_json(json.loads(json.dumps(found.to_json()))) == found
    try:
        matched(found, NAMES)
    except Problem as problem:
        clear(problem)


@fuzzed(30)
@given(damaged([json.dumps(read(SHEETS[0], "labels.csv").to_json()).encode()]))
def test_the_bytes_of_a_table_that_is_kept(content: bytes) -> None:
    try:
        label_store.parsed(content)
    except ValueError:
        return


@fuzzed(60)
@given(damaged(DECISIONS))
def test_a_table_of_decisions(content: bytes) -> None:
    try:
        marks, bad = label_edits_csv.read(content)
    except Problem as problem:
        clear(problem)
        return
    assert all(one.startswith("Row ") and one.endswith(".") for one in bad)
    assert len(label_edits_csv.told(bad)) < 1000
    again, none = label_edits_csv.read(label_edits_csv.write(marks)) if marks else ({}, [])
    assert (again, none) == (marks, [])
    sound, astray = label_edits_csv.fitting(marks, NAMES, ["pug"])
    assert set(sound) <= set(NAMES)
    assert len(sound) + len(astray) == len(marks)


@fuzzed(40)
@given(st.lists(altered_text(NAMES), min_size=1, max_size=6), altered_text(NAMES))
def test_a_name_as_others_write_it(names: list[str], given_name: str) -> None:
    found = Names(names).find(given_name)
    assert set(found) <= set(names)
    assert found == sorted(set(found))
    for name in names:
        assert Names(names).find(name) == [name]


@pytest.mark.parametrize("content", SHEETS)
def test_sound_tables_are_read(content: bytes) -> None:
    """What is damaged above is whole here."""
    try:
        assert read(content, "labels.csv").rows
    except Problem as problem:
        assert "choose the label column" in str(problem)  # noqa: PT017 - of one with three columns


def test_a_sheet_of_nothing_but_names() -> None:
    with pytest.raises(Problem):
        table(spreadsheet.read(b"a,b\n", MOST), "x")
