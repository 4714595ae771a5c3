"""What a killed process leaves behind is removed, and nothing that anybody is at work at."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from petwidgets.common import leftovers
from petwidgets.common.leftovers import ALIVE, STALE, sweep, workplace
from petwidgets.common.paths import replacing


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The system's temporary folder, for this process and its children."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def age(*paths: Path) -> None:
    for path in paths:
        os.utime(path, (time.time() - STALE - 60,) * 2)


WORKS = """
import time
from petwidgets.common.leftovers import workplace
with workplace() as folder:
    (folder / "page.ipynb").touch()
    print(folder, flush=True)
    time.sleep(600)
"""


def test_folder_is_gone_after_the_work(temporary: Path) -> None:
    with workplace() as folder:
        assert folder.parent == temporary
    assert [*temporary.iterdir()] == []


def test_folder_of_a_killed_process_is_removed_and_of_a_living_one_stays(temporary: Path) -> None:
    children = [
        subprocess.Popen([sys.executable, "-c", WORKS], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    dead, living = (Path(child.stdout.readline().strip()) for child in children if child.stdout)
    try:
        children[0].send_signal(signal.SIGKILL)
        children[0].wait(30)
        age(dead, living)
        foreign = temporary / "petwidgets-of-somebody-else"
        foreign.mkdir()
        age(foreign)
        assert sweep() == [dead]
        assert (living / "page.ipynb").is_file()
        assert foreign.is_dir()
    finally:
        children[1].kill()
        children[1].wait(30)


@pytest.mark.usefixtures("temporary")
def test_half_written_files_are_removed_once_nobody_writes_them(home: Path) -> None:
    left, young, kept = (home / "runs" / "r" / name for name in (
        ".run.json.0a1b2c3d", ".run.json.3d2c1b0a", ".swept",
    ))  # fmt: skip
    left.parent.mkdir(parents=True)
    for path in (left, young, kept):
        path.write_text("half")
    age(left, kept)
    assert sweep() == [left]
    assert young.exists()
    assert kept.exists()


@pytest.mark.usefixtures("temporary")
def test_names_are_those_that_are_given(home: Path) -> None:
    with replacing(home / "sessions" / "a.json") as half:
        assert leftovers.HALF.fullmatch(half.name)
        half.write_text("{}")
        age(half)
        assert sweep() == [half]
        half.write_text("{}")


@pytest.mark.usefixtures("temporary")
def test_half_imports_and_half_deleted_runs_are_removed(home: Path) -> None:
    runs = home / "runs"
    half = (
        ".import.0123456789abcdef",
        ".20260101-000000-abcdef.4711",
        ".new.20260101-000000-abcdef",
    )
    names = (*half, "20260101-000000-abcdef")
    for name in names:
        (runs / name).mkdir(parents=True)
        (runs / name / "run.json").touch()
        age(runs / name)
    (runs / ".import.fedcba9876543210").mkdir()
    sweep()
    assert {path.name for path in runs.iterdir()} == {names[-1], ".import.fedcba9876543210"}


@pytest.mark.usefixtures("home")
def test_link_into_the_temporary_folder_is_not_followed(temporary: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir()
    (target / ALIVE).touch()
    (temporary / "petwidgets-link").symlink_to(target)
    age(target)
    assert sweep() == []
    assert (target / ALIVE).exists()
