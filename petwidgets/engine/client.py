"""Where work runs: a worker process on this machine, or any Dask cluster by its address.

The kernel that draws the page never imports torch. It names a job of `petwidgets.jobs`, and the
engine runs it where torch is. Trainings carry the resource `train`, one at a time a worker;
quick work carries none, so that a prediction is answered while a training runs (given a resource of
its own it would wait behind queued trainings: the scheduler keeps all such tasks in one heap).

`distributed` is imported at the first need: it costs the page half a second and 20 MB.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

from petwidgets.common.errors import Problem
from petwidgets.engine import messages
from petwidgets.engine.messages import Refusal
from petwidgets.engine.quick_queue import QuickQueue, size_of
from petwidgets.engine.supervisor import HOST, supervised_worker

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    from petwidgets.jobs.job import Job
    from petwidgets.runs.run import Run

P = ParamSpec("P")
R = TypeVar("R")

log = logging.getLogger(__name__)

LOCAL = "local"


@contextmanager
def local_cluster() -> Iterator[Any]:
    """A scheduler in this process and one worker process, on this machine only."""
    import dask
    from distributed import LocalCluster

    # A training that killed its worker must fail with a sentence, not run a second time.
    dask.config.set({"distributed.scheduler.allowed-failures": 0})
    cluster = LocalCluster(
        n_workers=0,
        # No dashboard; its port is any free one, or each page after the first is warned of 8787.
        scheduler_kwargs={"dashboard": False, "dashboard_address": f"{HOST}:0"},
        host=HOST,
    )
    with cluster, supervised_worker(cluster.scheduler_address, {}):
        yield cluster


class Engine:
    """Submits work and streams what it says. Connects at the first need.

    Args:
        address: `local` for a worker process of this page's own, else a scheduler's address such
            as `tcp://gpu-box:8786`. Default: `PETWIDGETS_ENGINE`, else `local`.
    """

    def __init__(self, address: str | None = None) -> None:
        self.address = address or os.environ.get("PETWIDGETS_ENGINE") or LOCAL
        self._lock = threading.Lock()
        self._client: Any = None
        self._cluster: Any = None
        self._stack = ExitStack()
        self._line = QuickQueue()
        self.closed = False

    @property
    def own(self) -> bool:
        """Whether its processes are this page's own, and end with it."""
        return self.address == LOCAL

    @property
    def started(self) -> bool:
        """Whether there is a connection already."""
        return self._client is not None

    def client(self) -> Any:
        """The `distributed.Client`, connected on the first call (about a second).

        Raises:
            Away: the address does not answer, or not any more.
        """
        with self._lock:
            if self.closed:
                raise messages.Away(self.address)
            if self._client is not None and self._client.status != "running":
                # It would try for half a minute, and whoever asks it something would wait for it.
                with suppress(TimeoutError):  # it is let go of, however far that has come
                    self._client.close(0)
                self._client = None
            if self._client is None:
                self._client = self._connect()
            return self._client

    def _connect(self) -> Any:
        from distributed import Client

        if self.address == LOCAL:
            self._cluster = self._cluster or self._stack.enter_context(local_cluster())
            return Client(self._cluster, set_as_default=False)
        try:
            _require_listener(self.address)
            return Client(self.address, timeout=5, set_as_default=False)
        except (OSError, RuntimeError, TimeoutError, TypeError, ValueError) as error:
            # RuntimeError and TypeError: one side asks for TLS, the other has no certificate.
            raise messages.Away(self.address) from error

    def quick(self, job: Job[P, R], *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Run a job soon, without holding up the caller.

        A few are under way at a time (`limits.QUICK`), so that other pages' come in between.

        Args:
            job: of `petwidgets.jobs`.
            args: the job's own.
            kwargs: the job's own.

        Returns:
            Its result, or a `Problem` with one sentence: that of the job, or what a page says where
            it fails otherwise or too many wait. Callbacks run in another thread.
        """
        work = partial(self._quick, job, args, kwargs)
        return self._line.submit(job.name, work, size_of([*args, *kwargs.values()]))

    def _quick(self, job: Job[P, R], args: Any, kwargs: Any) -> R:
        try:
            answer = self._answer(job, args, kwargs)
        except Exception as error:  # noqa: BLE001 - whatever it is, the page has to say something
            answer = Refusal(messages.sentence(error))
        if isinstance(answer, Refusal):
            raise Problem(answer.sentence)
        return answer

    def _answer(self, job: Job[P, R], args: Any, kwargs: Any) -> R | Refusal:
        """Ask, and once more where the worker's process died: it may not have been for this."""
        from petwidgets.engine import worker

        ask = partial(self.client().submit, worker.call, job, args, kwargs, pure=False)
        try:
            return cast("R | Refusal", ask().result())
        except Exception as error:
            if not messages.is_death(error):
                raise
            log.info("%s is asked again: its process died", job.name)
        return cast("R | Refusal", ask().result())

    def submit(self, run: Run) -> Any:
        """The future of a run's training; submitted twice it is the same.

        One whose run.json says `goes_on` is finished even when nobody holds its future any more.

        Raises:
            Away: the engine does not answer.
        """
        from distributed import fire_and_forget

        from petwidgets.engine import worker

        future = self.client().submit(
            worker.train,
            run.folder,
            key=worker.key_of(run),
            resources={"train": 1},
            priority=run.info.get("priority", 0),
        )
        if run.info.get("goes_on"):
            fire_and_forget(future)
        return future

    def line(self) -> tuple[list[str], int]:
        """Ids of the runs that train or wait, as they are given out, and how many train at once.

        Raises:
            Away: the engine does not answer.
        """
        from petwidgets.engine import worker

        try:
            ids, at_once = self.client().run_on_scheduler(worker.line)
        except (OSError, TimeoutError) as error:
            raise messages.Away(self.address) from error
        return list(ids), int(at_once)

    def close(self) -> None:
        """End the connection for good, and the worker if it is this page's own."""
        with self._lock:
            self.closed = True
            self._line.clear()
            client, self._client, self._cluster = self._client, None, None
        if client is not None:
            client.close()
        self._stack.close()


def _require_listener(address: str) -> None:
    """See that something listens there before a `Client` is made.

    One that can't connect raises while it is made, and what is left of it can hold up whichever
    thread the garbage collector finds it in for ten seconds.
    """
    scheme, _, place = address.rpartition("://")
    host, _, port = place.rpartition(":")
    if scheme not in ("", "tcp", "tls") or not host:
        raise ValueError(address)
    socket.create_connection((host.strip("[]"), int(port)), timeout=5).close()
