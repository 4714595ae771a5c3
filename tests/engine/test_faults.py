"""Real processes are killed, and what was lost is counted."""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
import psutil
import pytest
from eventually import words_of
from heard import LONG, PATIENCE, Heard, ask, problem_of, worker_of
from safetensors.numpy import load_file

from petwidgets.common.errors import Problem
from petwidgets.data.image import NO_PICTURE
from petwidgets.engine.client import Engine
from petwidgets.engine.messages import DIED, DIED_OFTEN, WAITS
from petwidgets.engine.supervisor import supervised_engine
from petwidgets.jobs.classify import classify, warm
from petwidgets.jobs.process import process_id
from petwidgets.runs.run import SHIPPED_ID, Run
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def served(own_home: Path) -> Iterator[str]:
    """The engine of `petwidgets serve`; its address."""
    with supervised_engine() as address:
        yield address


@pytest.fixture
def page(served: str) -> Iterator[Engine]:
    """One page's connection to it, once it is up."""
    engine = Engine(served)
    while problem_of(engine, process_id):
        pass  # asking takes its time when nothing listens yet
    yield engine
    engine.close()


def epochs(run: Run) -> list[int]:
    return [event["epoch"] for event in run.events() if event["event"] == "epoch"]


def unlike(one: Run, other: Run) -> float:
    a, b = (load_file(run.folder / "model.safetensors") for run in (one, other))
    return max(float(np.abs(a[key] - b[key]).max()) for key in a)


# --- the worker ---


def test_killed_worker_costs_at_most_an_epoch_and_changes_nothing(
    page: Engine, queued: Callable[..., Run]
) -> None:
    asked = {"recipe": "fine-tune", "epochs": 4}
    whole = Heard(page, queued(**asked))
    assert whole.end()["event"] == "finished"
    worker = worker_of(page)
    broken = Heard(page, queued(**asked))
    while broken.until("epoch")["epoch"] < 3:
        pass
    broken.until("batch", "epoch")
    worker.kill()
    assert "going on" in broken.until("died")["sentence"]
    assert broken.end()["event"] == "finished"
    assert epochs(broken.run) == [1, 2, 3, 4, 5]
    assert unlike(whole.run, broken.run) < 1e-5
    assert worker_of(page).pid != worker.pid


@pytest.mark.parametrize(("kind", "stage"), [("rates", "rates"), ("folds", "features")])
def test_a_search_whose_worker_was_killed_begins_again_and_is_whole(
    page: Engine, queued: Callable[..., Run], kind: str, stage: str
) -> None:
    """Of rates, or of doubtful labels: nothing of the first attempt is believed."""
    search = {"frozen": True, "num_it": 100, "stop_div": False, "start": 1e-6, "end": 1e-3}
    asked = {"kind": kind, **({"search": search} if kind == "rates" else {})}
    # Features of large photographs, or a search with torch, are under way long enough.
    more = {"size": 320, "presize": 320} if kind == "folds" else {"recipe": "fine-tune"}
    heard = Heard(page, queued(asked=asked, **more))
    worker = worker_of(page)
    while heard.until("stage")["stage"] != stage:
        pass
    worker.kill()
    assert "going on" in heard.until("died")["sentence"]
    assert heard.end()["event"] == "finished"
    last = max(i for i, one in enumerate(heard.events) if one["event"] in ("died", "restarted"))
    stages = [one["stage"] for one in heard.events[last:] if one["event"] == "stage"]
    assert stages.count(stage) == 1
    if kind == "rates":
        found = [one for one in heard.events[last:] if one["event"] == "rate"]
        points = [point for one in found for point in one["points"]]
        assert len(points) == len({rate for rate, _ in points}) == 100
    else:
        assert len(heard.run.info["files"]) == 32


def test_waiting_training_outlives_the_worker(page: Engine, queued: Callable[..., Run]) -> None:
    doomed = Heard(page, queued(LONG))
    doomed.until("epoch")
    waiting = Heard(page, queued())
    waiting.until("queued")
    worker_of(page).kill()
    doomed.until("died")
    doomed.training.stop()
    assert doomed.end()["event"] == "stopped"
    assert waiting.end()["event"] == "finished"
    assert "died" not in {event["event"] for event in waiting.run.events()}
    assert doomed.run.usable


def test_training_that_kills_its_worker_again_and_again_fails(
    page: Engine, queued: Callable[..., Run]
) -> None:
    """As where the memory does not suffice: tried again, with half the batch, then given up."""
    heard = Heard(page, queued(LONG))
    for attempt in range(3):
        while heard.run.state == "queued" or heard.run.info.get("attempt", 0) < attempt:
            assert worker_of(page).is_running()
        doomed = worker_of(page)
        while True:
            with heard.run.control.lock() as free:
                if not free:
                    break
        doomed.kill()
        if attempt < 2:
            died = heard.until("died")
    assert "again, perhaps out of memory: going on with 4" in died["sentence"]
    event = heard.end()
    assert (event["event"], event["problem"]) == ("failed", DIED_OFTEN)
    assert heard.run.state == "failed"
    assert Heard(page, queued()).end()["event"] == "finished"


def test_killed_worker_is_spared_who_asks_once(young: Engine) -> None:
    shipped = RunStore().get(SHIPPED_ID)
    answer = young.quick(warm, shipped)
    worker_of(young).kill()  # while it imports
    assert answer.exception(PATIENCE) is None
    assert young.quick(warm, shipped).exception(PATIENCE) is None


def test_worker_that_is_killed_again_is_a_sentence_for_quick_work(young: Engine) -> None:
    answer = young.quick(warm, RunStore().get(SHIPPED_ID))
    while not answer.done():
        with suppress(Problem):  # it has just been killed
            psutil.Process(ask(young, process_id)).kill()
    assert str(answer.exception(PATIENCE)) == DIED
    assert worker_of(young).is_running()


def test_stop_while_torch_is_imported(young: Engine, queued: Callable[..., Run]) -> None:
    heard, following = Heard(young, queued(2, "fine-tune")), Heard(young, queued())
    while heard.run.state == "queued":
        assert heard.silent
    heard.training.stop()
    assert heard.end()["event"] == "stopped"
    assert following.end()["event"] == "finished"
    assert heard.run.state == "stopped"
    assert not heard.run.usable
    told = [event["event"] for event in heard.run.events()]
    assert told[-1] == "stopped"
    assert "epoch" not in told  # however fast the import was
    assert heard.silent


# --- the scheduler ---


def test_killed_scheduler_comes_back_and_so_does_the_training(
    page: Engine, queued: Callable[..., Run]
) -> None:
    heard = Heard(page, queued(4, "fine-tune"))
    waiting = Heard(page, queued())
    heard.until("epoch")
    [scheduler] = [
        child
        for child in psutil.Process().children()
        if {"dask", "scheduler"} < set(words_of(child))
    ]
    scheduler.kill()
    assert heard.until("lost")["sentence"] == WAITS
    assert heard.end()["event"] == "finished"
    assert epochs(heard.run) == [1, 2, 3, 4, 5]
    assert waiting.end()["event"] == "finished"
    shipped, photo = RunStore().get(SHIPPED_ID), b"no photograph"
    assert problem_of(page, classify, shipped, photo) == NO_PICTURE


# --- the page ---

PAGE = """
import sys, threading
from pathlib import Path
from petwidgets.engine.client import Engine
from petwidgets.engine.run_follower import RunFollower
from petwidgets.runs.run import Run

def heard(events):
    print(*(event["event"] for event in events), flush=True)

if __name__ == "__main__":
    RunFollower(Engine(sys.argv[1]), Run(Path(sys.argv[2])), heard)
    threading.Event().wait()
"""


def killed_in_training(address: str, run: Run, folder: Path) -> None:
    """Begin the training in a page's process, and kill that in the midst of it."""
    (folder / "page.py").write_text(PAGE)
    command = [sys.executable, str(folder / "page.py"), address, str(run.folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert any("epoch" in line for line in process.stdout)
        process.send_signal(signal.SIGKILL)


def test_training_goes_on_without_its_page_and_is_found_again(
    served: str, page: Engine, queued: Callable[..., Run], tmp_path: Path
) -> None:
    run = queued(4, "fine-tune", asked={"goes_on": True})
    killed_in_training(served, run, tmp_path)
    returned = Heard(page, run, resubmitted=True)
    assert returned.end()["event"] == "finished"
    assert returned.events == run.events()
    assert epochs(run) == [1, 2, 3, 4, 5]
    assert "died" not in {event["event"] for event in run.events()}


def test_training_ends_with_its_page_if_so_chosen(
    served: str, page: Engine, queued: Callable[..., Run], tmp_path: Path
) -> None:
    run = queued(LONG, asked={"goes_on": False})
    killed_in_training(served, run, tmp_path)
    while run.fresh().state == "running":
        assert page.started
    assert run.fresh().state == "stopped"
    assert run.usable
    assert Heard(page, run, resubmitted=True).end()["event"] == "stopped"


def test_training_of_a_notebook_goes_on_when_it_is_opened_again(
    queued: Callable[..., Run], own_home: Path
) -> None:
    """A notebook's own engine ends with its kernel; the next one takes the training up."""
    first = Engine("local")
    heard = Heard(first, queued(LONG, "fine-tune", asked={"goes_on": True}))
    heard.until("epoch")
    worker = worker_of(first)
    first.close()
    assert psutil.wait_procs([worker], timeout=PATIENCE)[1] == []
    assert heard.run.state == "running"
    done = epochs(heard.run)
    second = Engine("local")
    returned = Heard(second, heard.run, resubmitted=True)
    while returned.until("epoch")["epoch"] <= done[-1]:
        pass  # those are told again
    returned.training.stop()
    assert returned.end()["event"] == "stopped"
    assert epochs(heard.run) == list(range(1, len(epochs(heard.run)) + 1))
    second.close()


# --- the home ---


def test_two_engines_on_one_home_train_a_run_once(
    page: Engine, engine: Engine, queued: Callable[..., Run]
) -> None:
    run = queued(LONG)
    one = Heard(page, run)
    one.until("epoch")
    other = Heard(engine, run, resubmitted=True)
    other.until("epoch")
    other.training.stop()
    assert (one.end()["event"], other.end()["event"]) == ("stopped", "stopped")
    assert [event["event"] for event in run.events()].count("started") == 1
    assert epochs(run) == list(range(1, len(epochs(run)) + 1))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if subprocess.run(mounting, capture_output=True, check=False).returncode:
        pytest.skip("no file system may be mounted here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_full_disk_is_a_sentence_and_costs_the_engine_nothing(
    page: Engine, queued: Callable[..., Run], small_disk: Path
) -> None:
    """The weights of one epoch do not fit."""
    run = RunStore(small_disk).create(queued(2, "fine-tune").recipe)
    problem = Heard(page, run).end()["problem"]
    assert problem.startswith(f"The disk that holds {run.folder} is full: free some space")
    assert run.fresh().state == "failed"
    assert run.fresh().info["problem"] == problem
    assert not run.usable
    assert Heard(page, queued()).end()["event"] == "finished"


def test_run_that_is_gone_is_a_sentence(page: Engine, queued: Callable[..., Run]) -> None:
    run = queued()
    (run.folder / "run.json").write_text("{")
    event = Heard(page, run, resubmitted=True).end()
    assert (
        event["problem"] == f"The run {run.id} is damaged: delete it with petwidgets runs delete."
    )
