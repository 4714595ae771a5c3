"""A worker's memory: a training is told of too much, and the process ends before the machine's."""

from __future__ import annotations

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
from distributed.system import memory_limit

from petwidgets.common import memory as machine
from petwidgets.common.errors import Problem
from petwidgets.engine import memory_watch
from petwidgets.engine.memory_watch import FAR_TOO_MUCH, PATIENCE, STATUS, Watch

LIMIT = 10 * 10**9


class Ended(Exception):  # noqa: N818 - it ends the process
    """Instead of the end of this process."""


@pytest.fixture
def words(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is said at the end of a process, which only raises `Ended`; memory is not scarce."""

    def end(status: int) -> None:
        assert status == STATUS
        raise Ended

    monkeypatch.setattr(os, "_exit", end)
    monkeypatch.setattr(machine, "nearly_full", lambda *_: False)
    return []


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A clock that is set by hand."""
    now = SimpleNamespace(now=100.0)
    monkeypatch.setattr(memory_watch.time, "monotonic", lambda: now.now)
    return now


def test_a_training_is_told_and_lets_go_in_time(words: list[str], clock: SimpleNamespace) -> None:
    watched = Watch(words.append)
    watched.look(LIMIT, LIMIT)
    watched.require_room()
    watched.look(LIMIT + 1, LIMIT)
    with pytest.raises(MemoryError):
        watched.require_room()
    clock.now += PATIENCE
    watched.look(LIMIT + 1, LIMIT)
    watched.look(LIMIT // 2, LIMIT)
    watched.require_room()
    clock.now += 10 * PATIENCE  # it counts from the next time on
    watched.look(LIMIT + 1, LIMIT)
    assert words == []


def test_a_process_that_does_not_let_go_ends(words: list[str], clock: SimpleNamespace) -> None:
    watched = Watch(words.append)
    watched.look(LIMIT + 1, LIMIT)
    clock.now += PATIENCE + 1
    with pytest.raises(Ended):
        watched.look(LIMIT + 1, LIMIT)
    assert words == ["The engine's process took 10.0 GB of memory and was ended"]


@pytest.mark.usefixtures("clock")
def test_a_process_that_grows_too_fast_ends_at_once(words: list[str]) -> None:
    with pytest.raises(Ended):
        Watch(words.append).look(int(FAR_TOO_MUCH * LIMIT) + 1, LIMIT)
    assert len(words) == 1


def test_last_words_that_fail_keep_nobody_alive(
    words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_said: str) -> None:
        raise OSError

    monkeypatch.setattr(memory_watch, "PATIENCE", -1)
    with pytest.raises(Ended):
        Watch(fail).look(LIMIT + 1, LIMIT)
    assert words == []


@pytest.mark.parametrize(
    ("free", "used", "full"), [(0.5, 0.5, False), (0.01, 0.5, True), (0.01, 0.05, False)]
)
def test_a_machine_that_is_nearly_full(
    free: float,
    used: float,
    full: bool,  # noqa: FBT001
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    memory = SimpleNamespace(total=LIMIT, available=int(free * LIMIT))
    monkeypatch.setattr(machine.psutil, "virtual_memory", lambda: memory)
    assert machine.nearly_full(int(used * LIMIT), memory_watch.LITTLE, memory_watch.LARGE) == full


@pytest.mark.parametrize(
    ("said", "bytes_"),
    [
        ("", int(machine.SHARE * memory_limit())),
        ("2GB", 2 * 10**9),
        ("2 GiB", 2 * 2**30),
        ("1500000000", 1_500_000_000),
        ("100%", memory_limit()),
        ("900 %", memory_limit()),
        ("1e30", memory_limit()),
    ],
)
def test_the_limit_is_an_amount_or_a_share(
    said: str, bytes_: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(machine.VARIABLE, said)
    assert machine.worker_limit() == bytes_


@pytest.mark.parametrize("said", ["much", "-1", "0", "nan", "nan%", "inf", "12", "0%", "x%", "é"])
def test_what_is_no_amount_is_one_sentence(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(machine.VARIABLE, said)
    with pytest.raises(Problem, match="give the memory of a worker as bytes such as 6GB"):
        machine.worker_limit()


TAKES = """
import threading
from petwidgets.engine.memory_watch import Watch
Watch(lambda said: print(said, flush=True)).begin()
held = b"x" * 1_500_000_000
threading.Event().wait(60)
"""


def test_a_process_that_takes_too_much_is_gone_with_a_word() -> None:
    environment = {**os.environ, machine.VARIABLE: str(machine.LEAST)}
    asked = [sys.executable, "-c", TAKES]
    done = subprocess.run(asked, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == STATUS
    assert done.stdout.startswith("The engine's process took 1.")
