"""Quick work is fair between pages: each has a few questions under way, the others wait in line."""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import FIRST_COMPLETED, wait
from typing import TYPE_CHECKING, Any

from petwidgets.common import limits
from petwidgets.engine.client import Engine
from petwidgets.engine.quick_queue import FULL, QuickQueue
from petwidgets.jobs.job import Job

if TYPE_CHECKING:
    import pytest

WAIT = 30

JOB: Job[..., str] = Job("petwidgets.inference.classify", "classify")


class Scheduler:
    """Answers what it was asked first, one at a time, whenever it is told to."""

    def __init__(self) -> None:
        self.asked: deque[tuple[str, Future]] = deque()
        self.most: dict[str, int] = {}
        self._news = threading.Condition()

    def add(self, page: str) -> Future:
        future = Future()
        with self._news:
            self.asked.append((page, future))
            under_way = sum(one == page for one, _ in self.asked)
            self.most[page] = max(self.most.get(page, 0), under_way)
            self._news.notify_all()
        return future

    def wait_for(self, n: int) -> None:
        with self._news:
            assert self._news.wait_for(lambda: len(self.asked) >= n, WAIT)

    def answer(self) -> str:
        self.wait_for(1)
        with self._news:
            page, future = self.asked.popleft()
        future.done.set()
        return page


class Future:
    def __init__(self) -> None:
        self.done = threading.Event()

    def result(self) -> str:
        assert self.done.wait(WAIT)
        return "answer"


class Client:
    """What an engine's page sees of a scheduler that it shares with others."""

    status = "running"

    def __init__(self, scheduler: Scheduler, page: str) -> None:
        self.scheduler, self.page = scheduler, page

    def submit(self, *_args: Any, **_kwargs: Any) -> Future:
        return self.scheduler.add(self.page)


def page(scheduler: Scheduler, name: str) -> Engine:
    engine = Engine("tcp://nowhere:1")
    engine._client = Client(scheduler, name)
    return engine


def test_another_page_waits_behind_two_questions_not_behind_all() -> None:
    scheduler = Scheduler()
    many, one = page(scheduler, "many"), page(scheduler, "one")
    all_answered, answered = threading.Semaphore(0), threading.Event()
    for _ in range(100):
        many.quick(JOB, b"photo").add_done_callback(lambda _: all_answered.release())
    scheduler.wait_for(2)
    one.quick(JOB, b"photo").add_done_callback(lambda _: answered.set())
    scheduler.wait_for(3)
    order = []
    while not order or order[-1] != "one":
        order.append(scheduler.answer())
    assert answered.wait(WAIT)
    assert order == ["many", "many", "one"]
    for _ in range(98):
        scheduler.answer()
    for _ in range(100):
        assert all_answered.acquire(timeout=WAIT)
    assert scheduler.most == {"many": 2, "one": 1}


def test_as_many_threads_as_questions_under_way() -> None:
    scheduler = Scheduler()
    many = page(scheduler, "many")
    left = threading.Semaphore(0)
    for _ in range(50):
        many.quick(Job("petwidgets", "of-this-test")).add_done_callback(lambda _: left.release())
    scheduler.wait_for(2)
    assert sum(thread.name == "of-this-test" for thread in threading.enumerate()) == 2
    for _ in range(50):
        scheduler.answer()
        assert left.acquire(timeout=WAIT)


def test_what_is_asked_is_answered_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(limits.QUICK.variable, "1")
    line, done, over = QuickQueue(), [], threading.Event()
    for i in range(20):
        line.submit("job", lambda i=i: done.append(i), 0)  # type: ignore[misc]
    line.submit("job", over.set, 0)
    assert over.wait(WAIT)
    assert done == [*range(20)]


def test_a_line_that_is_full_says_so_and_takes_more_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(limits.WAITING.variable, "5")
    scheduler = Scheduler()
    engine = page(scheduler, "one")
    futures = [engine.quick(JOB) for _ in range(9)]  # 2 under way, 5 in line, 2 too many
    assert [str(future.exception(0)) for future in futures[7:]] == [FULL, FULL]
    scheduler.answer()
    wait(futures[:7], WAIT, FIRST_COMPLETED)
    scheduler.wait_for(2)  # the next one has left the line
    futures.append(engine.quick(JOB))
    for _ in range(7):
        scheduler.answer()
    assert [future.result(WAIT) for future in (*futures[:7], futures[9])] == ["answer"] * 8


def test_a_line_takes_no_more_bytes_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(limits.WAITING_MB.variable, "1")
    monkeypatch.setenv(limits.QUICK.variable, "1")
    scheduler = Scheduler()
    engine = page(scheduler, "one")
    photo = bytes(600_000)
    futures = [engine.quick(JOB, photo) for _ in range(3)]  # under way, in line, too much
    assert [future.done() for future in futures] == [False, False, True]
    full = futures[2].exception(0)
    assert str(full) == FULL
    assert full is not None
    assert full.__traceback__ is None, "it would hold on to what did not fit"
    for _ in range(2):
        scheduler.answer()


def test_an_answer_that_is_not_taken_well_holds_up_nobody() -> None:
    line, over = QuickQueue(), threading.Event()

    def fail(_future: object = None) -> None:
        raise RuntimeError("of a panel")

    for _ in range(10):
        line.submit("job", fail, 0).add_done_callback(fail)
    line.submit("job", over.set, 0)
    assert over.wait(WAIT)


def test_a_limit_that_is_no_number_is_told_where_it_is_met(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(limits.QUICK.variable, "many")
    sentence = page(Scheduler(), "one").quick(JOB).exception(0)
    assert str(sentence) == (
        "PETWIDGETS_MAX_QUICK is the most questions of a page that the engine works on at a time:"
        " a whole number from 1 on, such as 2, not 'many'."
    )


def test_what_waits_is_cancelled_when_the_page_closes() -> None:
    scheduler = Scheduler()
    engine = page(scheduler, "one")
    futures = [engine.quick(JOB) for _ in range(4)]
    scheduler.wait_for(2)
    engine._queue.clear()
    assert [future.cancelled() for future in futures] == [False, False, True, True]
    for _ in range(2):
        scheduler.answer()
    assert [future.result(WAIT) for future in futures[:2]] == ["answer"] * 2


def test_a_failure_holds_on_to_no_photograph() -> None:
    """The traceback of an exception keeps alive what its frames know."""
    line = QuickQueue()

    def fail() -> None:
        raise RuntimeError("of a worker")

    error = line.submit("job", fail, 0).exception(WAIT)
    assert isinstance(error, RuntimeError)
    assert error.__traceback__ is None
