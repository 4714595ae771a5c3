"""A worker that takes more memory than it may ends, and another one takes its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from distributed.scheduler import KilledWorker
from heard import Heard, worker_of

from petwidgets.common import memory
from petwidgets.engine.client import Engine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from petwidgets.runs.run import Run


@pytest.fixture(scope="module")
def small(own_home: Path) -> Iterator[Engine]:
    """An engine whose worker may take hardly more than it has taken once torch is imported."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(memory.VARIABLE, "1.1GB")
        engine = Engine("local")
        engine.client()  # while the home is the module's
        yield engine
        engine.close()


def test_a_worker_that_takes_too_much_ends_and_the_log_says_why(
    small: Engine, own_home: Path
) -> None:
    def take(n: int) -> int:
        import threading

        held = b"x" * n
        threading.Event().wait(60)
        return len(held)

    before = worker_of(small).pid
    with pytest.raises(KilledWorker):
        small.client().submit(take, 1_500_000_000, pure=False).result(60)
    assert worker_of(small).pid != before
    log = (own_home / "petwidgets.log").read_text("utf-8")
    assert "of memory and was ended, for it may take 1.1 GB" in log


def test_a_training_that_can_not_fit_is_refused_before_it_begins(
    small: Engine, queued: Callable[..., Run]
) -> None:
    heard = Heard(small, queued(1, "fine-tune", size=512, presize=512))
    last = heard.end()
    assert last["event"] == "failed"
    assert "A batch of two photographs of 512 pixels takes" in last["problem"]
