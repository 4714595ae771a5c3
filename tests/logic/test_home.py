"""The home: who may look into it."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from petwidgets.common.errors import Problem
from petwidgets.common.paths import MODE, close_home, folder_mode, make_home, write_json
from petwidgets.recipes.presets import make
from petwidgets.runs.store import RunStore
from petwidgets.session.store import VisitStore

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name != "posix", reason="these are modes of POSIX")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_home_and_what_is_written_there_are_its_owners(home: Path) -> None:
    visit = VisitStore().arrive("")
    run = RunStore().create(make("baseline"))
    run.append({"event": "started"})
    assert mode(home) == 0o700
    files = [path for path in home.rglob("*") if path.is_file()]
    names = {"owner.json", "run.json", "events.jsonl", f"{visit.id}.json"}
    assert {path.name for path in files} == names
    assert {mode(path) for path in files} == {0o600}


def test_a_home_that_others_may_enter_is_closed(home: Path) -> None:
    home.mkdir(parents=True)
    for name in ("runs", "cache"):
        (home / name).mkdir()
    (home / "petwidgets.log.1").touch()
    home.chmod(0o755)
    close_home()
    assert mode(home) == 0o700


def test_a_folder_with_other_things_in_it_stays_and_the_log_is_told(
    home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (home / "Music").mkdir(parents=True)
    home.chmod(0o755)
    close_home()
    assert mode(home) == 0o755
    assert "others may look into" in caplog.text


def test_a_group_shares_a_home_where_it_is_asked_for(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MODE, "2770")
    before = os.umask(0o007)
    try:
        make_home()
        home.chmod(0o2777)
        close_home()
        write_json(home / "runs" / "a.json", {})
    finally:
        os.umask(before)
    assert mode(home) == 0o2770
    assert mode(home / "runs" / "a.json") == 0o660


@pytest.mark.parametrize("said", ["rwx", "9", "077", "-700", "17777", "7" * 50])
def test_a_mode_that_is_none_is_one_sentence(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MODE, said)
    with pytest.raises(Problem, match="an octal mode such as 700"):
        folder_mode()
