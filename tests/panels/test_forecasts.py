"""What the page knows of its files goes into what it says of the next training."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from waiting import wait_for, wait_for_reading

from petwidgets import ArchitecturePanel, CheckPanel
from petwidgets.data.label_edits import Mark
from petwidgets.data.splits import random_split
from petwidgets.panels.data.photo_facts import UNCHECKED, facts_of, filterable
from petwidgets.panels.training.train import TrainPanel
from petwidgets.recipes.labelling import CHAPTER_PATTERN

if TYPE_CHECKING:
    from pathlib import Path

    from fakes import OurSession

    from petwidgets.data.checks.findings import Finding

BAD = 3


@pytest.fixture
def planted(few: Path, tmp_path: Path) -> Path:
    """Thirty-two photographs and eight copies, three of the forty unreadable."""
    folder = tmp_path / "planted"
    shutil.copytree(few, folder)
    for n, path in enumerate(sorted(few.glob("pug_*"))):
        shutil.copy(path, folder / f"pug_90{n}.jpg")
    for path in sorted(folder.glob("beagle_*"))[:BAD]:
        path.write_bytes(b"")
    return folder


def read(session: OurSession, folder: Path, pattern: str = CHAPTER_PATTERN) -> None:
    session.data.read(str(folder), pattern)
    wait_for_reading()


def check(session: OurSession) -> None:
    session.data.check()
    wait_for("check photographs")
    assert session.data.findings


def trained_on(folder: Path, seed: int = 42) -> tuple[set[str], set[str]]:
    """The sides of fastai's split of the files that can be read."""
    files = [str(path) for path in sorted(folder.iterdir()) if path.stat().st_size]
    train, valid = ({files[i] for i in part} for part in random_split(len(files), 0.2, seed))
    return train, valid


def leaks(session: OurSession) -> set[str]:
    return {f.file for f in session.data.findings or [] if f.problem == "leak"}


def leaks_of(session: OurSession, sides: tuple[set[str], set[str]]) -> set[str]:
    """Files that are validated on and have a copy that is trained on, pair by pair."""
    train, valid = sides
    found: list[Finding] = [f for f in session.data.findings or [] if f.problem == "duplicate"]
    pairs = [(f.file, other) for f in found for other in f.also]
    both = [*pairs, *((b, a) for a, b in pairs)]
    return {a for a, b in both if a in valid and b in train}


def test_the_split_is_that_of_the_files_that_can_be_read(
    session: OurSession, planted: Path
) -> None:
    read(session, planted)
    before = session.data.sides()
    check(session)
    sides = trained_on(planted)
    assert session.data.sides() == sides != before
    assert leaks(session) == leaks_of(session, sides) != leaks_of(session, before)
    rows = {str(one.path): dict(facts_of(session, one)) for one in filterable(session)}
    for said, files in zip(("trained on", "validated on"), sides, strict=True):
        assert {f for f, row in rows.items() if row["Split"].startswith(said)} == files
    assert sum(row["Split"].startswith("left out") for row in rows.values()) == BAD


def test_before_a_check_the_split_is_said_with_its_condition(
    session: OurSession, planted: Path
) -> None:
    read(session, planted)
    assert dict(facts_of(session, filterable(session)[0]))["Split"].endswith(UNCHECKED)
    check(session)
    session.plan = replace(session.plan, seed=5)
    said = dict(facts_of(session, filterable(session)[-1]))["Split"]
    assert said.endswith("(fastai's RandomSplitter, 20 % by seed 5)")


def test_leaks_are_those_of_the_split_that_is_planned(session: OurSession, planted: Path) -> None:
    read(session, planted)
    check(session)
    first = leaks(session)
    session.plan = replace(session.plan, seed=5)
    other = leaks(session)
    assert other == leaks_of(session, trained_on(planted, 5)) != first
    copies = [f for f in session.data.findings or [] if f.problem == "duplicate"]
    session.cleaning.decide({f.file.rpartition("/")[2]: Mark("leave_out") for f in copies})
    assert leaks(session) == set(), "the copies are not trained on any more"
    assert [f for f in session.data.findings or [] if f.problem == "duplicate"] == copies
    session.cleaning.undo()
    assert leaks(session) == other


def test_findings_go_with_the_files_that_they_are_about(session: OurSession, planted: Path) -> None:
    panel = CheckPanel(session)
    read(session, planted)
    check(session)
    found = session.data.findings
    assert panel.verdict.value.startswith("Live: ")
    read(session, planted)
    assert session.data.findings == found, "nothing has changed"
    read(session, planted, r"(.+)_\d+\.jpg$")
    assert session.data.findings is None
    assert not panel.verdict.value.startswith("Live: ")
    check(session)
    min(planted.glob("beagle_*")).unlink()
    read(session, planted, session.data.pattern)
    assert session.data.findings is None


def test_train_says_what_clean_and_check_have_found_out(session: OurSession, planted: Path) -> None:
    read(session, planted)
    panel, architecture = TrainPanel(session), ArchitecturePanel(session)
    assert "40 photographs found, 40 are used: 32 to train on, 8 to validate on." in (
        panel.status.value
    )
    check(session)
    assert "40 photographs found, 37 are used: 30 to train on, 7 to validate on." in (
        panel.status.value
    )
    assert "3 photographs can't be read and are left out" in panel.status.value
    assert "over the 30 of your photographs" in architecture.costs.bars.caption
    train, _ = session.data.sides()
    session.cleaning.decide({min(train).rpartition("/")[2]: Mark("leave_out")})
    assert "40 photographs found, 36 are used: 29 to train on, 7 to validate on." in (
        panel.status.value
    )
    assert "over the 29 of your photographs" in architecture.costs.bars.caption
    session.plan = replace(session.plan, cleaned=False)
    assert "37 are used: 30 to train on" in panel.status.value


def test_much_that_a_check_could_not_read_is_asked_before_a_training(
    session: OurSession, planted: Path
) -> None:
    for path in sorted(planted.glob("pug_*"))[:3]:
        path.write_bytes(b"")
    read(session, planted)
    check(session)
    panel = TrainPanel(session)
    panel.buttons.press("start")
    assert panel.heading.problem.startswith("Only 85 % of the photographs would be used.")
    assert session.training.worker is None
