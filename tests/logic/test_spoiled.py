"""The spoiled pictures have what the check knows to find, and are made once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from petwidgets.data.checks.check import check
from petwidgets.data.checks.findings import TITLES
from petwidgets.data.synthetic.spoiled import SOUND, spoiled

if TYPE_CHECKING:
    from pathlib import Path


def test_each_fault_is_found_and_nothing_else(home: Path) -> None:
    folder = spoiled()
    assert folder.is_relative_to(home)
    found = check(folder)
    elsewhere = {"closed", "link", "labels", "leak", "odd"}  # which no picture alone can show
    assert {finding.problem for finding in found} == set(TITLES) - elsewhere
    sound = {f"{breed}_1.jpg" for breed in SOUND}
    assert sound.isdisjoint(finding.file.rpartition("/")[2] for finding in found)


def test_they_are_made_once(home: Path) -> None:
    folder = spoiled()
    first = folder.stat().st_mtime_ns
    assert spoiled() == folder
    assert folder.stat().st_mtime_ns == first
    assert [path.name for path in folder.parent.iterdir()] == [folder.name], "no draft is left"
