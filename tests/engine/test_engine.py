"""Real processes: work is answered, streamed, queued and stopped, and nothing is left behind."""

from __future__ import annotations

import os
import queue
import shutil
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil
import pytest
from eventually import eventually
from heard import LONG, PATIENCE, Heard, ask, problem_of, worker_of
from safetensors.numpy import load_file

from petwidgets.common.errors import Problem
from petwidgets.engine import messages, worker
from petwidgets.engine.client import Engine
from petwidgets.engine.run_follower import RunFollower
from petwidgets.engine.worker import DONE, LOGGED
from petwidgets.inference.converted import is_converted
from petwidgets.jobs.classify import classify
from petwidgets.jobs.process import process_id
from petwidgets.runs.info import ENDED
from petwidgets.runs.run import SHIPPED, SHIPPED_ID, Run
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# --- quick work ---


def test_nothing_is_started_before_the_first_need() -> None:
    engine = Engine("local")
    assert not engine.started
    engine.close()
    assert not engine.started


def test_quick_work_is_answered_in_another_process(engine: Engine, few: Path) -> None:
    assert worker_of(engine).pid != os.getpid()
    shipped = RunStore().get(SHIPPED_ID)
    answer = ask(engine, classify, shipped, next(few.glob("sam*")))
    assert answer.decision.breed == "samoyed"


def test_scripts_in_the_working_folder_harm_no_engine(
    young: Engine, shadows: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shadows)
    assert worker_of(young).cwd() == str(shadows)


def test_problem_of_quick_work_is_its_sentence(engine: Engine, queued: Callable[..., Run]) -> None:
    run = queued()
    sentence = f"The run {run.id} has no weights yet: let its first epoch end."
    assert problem_of(engine, classify, run, b"") == sentence


def test_bug_in_quick_work_is_told_as_one(engine: Engine) -> None:
    assert (
        problem_of(engine, classify)
        == "The engine could not do this (TypeError); the details are in the log."
    )


def test_engine_listens_on_this_machine_only(engine: Engine) -> None:
    """Whoever reaches its ports can run code."""
    processes = [psutil.Process(), worker_of(engine)]
    ports = [
        connection.laddr
        for process in processes
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert len(ports) >= 2
    assert {address.ip for address in ports} == {"127.0.0.1"}
    assert 8787 not in {address.port for address in ports}  # the second page's engine would warn


# --- trainings ---


def test_training_streams_its_events_in_order(engine: Engine, queued: Callable[..., Run]) -> None:
    heard = Heard(engine, queued())
    assert heard.end()["event"] == "finished"
    kinds = [e.get("stage", e["event"]) for e in heard.events]
    kinds = [kind for event, kind in zip(heard.events, kinds, strict=True)
             if event["event"] not in ("progress", "batch")]  # fmt: skip
    assert kinds == [
        "started",
        "check",
        "inventory",
        "features",
        "frozen",
        "epoch",
        "epoch",
        "finished",
    ]
    assert heard.events == heard.run.events()
    assert heard.run.state == "finished"
    assert heard.run.usable


def test_same_seed_same_result_whatever_else_is_asked(
    engine: Engine, queued: Callable[..., Run], few: Path, tmp_path: Path
) -> None:
    """Threads of a worker share the state of random numbers, which no seed protects."""
    first = Heard(engine, queued(recipe="fine-tune"))
    assert first.end()["event"] == "finished"
    second = Heard(engine, queued(recipe="fine-tune"))
    second.until("started")
    photo, answers = next(few.glob("pug*")), 0
    while second.run.state != "finished":
        # Another run each time, so that its network is made and its weights are read anew.
        shutil.copytree(SHIPPED / SHIPPED_ID, tmp_path / str(answers))
        known = Run(tmp_path / str(answers))
        assert ask(engine, classify, known, photo).run
        answers += 1
    assert second.end()["event"] == "finished"
    assert answers
    a, b = (load_file(heard.run.folder / "model.safetensors") for heard in (first, second))
    assert max(np.abs(a[key] - b[key]).max() for key in a) < 1e-6


def test_a_trained_body_is_converted_and_the_next_training_does_not_wait(
    young: Engine, queued: Callable[..., Run], few: Path
) -> None:
    heard = Heard(young, queued(1, "fine-tune"))
    next_one = Heard(young, queued(1))
    assert heard.end()["event"] == next_one.end()["event"] == "finished"
    eventually(lambda: is_converted(heard.run), 120, "no ONNX of it")
    assert not is_converted(next_one.run)
    assert ask(young, classify, heard.run, next(few.glob("pug*"))).heat


def test_stop_ends_a_running_training_and_keeps(engine: Engine, queued: Callable[..., Run]) -> None:
    heard = Heard(engine, queued(LONG))
    heard.until("epoch")
    asked = time.monotonic()
    heard.training.stop()
    assert heard.end()["event"] == "stopped"
    assert heard.times[-1] - asked < 20
    assert heard.run.state == "stopped"
    assert heard.run.usable
    assert heard.run.info["results"]["epochs"] >= 1
    assert worker_of(engine).is_running()


def test_second_training_waits_for_the_first(engine: Engine, queued: Callable[..., Run]) -> None:
    first = Heard(engine, queued(LONG))
    first.until("epoch")
    second = Heard(engine, queued())
    assert second.until("queued")["place"] == 1
    assert second.run.state == "queued"
    first.training.stop()
    assert first.end()["event"] == "stopped"
    assert second.end()["event"] == "finished"
    assert second.times[0] >= first.times[-1]


def test_stop_of_a_queued_training(engine: Engine, queued: Callable[..., Run]) -> None:
    running = Heard(engine, queued(LONG))
    running.until("epoch")
    waiting, third = Heard(engine, queued()), Heard(engine, queued())
    waiting.training.stop()
    asked = time.monotonic()
    assert waiting.end()["event"] == "stopped"
    assert waiting.times[-1] - asked < 20
    assert [event["event"] for event in waiting.events] == ["stopped"]
    assert waiting.run.state == "stopped"
    assert not waiting.run.usable
    assert running.run.state == "running"
    running.training.stop()
    running.end()
    assert third.end()["event"] == "finished"
    assert waiting.silent


def test_line_is_fair_between_visitors(engine: Engine, queued: Callable[..., Run]) -> None:
    """The second training of one visitor goes behind the first of another who came later."""
    running = Heard(engine, queued(LONG))
    running.until("epoch")
    greedy = [Heard(engine, queued(asked={"priority": -n})) for n in (0, 1)]
    for heard, place in zip(greedy, (1, 2), strict=True):
        while heard.until("queued")["place"] != place:
            assert heard.run.state == "queued"
    modest = Heard(engine, queued(asked={"priority": 0}))
    assert modest.until("queued")["place"] == 2
    while greedy[1].until("queued")["place"] != 3:
        assert greedy[1].run.state == "queued"
    running.training.stop()
    ends = {}
    for name, heard in (("first", greedy[0]), ("second", greedy[1]), ("other", modest)):
        assert heard.end()["event"] == "finished"
        ends[name] = heard.times[0]
    assert sorted(ends, key=ends.__getitem__) == ["first", "other", "second"]
    # By now a training like it has ended, and the wait can be told.
    running = Heard(engine, queued(LONG))
    running.until("epoch")
    behind = Heard(engine, queued())
    waiting = Heard(engine, queued(asked={"priority": -1}))
    while waiting.until("queued")["seconds"] is None:
        assert waiting.run.state == "queued"
    assert waiting.of_the_moment[-1]["seconds"] > 0
    for heard in (waiting, behind, running):
        heard.training.stop()
        heard.end()


def test_prediction_is_answered_during_a_training(
    engine: Engine, queued: Callable[..., Run], few: Path
) -> None:
    running = Heard(engine, queued(LONG))
    running.until("epoch")
    waiting = Heard(engine, queued(LONG))
    asked = time.monotonic()
    shipped, photo = RunStore().get(SHIPPED_ID), next(few.glob("sam*"))
    answer = ask(engine, classify, shipped, photo)
    assert time.monotonic() - asked < 30
    assert answer.decision.breed == "samoyed"
    assert (running.run.state, waiting.run.state) == ("running", "queued")
    for heard in (waiting, running):
        heard.training.stop()
        assert heard.end()["event"] == "stopped"


def test_failure_is_told_once_and_in_one_sentence(
    engine: Engine, queued: Callable[..., Run], tmp_path: Path
) -> None:
    heard = Heard(engine, queued(data=str(tmp_path / "none")))
    event = heard.end()
    sentence = f"There is no folder {tmp_path / 'none'}: check the path."
    assert (event["event"], event["problem"]) == ("failed", sentence)
    assert heard.run.state == "failed"
    assert [e["event"] for e in heard.run.events()].count("failed") == 1
    # The engine works on, and by now a second telling would have come.
    assert Heard(engine, queued()).end()["event"] == "finished"
    assert heard.silent


def test_training_that_has_ended_is_not_trained_again(
    engine: Engine, queued: Callable[..., Run]
) -> None:
    """Dask does so for a result that it has lost; and a page comes back to what has ended."""
    heard = Heard(engine, queued())
    heard.end()
    events = heard.run.events()
    again = engine.client().submit(worker.train, heard.run.folder, pure=False)
    assert again.result(PATIENCE) == DONE
    returned = Heard(engine, heard.run, resubmitted=True)
    assert returned.end() == events[-1]
    assert returned.events == heard.run.events() == events


def test_listener_that_fails_hears_the_rest(engine: Engine, queued: Callable[..., Run]) -> None:
    ended: queue.Queue[str] = queue.Queue()

    def listen(events: list[dict[str, Any]]) -> None:
        if events[-1]["event"] in ENDED:
            ended.put(events[-1]["event"])
        raise ValueError(events)

    RunFollower(engine, queued(), listen)
    assert ended.get(timeout=PATIENCE) == "finished"


def test_unreachable_address_is_a_sentence(queued: Callable[..., Run]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    sentence = (
        f"The engine at {address} does not answer: check the address, and that it is running."
    )
    engine = Engine(address)
    heard = Heard(engine, queued())
    assert heard.end() == {"event": "failed", "problem": sentence}
    assert heard.run.events() == heard.events
    assert heard.run.state == "failed"
    assert not engine.started
    engine.close()


def test_no_samples_of_a_training_and_few_messages_are_kept(
    engine: Engine, queued: Callable[..., Run]
) -> None:
    """Dask would keep an hour of samples, and 1,000 messages: some hundred megabytes each."""
    Heard(engine, queued()).end()
    [kept] = engine.client().run(lambda dask_worker: dask_worker.profile_recent["count"]).values()
    assert kept == 0
    for _ in range(2 * LOGGED):
        ask(engine, process_id)
    client = engine.client()
    scheduler = client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.transition_log))
    assert scheduler == LOGGED
    assert len(client.scheduler_comm.recent_message_log) == LOGGED


@pytest.mark.parametrize("address", ["nonsense", "tcp://", "http://127.0.0.1:1", "gpu-box:port"])
def test_address_that_is_none_is_a_sentence(address: str) -> None:
    with pytest.raises(Problem, match="does not answer: check the address"):
        Engine(address).client()


def test_close_leaves_no_process() -> None:
    before = set(psutil.Process().children(recursive=True))
    engine = Engine("local")
    worker = worker_of(engine)
    engine.close()
    assert psutil.wait_procs([worker], timeout=PATIENCE)[1] == []
    left = set(psutil.Process().children(recursive=True)) - before
    assert psutil.wait_procs(left, timeout=5)[1] == []
    assert not engine.started


OWNER = """
import os, signal
from petwidgets.engine.client import Engine
from petwidgets.jobs.process import process_id

if __name__ == "__main__":
    engine = Engine("local")
    worker = engine.quick(process_id).result()
    # A child that holds what it inherits, such as the pipe by which Dask notices its end.
    child = os.fork()
    if child:
        print(worker, child, flush=True)
    signal.pause()
"""


def test_worker_dies_with_its_owner(tmp_path: Path) -> None:
    (tmp_path / "owner.py").write_text(OWNER)
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, tmp_path / "owner.py"], stdin=pipe, stdout=pipe
    ) as owner:
        assert owner.stdout is not None
        worker, child = (psutil.Process(int(pid)) for pid in owner.stdout.readline().split())
        family = {*psutil.Process(owner.pid).children(recursive=True)} - {child}
        assert worker in family
        try:
            owner.send_signal(signal.SIGKILL)
            assert worker not in psutil.wait_procs(family, timeout=5)[1]
        finally:
            child.kill()
        assert psutil.wait_procs(family, timeout=5)[1] == []


def test_a_connection_that_can_not_be_closed_in_time_is_let_go_of() -> None:
    class Stuck:
        status = "connecting"

        def close(self, _timeout: float) -> None:
            raise TimeoutError

    engine = Engine("tcp://127.0.0.1:1")
    engine._client = Stuck()
    with pytest.raises(messages.Away):
        engine.client()
    assert not engine.started


def test_a_training_whose_time_is_up_ends_and_keeps(
    engine: Engine, queued: Callable[..., Run]
) -> None:
    first = Heard(engine, queued(LONG))
    first.until("epoch")  # the next one needs no seconds of importing
    seconds = first.events[-1]["t"] + 2.0
    first.training.stop()
    first.end()
    heard = Heard(engine, queued(LONG, asked={"turn": {"minutes": 0.1, "until": seconds}}))
    last = heard.end()
    assert last["event"] == "stopped"
    assert last["sentence"].startswith("A visitor's training may take 0.1 minutes")
    assert heard.run.info["sentence"] == last["sentence"]
    assert heard.run.usable
    assert heard.run.info["results"]["epochs"] >= 1
    assert last["t"] >= seconds - 0.1
    assert worker_of(engine).is_running()
