"""How long a training waits is learned from runs that were trained here, and harms none."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from petwidgets.baseline import work
from petwidgets.baseline.event_log import EventLog
from petwidgets.baseline.work import wait_while_paused
from petwidgets.common import owner
from petwidgets.common.owner import Owner
from petwidgets.engine import queue, run_follower
from petwidgets.engine.client import Engine
from petwidgets.engine.queue import NEWEST, position_and_eta, waits_for_paused
from petwidgets.engine.run_follower import RunFollower
from petwidgets.recipes.presets import baseline, fine_tune
from petwidgets.runs.import_export import packed, take
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from petwidgets.runs.run import Run

WAIT = 30


def ended(store: RunStore, seconds: Any = 60.0, **info: Any) -> Run:
    run = store.create(fine_tune(1), visitor="another", **info)
    return run.update(state="finished", results={"seconds": seconds})


def brought(store: RunStore, seconds: float = 5.0) -> Run:
    return take(packed(ended(RunStore(store.folder.parent / "there"), seconds)), store, "brings")


def waits(store: RunStore) -> tuple[Run, list[str]]:
    """One that waits behind one that trains, and the line of both."""
    ahead = store.create(fine_tune(1)).update(state="running")
    mine = store.create(fine_tune(1, seed=7))
    return mine, [ahead.id, mine.id]


def test_it_is_learned_from_the_last_training_like_it() -> None:
    store = RunStore()
    ended(store, 60.0)
    mine, line = waits(store)
    assert position_and_eta(mine, line) == (1, 60.0)
    assert position_and_eta(mine, line, at_once=2) == (0, 0.0)


def test_one_that_was_stopped_as_it_waited_is_not_ahead() -> None:
    store = RunStore()
    runs = [store.create(fine_tune(1)).update(state=state) for state in ("running", "stopped")]
    mine = store.create(fine_tune(1))
    assert position_and_eta(mine, [run.id for run in (*runs, mine)])[0] == 1


def test_a_search_teaches_nothing_of_a_training() -> None:
    store = RunStore()
    ended(store, 3.0, kind="rates")
    mine, line = waits(store)
    assert position_and_eta(mine, line) == (1, None)


def test_nothing_is_learned_from_imports_and_they_push_nothing_out() -> None:
    store = RunStore()
    ended(store, 60.0)
    for _ in range(NEWEST + 1):
        brought(store)
    mine, line = waits(store)
    assert position_and_eta(mine, line) == (1, 60.0)


SHAPES = [
    {}, {"seconds": None}, {"seconds": "60"}, {"seconds": -1}, {"seconds": float("nan")},
    {"seconds": 10**400}, {"seconds": [60]}, {"seconds": True}, [], "x", None,
]  # fmt: skip


@pytest.mark.parametrize("results", SHAPES)
@pytest.mark.parametrize("marked", [True, False])
def test_a_run_of_an_impossible_shape_costs_nothing(results: Any, *, marked: bool) -> None:
    store = RunStore()
    ended(store, 60.0)
    odd = ended(store, imported=1.0) if marked else ended(store)
    said = json.loads((odd.folder / "run.json").read_text())
    (odd.folder / "run.json").write_text(json.dumps({**said, "results": results}))
    (odd.folder / owner.FILE).unlink()  # as an earlier version left it
    mine, line = waits(store)
    assert position_and_eta(mine, line) == (1, 60.0)


def test_a_run_without_results_costs_nothing() -> None:
    store = RunStore()
    ended(store, 60.0)
    store.create(fine_tune(1)).update(state="finished")
    mine, line = waits(store)
    assert position_and_eta(mine, line) == (1, 60.0)


def test_one_ahead_that_is_damaged_costs_the_estimate_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    store = RunStore()
    ended(store, 60.0)
    mine, line = waits(store)
    ahead = store.get(line[0])
    for event in ({"event": "batch", "seconds_left": "soon"}, {"event": "x", "seconds_left": []}):
        ahead.append(event)
        assert position_and_eta(mine, line) == (1, 60.0), "an odd event is passed over"
    (ahead.folder / "run.json").write_text("{")
    for _ in range(3):
        assert position_and_eta(mine, line) == (1, None)
    assert len([r for r in caplog.records if mine.id in r.getMessage()]) == 1


def test_behind_a_paused_one_no_time_is_promised() -> None:
    store = RunStore()
    ended(store, 60.0)  # what one like it took is no answer, either
    mine, line = waits(store)
    ahead = store.get(line[0])
    ahead.append({"event": "batch", "done": 1, "of": 9, "seconds_left": 131.0})
    assert position_and_eta(mine, line) == (1, 131.0)
    ahead.control.ask_to_pause(waits=True)
    assert not waits_for_paused(mine, line)  # its batch has not ended yet
    ahead.append({"event": "paused", "sentence": "Paused."})
    assert position_and_eta(mine, line) == (1, None)
    assert waits_for_paused(mine, line)
    ahead.control.ask_to_pause(waits=False)
    ahead.append({"event": "unpaused", "sentence": "Going on."})
    assert position_and_eta(mine, line) == (1, 131.0)
    assert not waits_for_paused(mine, line)


def test_a_pause_that_a_killed_process_left_is_none() -> None:
    mine, line = waits(store := RunStore())
    ahead = store.get(line[0])
    ahead.control.ask_to_pause(waits=True)
    ahead.append({"event": "paused", "sentence": "Paused."})
    ahead.append({"event": "died", "sentence": "The process died."})
    assert not waits_for_paused(mine, line)


def test_the_owner_is_told_that_a_pause_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    run = RunStore().create(baseline()).update(state="running")
    run.control.ask_to_pause(waits=True)
    monkeypatch.setattr(work, "LONGEST_PAUSE", 60.0)
    told: list[Any] = []
    wait_while_paused(run, EventLog(run, told.append), lambda: len(told) > 0)
    assert [event["event"] for event in told] == ["paused", "unpaused"]
    assert told[0]["sentence"] == (
        "Paused: nothing is lost, the next batch waits. It goes on by itself after 1 minute, for"
        " others may wait."
    )


def test_the_page_is_told_of_a_pause_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    def paused_ahead(store: RunStore) -> tuple[Run, list[str]]:
        mine, line = waits(store)
        ahead = store.get(line[0])
        ahead.control.ask_to_pause(waits=True)
        ahead.append({"event": "batch", "done": 1, "of": 9, "seconds_left": 131.0})
        ahead.append({"event": "paused", "sentence": "Paused."})
        return mine, line

    _, told = heard_while_waiting(monkeypatch, bool, paused_ahead)
    event = {"event": "queued", "place": 1, "seconds": None, "paused": True}
    assert told[0] == event


# --- the training that waits ---


class _Future:
    status = "pending"

    def done(self) -> bool:
        return False

    def release(self) -> None:
        pass


class _Engine(Engine):
    """Has two runs in its line, and never gets to the second."""

    def __init__(self, line: list[str]) -> None:
        super().__init__("tcp://nowhere:1")
        self.ids = line

    def line(self) -> tuple[list[str], int]:
        return self.ids, 1

    def submit(self, run: Run) -> Any:  # noqa: ARG002
        return _Future()


def heard_while_waiting(
    monkeypatch: pytest.MonkeyPatch,
    enough: Callable[[list[dict[str, Any]]], bool],
    begin: Callable[[RunStore], tuple[Run, list[str]]] = waits,
) -> tuple[Run, list[dict[str, Any]]]:
    monkeypatch.setattr(run_follower, "PAUSE", 0.01)
    monkeypatch.setattr(run_follower, "LAST_LOOKS", 1)
    mine, line = begin(RunStore())
    engine, told = _Engine(line), []
    follower = RunFollower(engine, mine, told.extend)
    late = time.monotonic() + WAIT
    while not enough(told) and time.monotonic() < late:
        follower._wake.wait(0.01)
    engine.closed = True
    return mine.fresh(), told


def test_an_import_ends_nobodys_training(monkeypatch: pytest.MonkeyPatch) -> None:
    """A finished run of the very recipe, without results, that sorts as the newest of all."""
    store = RunStore()
    odd = store.create(fine_tune(1)).update(state="finished")
    odd.folder.rename(store.folder / "99991231-235959-ffffff")
    mine, told = heard_while_waiting(monkeypatch, lambda told: len(told) > 2)
    assert {event["event"] for event in told} == {"queued"}
    assert {(event["place"], event["seconds"]) for event in told} == {(1, None)}
    assert mine.state == "queued"


def test_whatever_fails_in_the_outlook_ends_no_training(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    def broken(*_: Any) -> Any:
        calls.append(1)
        raise ZeroDivisionError

    monkeypatch.setattr(run_follower, "position_and_eta", broken)
    mine, told = heard_while_waiting(monkeypatch, lambda _: len(calls) > 2)
    assert told == []
    assert mine.state == "queued"


def test_a_past_run_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    store = RunStore()
    for _ in range(5):
        ended(store)
    mine, line = waits(store)
    position_and_eta(mine, line)
    read: list[str] = []
    original = queue.Run

    def counting(folder: Any) -> Run:
        read.append(folder.name)
        return original(folder)

    monkeypatch.setattr(queue, "Run", counting)
    position_and_eta(mine, line)
    assert read == []


def test_an_owner_is_made_from_run_json_where_it_is_missing_or_odd() -> None:
    run = RunStore().create(baseline(), visitor="somebody", imported=1.0)
    path = run.folder / owner.FILE
    for content in (
        b"",
        b"{",
        b"[]",
        b'{"visitor": 1, "imported": false, "labels": ""}',
        b"x" * 5000,
    ):
        path.write_bytes(content)
        assert run.fresh().owner == Owner("somebody", imported=True)
        assert owner.read(run.folder) == Owner("somebody", imported=True)
    path.unlink()
    assert run.fresh().owner.visitor == "somebody"
    assert path.is_file()
