"""A run's events once more: in order, at the pace that was asked, and silent when it is over."""

from __future__ import annotations

import queue
import threading
import time
from typing import Any

import pytest

from petwidgets.common.errors import Problem
from petwidgets.recipes.presets import baseline
from petwidgets.runs.replay import Replay
from petwidgets.runs.run import SHIPPED_ID, Run
from petwidgets.runs.store import RunStore

WAIT = 30
"""Seconds after which what never comes fails the test."""

Event = dict[str, Any]


class Heard:
    """What a page hears, event by event."""

    def __init__(self) -> None:
        self.all: list[Event] = []
        self._new: queue.Queue[Event] = queue.Queue()

    def __call__(self, events: list[Event]) -> None:
        for event in events:
            self.all.append(event)
            self._new.put(event)

    def until(self, name: str) -> Event:
        """Wait for the next event of this name."""
        while (event := self._new.get(timeout=WAIT))["event"] != name:
            pass
        return event


def ended(*events: Event, state: str = "finished") -> Run:
    run = RunStore().create(baseline())
    for event in events:
        run.append(event)
    return run.update(state=state)


def at(t: float, event: str = "epoch", **more: Any) -> Event:
    return {"t": t, "event": event, **more}


def wait_for_thread(replay: Replay) -> None:
    for thread in threading.enumerate():
        if thread.name == f"replay {replay.run.id}":
            thread.join(WAIT)
            assert not thread.is_alive()


def test_the_shipped_run_is_told_as_it_was_written() -> None:
    """Its 80 seconds, at a thousand times the speed."""
    run, heard = RunStore().get(SHIPPED_ID), Heard()
    began = time.monotonic()
    replay = Replay(run, heard, 1000)
    replay.begin()
    heard.until("finished")
    assert heard.all == run.events()
    assert time.monotonic() - began > 0.08
    wait_for_thread(replay)
    assert heard.all == run.events()


def test_it_keeps_the_gaps() -> None:
    times: list[float] = []
    replay = Replay(
        ended(at(0), at(4), at(8, "finished")), lambda _: times.append(time.monotonic()), 10
    )
    replay.begin()
    wait_for_thread(replay)
    first, second, third = times
    # A busy machine may be late with any of them.
    assert 0.2 < second - first < WAIT
    assert 0.6 < third - first < WAIT


def test_the_speed_changes_while_it_plays() -> None:
    heard = Heard()
    replay = Replay(ended(at(0), at(100), at(120, "finished")), heard, 1)
    replay.begin()
    heard.until("epoch")
    assert replay.speed == 1
    replay.speed = 1e9
    assert replay.speed == 1000
    heard.until("finished")
    replay.speed = 0
    assert replay.speed == 1
    with pytest.raises(Problem, match="from 1 to 1000"):
        replay.speed = float("nan")


def test_it_pauses_and_goes_on() -> None:
    heard = Heard()
    replay = Replay(ended(at(0), at(60), at(61, "finished")), heard, 1)
    replay.begin()
    heard.until("epoch")
    replay.pause(waits=True)
    heard.until("paused")
    assert replay.paused
    replay.speed = 1000  # of what does not go on
    replay.pause(waits=True)
    assert [e["event"] for e in heard.all] == ["epoch", "paused"]
    replay.pause(waits=False)
    heard.until("finished")
    assert [e["event"] for e in heard.all] == [
        "epoch",
        "paused",
        "unpaused",
        "epoch",
        "finished",
    ]


@pytest.mark.parametrize("paused", [False, True])
def test_stop_is_told_and_close_is_not(paused: bool) -> None:  # noqa: FBT001
    for end in ("stop", "close"):
        heard = Heard()
        replay = Replay(ended(at(0), at(3600, "finished")), heard, 1)
        replay.begin()
        heard.until("epoch")
        if paused:
            replay.pause(waits=True)
            heard.until("paused")
        getattr(replay, end)()
        if end == "stop":
            heard.until("stopped")
        wait_for_thread(replay)
        names = [e["event"] for e in heard.all if e["event"] != "paused"]
        assert names == ["epoch", "stopped"][: 2 if end == "stop" else 1]


def test_nothing_is_told_once_close_has_returned() -> None:
    """Though it was being told something just then."""
    begun, goes_on, closed = threading.Event(), threading.Event(), threading.Event()
    told: list[str] = []

    def hear(events: list[Event]) -> None:
        begun.set()
        assert goes_on.wait(WAIT)
        told.append(f"{len(events)} after close" if closed.is_set() else "before")

    replay = Replay(ended(*(at(t / 100) for t in range(50)), at(1, "finished")), hear, 1)
    replay.begin()
    assert begun.wait(WAIT)

    def close() -> None:
        replay.close()
        closed.set()

    closing = threading.Thread(target=close)
    closing.start()
    goes_on.set()
    closing.join(WAIT)
    wait_for_thread(replay)
    assert set(told) == {"before"}


def test_who_hears_badly_ends_nothing() -> None:
    heard = Heard()

    def hear(events: list[Event]) -> None:
        heard(events)
        raise ValueError("a panel's fault")

    Replay(ended(at(0), at(1, "finished")), hear, 1000).begin()
    heard.until("finished")


def test_a_training_that_went_on_ends_once() -> None:
    """Its first end is none; what has no second of its own comes with what was before."""
    run = ended(
        at(1),
        at(2, "stopped"),
        {"event": "continued"},
        at(1.5),
        at(float("nan")),
        at(3, "finished"),
    )
    heard = Heard()
    Replay(run, heard, 1000).begin()
    heard.until("finished")
    names = [e["event"] for e in heard.all]
    assert names == ["epoch", "continued", "epoch", "epoch", "finished"]


def test_what_was_cut_off_ends_with_the_runs_state() -> None:
    heard = Heard()
    Replay(ended(at(0), state="failed"), heard, 1000).begin()
    heard.until("failed")


def test_what_can_not_be_replayed() -> None:
    heard = Heard()
    with pytest.raises(Problem, match="has not ended"):
        Replay(ended(at(0), state="running"), heard)
    with pytest.raises(Problem, match="Nothing was written"):
        Replay(ended({"event": 7}, {}), heard)
    damaged = ended(at(0))
    (damaged.folder / "run.json").write_text("{")
    with pytest.raises(Problem, match="is damaged"):
        Replay(damaged.fresh(), heard)
    assert heard.all == []
