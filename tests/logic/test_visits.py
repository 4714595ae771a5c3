"""Sessions as files: who comes back, who does not, and what is removed when."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from petwidgets.common import errors
from petwidgets.common.errors import Problem
from petwidgets.recipes.presets import make
from petwidgets.runs.run import DRAWN_ID, SHIPPED_ID, Run
from petwidgets.runs.store import RunStore
from petwidgets.session.store import LARGEST, SWEPT, VisitStore, discreet, multi_user

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("identity", ["", "0" * 32, "../../etc/passwd", "0" * 31 + "/", "A" * 32])
def test_id_that_leads_nowhere_begins_a_session(identity: str, home: Path) -> None:
    visit = VisitStore(home).arrive(identity)
    assert visit.id != identity
    assert len(bytes.fromhex(visit.id)) == 16
    assert visit.path.parent == home / "sessions"
    assert visit.path.is_file()


def test_known_id_comes_back_to_what_was_kept(home: Path) -> None:
    visit = VisitStore(home).arrive("")
    visit.keep(source="sample", settings={"train": {"Epochs": 3}})
    visit.keep(training="x")
    returned = VisitStore(home).arrive(visit.id)
    assert returned == visit
    state = returned.state()
    assert (state["source"], state["training"]) == ("sample", "x")
    assert state["settings"] == {"train": {"Epochs": 3}}


def test_no_two_visitors_have_an_id_in_common(home: Path) -> None:
    visits = [VisitStore(home).arrive("") for _ in range(50)]
    assert len({visit.id for visit in visits}) == len({visit.visitor for visit in visits}) == 50


def test_visitor_is_named_without_the_id(home: Path) -> None:
    visit = VisitStore(home).arrive("")
    assert visit.visitor not in visit.id
    assert visit.id not in visit.visitor


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000])
def test_damaged_session_begins_anew(damage: bytes, home: Path) -> None:
    visit = VisitStore(home).arrive("")
    visit.keep(source="sample")
    visit.path.write_bytes(damage)
    assert VisitStore(home).arrive(visit.id).state().get("source") is None
    visit.keep(source="other")
    assert visit.state()["source"] == "other"


def test_a_session_has_a_size(home: Path) -> None:
    visit = VisitStore(home).arrive("")
    visit.keep(source="sample")
    with pytest.raises(Problem, match="4,000,000 are the most"):
        visit.keep(marks={"sample": "x" * LARGEST})
    assert visit.state() == {"source": "sample"}


def make_run(store: RunStore, days: float, **info: str) -> Run:
    return store.create(make("baseline")).update(
        created=time.time() - days * 86_400, state="stopped", **info
    )


def test_sweep_removes_visitors_who_are_long_gone(home: Path) -> None:
    visits, store = VisitStore(home), RunStore(home)
    gone, here = visits.arrive(""), visits.arrive("")
    old = time.time() - 8 * 86_400
    os.utime(gone.path, (old, old))
    teachers = make_run(store, 100)
    theirs = [make_run(store, 9, visitor=v.visitor) for v in (gone, here)]
    young = make_run(store, 6, visitor=gone.visitor)
    at_work = make_run(store, 9, visitor=gone.visitor)
    with at_work.control.lock() as ours:
        assert ours
        assert visits.sweep(store, days=7) == [theirs[0].id]
    left = {run.id for run in store.list()}
    assert left == {teachers.id, theirs[1].id, young.id, at_work.id, SHIPPED_ID, DRAWN_ID}
    assert not gone.path.exists()
    assert here.path.exists()
    assert visits.sweep(store, days=7) == [at_work.id]


@pytest.mark.parametrize("visitor", [["x"], {"x": 1}, 7, True, None])
def test_sweep_passes_over_a_run_of_nobody(visitor: object, home: Path) -> None:
    visits, store = VisitStore(home), RunStore(home)
    odd = make_run(store, 9, visitor=visitor)
    gone = make_run(store, 9, visitor="gone")
    assert visits.sweep(store) == [gone.id]
    assert odd.folder.is_dir()


@pytest.mark.parametrize("created", ["yesterday", [1], None, float("nan")])
def test_sweep_removes_a_run_of_somebody_that_was_made_at_no_time(
    created: object, home: Path
) -> None:
    visits, store = VisitStore(home), RunStore(home)
    odd = make_run(store, 0, visitor="gone").update(created=created)
    assert visits.sweep(store) == [odd.id]


def test_sweep_survives_what_vanishes_under_its_hands(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    visits, store = VisitStore(home), RunStore(home)
    here = visits.arrive("")
    (visits.folder / f"{'0' * 32}.json").symlink_to(home / "gone")
    run = make_run(store, 9, visitor="gone")
    other = make_run(store, 9, visitor="gone")

    def vanish(identity: str) -> None:
        if identity == run.id:
            raise FileNotFoundError(identity)
        RunStore.delete(store, identity)

    monkeypatch.setattr(store, "delete", vanish)
    assert visits.sweep(store) == [other.id]
    assert here.path.exists()


@pytest.mark.parametrize("jump", [3.0, -3.0])
def test_a_clock_that_jumps_removes_nobody(
    jump: float, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    visits, store = VisitStore(home), RunStore(home)
    before, real = visits.arrive(""), time.time
    theirs = make_run(store, 0, visitor=before.visitor)
    assert visits.sweep(store) == []
    offset = jump * 365 * 86_400
    monkeypatch.setattr(time, "time", lambda: real() + offset)
    after = visits.arrive("")
    os.utime(after.path, (time.time(), time.time()))
    for _ in range(2):
        assert visits.sweep(store) == []
    assert theirs.folder.is_dir()
    assert before.path.exists()
    assert after.path.exists()
    # Time goes on from there: a week of sweeps later they are gone.
    for hours in range(0, 8 * 24, 12):
        monkeypatch.setattr(time, "time", lambda h=hours: real() + offset + h * 3600)
        visits.sweep(store)
    assert not before.path.exists()
    assert not after.path.exists()


def test_days_without_a_server_count_for_nobodys_absence(home: Path) -> None:
    visits, store = VisitStore(home), RunStore(home)
    visit = visits.arrive("")
    visits.sweep(store)
    for path, days in ((visit.path, 35), (visits.folder / SWEPT, 30)):
        then = time.time() - days * 86_400
        os.utime(path, (then, then))
    visits.sweep(store)
    assert visit.path.exists()
    assert 4.9 < (time.time() - visit.path.stat().st_mtime) / 86_400 < 5.1


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, False),
        ({"VOILA_PREHEAT": "True"}, True),
        ({"VOILA_PREHEAT": "False"}, True),
        ({"VOILA_PREHEAT": "False", "PETWIDGETS_VISITORS": "0"}, False),
        ({"PETWIDGETS_VISITORS": "1"}, True),
    ],
)
def test_strangers_are_expected_under_voila(
    variables: dict[str, str],
    expected: bool,  # noqa: FBT001
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("VOILA_PREHEAT", "PETWIDGETS_VISITORS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert multi_user() == expected


SENTENCES = {
    "There is no file /srv/pets/beagle_1.jpg: check its name.": "There is no file beagle_1.jpg:"
    " check its name.",
    "The folder '/srv/my pets/a' may not be entered": "The folder 'a' may not be entered",
    "pug.jpg: There is no file C:\\Users\\me\\pug.jpg.": "pug.jpg: There is no file pug.jpg.",
    "See https://docs.example.org/a/b for train/ and valid/.": "",
    "Recall 1/2, loss 0.3/0.4": "",
    "An animal and/or a plant": "",
}


@pytest.mark.parametrize(("sentence", "expected"), SENTENCES.items())
def test_visitor_is_told_no_folders(
    sentence: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PETWIDGETS_VISITORS", "1")
    monkeypatch.setenv("PETWIDGETS_DATA", "/srv/my pets/")
    assert discreet(sentence) == (expected or sentence)
    monkeypatch.setenv("PETWIDGETS_VISITORS", "0")
    assert discreet(sentence) == sentence


def test_every_sentence_of_a_visitors_page_is_discreet_and_the_log_is_not(
    home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(errors, "wording", discreet)
    monkeypatch.setenv("PETWIDGETS_VISITORS", "1")
    caplog.set_level("INFO", "petwidgets")
    said = f"{home}/runs can't be written: set PETWIDGETS_HOME to a folder of your own."
    run = RunStore(home).create(make("baseline"))
    run.append({"event": "failed", "problem": said, "sentence": said})
    short = "runs can't be written: set PETWIDGETS_HOME to a folder of your own."
    assert str(Problem(said)) == short
    assert run.events() == [{"event": "failed", "problem": short, "sentence": short}]
    assert str(home) in caplog.text
    monkeypatch.setenv("PETWIDGETS_VISITORS", "0")
    assert str(Problem(said)) == said
