"""Errors between a page and its engine, and the sentences that describe them."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from petwidgets.common.errors import Problem, missing

log = logging.getLogger(__name__)

DIED = "The engine's process died during this work, perhaps out of memory: try again."
DIED_OFTEN = (
    "The engine's process died three times during this training, perhaps out of memory: make the"
    " batch or the size smaller and train again."
)
GONE = "The connection to the engine was lost: try again."
WAITS = "The engine does not answer just now; this training goes on when it is back."


ABSENT = "The engine at"


class Away(Problem):
    """The engine does not answer."""

    def __init__(self, address: str) -> None:
        super().__init__(
            f"{ABSENT} {address} does not answer: check the address, and that it is running."
        )


@dataclass(frozen=True)
class Refusal:
    """The value that a worker returns instead of raising a `Problem`.

    Dask logs every exception of a task, with a traceback and all arguments. A user's mistake is not
    an error of the engine, and photographs must not end up in a log.

    Args:
        sentence: text of the problem.
    """

    sentence: str


def passes(problem: str) -> bool:
    """Whether the problem may be gone on another try."""
    return problem in (DIED, GONE) or problem.startswith(ABSENT)


def is_death(error: BaseException) -> bool:
    """Whether the work failed because its worker process died."""
    from distributed.scheduler import KilledWorker

    return isinstance(error, KilledWorker)


def sentence(error: BaseException) -> str:
    """The sentence that a page shows about failed work; the details go to the log."""
    from distributed.client import FutureCancelledError

    if problem := error if isinstance(error, Problem) else missing(error):
        return str(problem)
    log.warning("work in the engine failed", exc_info=error)
    if is_death(error):
        return DIED
    if isinstance(error, FutureCancelledError | OSError):
        return GONE
    return f"The engine could not do this ({type(error).__name__}); the details are in the log."
