"""The dashboard for a class or the public: Voila in front, one engine behind."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from petwidgets.engine import LOCAL, Engine, local_cluster
from petwidgets.problem import Problem
from petwidgets.runs import SHIPPED_ID, RunStore

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS_TO_START = 60
IDLE_SECONDS = 600
"""A kernel that nobody is connected to is ended after this; Voila's own way out does not work,
since the browser's last request lacks a token that the server wants."""


def serve(host: str, port: int, token: str, engine: str, base_url: str) -> int:
    """Serve until Ctrl-C or a termination; returns Voila's exit status.

    Args:
        host: the address to listen on.
        port: the port; taken already, it is a problem.
        token: what visitors must give; empty for none.
        engine: a scheduler's address; empty to start one here.
        base_url: the path under which a proxy shows the page, such as /pets/.

    Raises:
        Problem: the port is taken, Voila is missing, or it does not start.
    """
    _demand_free(host, port)
    base_url = f"/{base_url.strip('/')}/".replace("//", "/")
    with ExitStack() as stack:
        engine = engine or os.environ.get("PETWIDGETS_ENGINE", LOCAL)
        if engine == LOCAL:
            cluster = stack.enter_context(local_cluster())
            engine = cluster.scheduler_address
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="petwidgets-"))
        notebook = shutil.copy(_notebook(), folder)
        command = [sys.executable, "-m", "voila", notebook]
        command += _options(host, port, token, base_url)
        voila = subprocess.Popen(command, env={**os.environ, "PETWIDGETS_ENGINE": engine})  # noqa: S603 - our own arguments
        stack.callback(_end, voila)
        _await(voila, host, port)
        _say(f"petwidgets: http://{host}:{port}{base_url}{f'?token={token}' if token else ''}")
        threading.Thread(target=_warm, args=(engine,), daemon=True).start()
        return _wait(voila)


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def _wait(voila: subprocess.Popen[bytes]) -> int:
    def end(_number: int, _frame: Any) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):  # SIGINT too: in the background it is ignored
        signal.signal(number, end)
    try:
        return voila.wait()
    except KeyboardInterrupt:
        return 0


def _demand_free(host: str, port: int) -> None:
    try:
        with socket.create_server((host, port)):
            pass
    except OSError as error:
        raise Problem(
            f"{host}:{port} can't be listened on ({error.strerror}): choose another with --port."
        ) from error


def _notebook() -> Path:
    # In an installed package it lies inside; in a checkout, at the top.
    inside = Path(__file__).with_name("app.ipynb")
    return inside if inside.is_file() else Path(__file__).parents[1] / "app.ipynb"


def _options(host: str, port: int, token: str, base_url: str) -> Iterator[str]:
    # The folder that is served holds the notebook alone: Voila shows pictures in it to anybody.
    yield from ("--no-browser", f"--Voila.ip={host}", f"--port={port}")
    yield f"--Voila.base_url={base_url}"
    yield f"--MappingKernelManager.cull_idle_timeout={IDLE_SECONDS}"
    yield "--MappingKernelManager.cull_interval=60"
    yield "--MappingKernelManager.cull_connected=False"
    yield "--VoilaConfiguration.show_tracebacks=False"
    if token:
        yield f"--token={token}"


def _await(voila: subprocess.Popen[bytes], host: str, port: int) -> None:
    end = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < end and voila.poll() is None:
        with suppress(OSError), socket.create_connection((host, port), timeout=1):
            return
        time.sleep(0.1)
    raise Problem("Voila did not start: what it printed above says why; is petwidgets[app] there?")


def _warm(engine: str) -> None:
    """So that no visitor waits for the import of fastai."""
    heard = threading.Event()
    Engine(engine).quick(
        "learning.predict:warm", RunStore().get(SHIPPED_ID), done=lambda *_: heard.set()
    )
    heard.wait()


def _end(voila: subprocess.Popen[bytes]) -> None:
    if voila.poll() is None:
        voila.terminate()
        try:
            voila.wait(10)
        except subprocess.TimeoutExpired:
            voila.kill()
            voila.wait()
