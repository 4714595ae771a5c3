"""Quick work whose process died is asked again once, by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from distributed.scheduler import KilledWorker

from petwidgets.common.errors import Problem
from petwidgets.engine import messages
from petwidgets.engine.client import Engine
from petwidgets.engine.messages import Refusal
from petwidgets.engine.worker import call
from petwidgets.jobs.job import Job, implements

if TYPE_CHECKING:
    from collections.abc import Callable


JOB: Job[..., Any] = Job("petwidgets.inference.classify", "classify")


class Future:
    """What is made of a task: an answer, or what it raises."""

    def __init__(self, outcome: Any) -> None:
        self.outcome = outcome

    def result(self) -> Any:
        """The answer."""
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Any, str]]:
    """Ask an engine that answers with these outcomes, one a question."""

    def asked(*outcomes: Any) -> tuple[Any, str]:
        left = [*outcomes]

        class Client:
            def submit(self, *_args: Any, **_options: Any) -> Future:
                return Future(left.pop(0))

        engine = Engine("tcp://127.0.0.1:1")
        monkeypatch.setattr(engine, "client", Client)
        future = engine.quick(JOB)
        problem = future.exception(30)
        assert left == []
        return (None, str(problem)) if problem else (future.result(), "")

    return asked


DEATH = KilledWorker("classify", None, 0)


def test_death_is_spared_who_asks(ask: Callable[..., tuple[Any, str]]) -> None:
    assert ask(DEATH, "pug") == ("pug", "")


def test_second_death_has_a_sentence(ask: Callable[..., tuple[Any, str]]) -> None:
    result, said = ask(DEATH, DEATH)
    assert (result, said) == (None, messages.DIED)
    assert messages.passes(said)


def test_what_is_no_death_is_not_asked_again(ask: Callable[..., tuple[Any, str]]) -> None:
    assert ask(ValueError("x"))[0] is None


def test_a_refusal_of_the_worker_is_its_sentence(ask: Callable[..., tuple[Any, str]]) -> None:
    assert ask(Refusal("It is not a photograph.")) == (None, "It is not a photograph.")


LOOK: Job[[bytes], str] = Job(__name__, "look")


@implements(LOOK)
def look(photo: bytes) -> str:
    if photo == b"a teapot":
        raise Problem("It is not a photograph.")
    return photo.decode()


def test_a_problem_is_returned_by_a_worker_and_not_raised() -> None:
    """Dask logs what a task raises, with its arguments: here a photograph."""
    assert call(LOOK, (b"a teapot",), {}) == Refusal("It is not a photograph.")
    assert call(LOOK, (b"a pug",), {}) == "a pug"
    with pytest.raises(UnicodeDecodeError):
        call(LOOK, (b"\xff",), {})
