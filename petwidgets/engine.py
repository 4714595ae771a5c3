"""Where work runs: a worker process on this machine, or any Dask cluster by its address.

The kernel that draws the page never imports torch. It names a function of `petwidgets.learning`,
and the engine runs it where torch is. Trainings carry the resource `train`, one at a time a worker;
quick work carries none, so that a prediction is answered while a training runs (given a resource of
its own it would wait behind queued trainings: the scheduler keeps all such tasks in one heap).

`distributed` is imported at the first need: it costs the page half a second and 20 MB.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from petwidgets.problem import Problem
from petwidgets.runs import ENDED, Run

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)

LOCAL = "local"
THREADS = 3
"""A worker's threads: one trains, two answer."""

DIED = "The engine's process died during this work, perhaps out of memory: start it again."
GONE = "The connection to the engine was lost: start this again."


def local_cluster(port: int = 0) -> Any:
    """A scheduler in this process and one worker process, on 127.0.0.1 only.

    Whoever reaches a scheduler's port can run code, so it listens nowhere else.
    """
    import dask
    from distributed import LocalCluster

    # A training that killed its worker must fail with a sentence, not run a second time.
    dask.config.set({"distributed.scheduler.allowed-failures": 0})
    return LocalCluster(
        n_workers=1,
        processes=True,
        threads_per_worker=THREADS,
        resources={"train": 1},
        # No dashboard; its port is any free one, or each page after the first is warned of 8787.
        scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
        host="127.0.0.1",
        scheduler_port=port,
        memory_limit=0,
        preload=["petwidgets.worker"],
    )


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

    @property
    def started(self) -> bool:
        """Whether there is a connection already."""
        return self._client is not None

    def client(self) -> Any:
        """The `distributed.Client`, connected on the first call (about a second).

        Raises:
            Problem: the address does not answer.
        """
        with self._lock:
            if self._client is None or self._client.status in ("closing", "closed"):
                self._client = self._connect()
            return self._client

    def _connect(self) -> Any:
        from distributed import Client

        if self.address == LOCAL:
            self._cluster = local_cluster()
            return Client(self._cluster, set_as_default=False)
        try:
            _demand_listener(self.address)
            return Client(self.address, timeout=5, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise Problem(
                f"The engine at {self.address} does not answer: check the address, and that it is"
                " running."
            ) from error

    def quick(self, name: str, *args: Any, done: Callable[[Any, str], None]) -> None:
        """Run `learning.<module>:<function>` soon, without holding up the caller.

        Args:
            name: such as `learning.predict:classify`.
            args: plain values.
            done: called in another thread with `(result, "")`, or `(None, sentence)`.
        """
        from_page = threading.Thread(
            target=self._quick, args=(name, args, done), daemon=True, name=name
        )
        from_page.start()

    def _quick(self, name: str, args: tuple[Any, ...], done: Callable[[Any, str], None]) -> None:
        from petwidgets import worker

        try:
            result, problem = (
                self.client().submit(worker.call, name, *args, pure=False).result(),
                "",
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, the page has to say something
            result, problem = None, _sentence(error)
        done(result, problem)

    def train(self, run: Run, heard: Callable[[dict[str, Any]], None]) -> Training:
        """Queue a run's training.

        Args:
            run: in state `queued`.
            heard: called in another thread with each event, the last of which is `finished`,
                `stopped` or `failed`.
        """
        return Training(self, run, heard)

    def close(self) -> None:
        """End the connection, and the worker if it is this page's own."""
        with self._lock:
            parts, self._client, self._cluster = (self._client, self._cluster), None, None
        for part in parts:
            if part is not None:
                part.close()


def _demand_listener(address: str) -> None:
    """See that something listens there before a `Client` is made.

    One that can't connect raises while it is made, and what is left of it can hold up whichever
    thread the garbage collector finds it in for ten seconds.
    """
    scheme, _, place = address.rpartition("://")
    host, _, port = place.rpartition(":")
    if scheme not in ("", "tcp", "tls") or not host:
        raise ValueError(address)
    socket.create_connection((host.strip("[]"), int(port)), timeout=5).close()


def _sentence(error: BaseException) -> str:
    from distributed.client import FutureCancelledError
    from distributed.scheduler import KilledWorker

    if isinstance(error, Problem):
        return str(error)
    log.warning("work in the engine failed", exc_info=error)
    if isinstance(error, KilledWorker):
        return DIED
    if isinstance(error, FutureCancelledError | OSError):
        return GONE
    return f"The engine could not do this ({type(error).__name__}); the details are in the log."


class Training:
    """A training in the engine. What it says goes to `heard`, once it has ended nothing more."""

    def __init__(self, engine: Engine, run: Run, heard: Callable[[dict[str, Any]], None]) -> None:
        self.engine, self.run, self._heard = engine, run, heard
        # One at a time and in order, but never on the connection's own thread: a listener that
        # takes its time, or asks the engine something, would hold up all that arrives.
        self._telling = ThreadPoolExecutor(1, thread_name_prefix=f"events {run.id}")
        self._lock = threading.RLock()
        self._future: Any = None
        self._begun = self._ended = self._stopping = False
        threading.Thread(target=self._submit, daemon=True, name=f"train {run.id}").start()

    def _submit(self) -> None:
        from petwidgets import worker

        try:
            client = self.engine.client()
            client.subscribe_topic(self.run.id, lambda event: self._hear(event[1]))
            self._future = client.submit(
                worker.train, self.run.folder, pure=False, resources={"train": 1}
            )
            self._future.add_done_callback(self._done)
        except Exception as error:  # noqa: BLE001 - whatever it is, the page has to say something
            self._end("failed", problem=_sentence(error))
        if self._stopping:
            self.stop()

    def _hear(self, event: dict[str, Any]) -> None:
        with self._lock:
            if self._ended:
                return
            self._begun = True
            self._ended = event["event"] in ENDED
            # Dask adds who spoke; the run's own file does not say it.
            event = {key: value for key, value in event.items() if key != "worker"}
        self._tell(event)

    def _tell(self, event: dict[str, Any]) -> None:
        def tell() -> None:
            try:
                self._heard(event)
            except Exception:
                log.exception("an event of run %s was not taken well", self.run.id)

        self._telling.submit(tell)
        if self._ended:
            self._telling.shutdown(wait=False)

    def _done(self, future: Any) -> None:
        error = future.exception() if future.status == "error" else None
        future.release()  # what someone still holds is computed again when its worker dies
        # A finished training has said so itself; its last event may still be on its way.
        if future.status == "finished":
            return
        if error is not None and self._lost_in_queue(error):
            self._submit()
        elif self._stopping and not self._begun:
            self._end("stopped")
        else:
            self._end("failed", problem=GONE if error is None else _sentence(error))

    def _lost_in_queue(self, error: BaseException) -> bool:
        # A dying worker takes with it what waited for it; that work never began and may begin.
        from distributed.scheduler import KilledWorker

        waited = self.run.fresh().state == "queued" and not self._stopping
        return waited and isinstance(error, KilledWorker)

    def _end(self, state: str, **details: Any) -> None:
        """Say and write the end of a training that can't do so itself any more."""
        with self._lock:
            if self._ended:
                return
            self._ended = True
        event = {"event": state, **details}
        try:
            if self.run.fresh().state not in ENDED:
                self.run.update(state=state, **details)
                self.run.append(event)
        except Problem as problem:
            log.warning("the end of run %s could not be written: %s", self.run.id, problem)
        self._tell(event)

    def stop(self) -> None:
        """Ask it to end: at once if it waits, within about a second if it runs."""
        self._stopping = True
        if self._future is not None and not self._ended:
            threading.Thread(target=self._stop, daemon=True, name=f"stop {self.run.id}").start()

    def _stop(self) -> None:
        from petwidgets import worker

        if self._begun:
            self.engine.client().run(worker.request_stop, self.run.id, on_error="ignore")
        else:
            self._future.cancel()
