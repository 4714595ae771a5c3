"""The client of an engine: a worker process on this machine, or a Dask cluster by its address.

The kernel that draws the page never imports torch. It names a job of `petwidgets.jobs`, and the
engine runs that job in a process that has torch.

Trainings need the resource `train`, of which each worker has one. Quick jobs need no resource, so
that a prediction is answered while a training runs. With a resource of their own they would wait
behind queued trainings, since the scheduler keeps all tasks with resources in one heap.

`distributed` is imported when it is first needed: it costs the page half a second and 20 MB.
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
    """Run a scheduler in this process and one worker process, reachable from this machine only."""
    import dask
    from distributed import LocalCluster

    import petwidgets.engine.worker  # noqa: F401 - says what Dask keeps

    # Dask must not rerun a training that killed its worker: the run's follower decides that.
    dask.config.set({"distributed.scheduler.allowed-failures": 0})
    cluster = LocalCluster(
        n_workers=0,
        # Without a dashboard Dask still opens its port. A fixed one (8787) would make every page
        # after the first log a warning.
        scheduler_kwargs={"dashboard": False, "dashboard_address": f"{HOST}:0"},
        host=HOST,
    )
    with cluster, supervised_worker(cluster.scheduler_address, {}):
        yield cluster


class Engine:
    """Submits jobs and trainings. Connects when it is first used.

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
        self._queue = QuickQueue()
        self.closed = False

    @property
    def own(self) -> bool:
        """Whether the engine's processes were started by this page, and end with it."""
        return self.address == LOCAL

    @property
    def started(self) -> bool:
        """Whether the client has connected already."""
        return self._client is not None

    def client(self) -> Any:
        """The `distributed.Client`. The first call connects, which takes about a second.

        Raises:
            Away: the address does not answer, or this engine was closed.
        """
        with self._lock:
            if self.closed:
                raise messages.Away(self.address)
            if self._client is not None and self._client.status != "running":
                # A lost client reconnects for half a minute, and every call would wait for that.
                with suppress(TimeoutError):  # dropped even if it did not finish closing
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
        """Run a job without blocking the caller.

        At most `limits.QUICK` jobs of a page run at a time, so that other pages get their turn.

        Args:
            job: of `petwidgets.jobs`.
            args: positional arguments of the job.
            kwargs: keyword arguments of the job.

        Returns:
            A future of the job's result. Its exception is always a `Problem` with one sentence for
            the page: the job's own, one about an engine that failed, or one that says that too many
            requests wait. Callbacks run in another thread.
        """
        work = partial(self._quick, job, args, kwargs)
        return self._queue.submit(job.name, work, size_of([*args, *kwargs.values()]))

    def _quick(self, job: Job[P, R], args: Any, kwargs: Any) -> R:
        try:
            answer = self._answer(job, args, kwargs)
        except Exception as error:  # noqa: BLE001 - the page needs a sentence for any error
            answer = Refusal(messages.sentence(error))
        if isinstance(answer, Refusal):
            raise Problem(answer.sentence)
        return answer

    def _answer(self, job: Job[P, R], args: Any, kwargs: Any) -> R | Refusal:
        """Run the job, a second time if the worker died: another job may have killed it."""
        from petwidgets.engine import worker

        submit = partial(self.client().submit, worker.call, job, args, kwargs, pure=False)
        try:
            return cast("R | Refusal", submit().result())
        except Exception as error:
            if not messages.is_death(error):
                raise
            log.info("%s is asked again: its process died", job.name)
        return cast("R | Refusal", submit().result())

    def submit(self, run: Run) -> Any:
        """Submit a run's training and return its Dask future; a second call gives the same future.

        If run.json says `goes_on`, the training continues after its last future is released.

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
        """Ids of the runs that train or wait, in scheduling order, and how many train at once.

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
        """Close the connection for good. End the worker too if this page started it."""
        with self._lock:
            self.closed = True
            self._queue.clear()
            client, self._client, self._cluster = self._client, None, None
        if client is not None:
            client.close()
        self._stack.close()


def _require_listener(address: str) -> None:
    """Check that something listens at the address before a `Client` is made.

    A `Client` that can't connect raises in its constructor. The half-made object then blocks the
    thread in which it is garbage-collected for up to ten seconds.

    Raises:
        OSError: nothing listens there.
        ValueError: the address is malformed.
    """
    scheme, _, place = address.rpartition("://")
    host, _, port = place.rpartition(":")
    if scheme not in ("", "tcp", "tls") or not host:
        raise ValueError(address)
    socket.create_connection((host.strip("[]"), int(port)), timeout=5).close()
