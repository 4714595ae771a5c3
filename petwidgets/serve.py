"""The dashboard for a class or the public: Voila in front, one engine behind."""

from __future__ import annotations

import errno
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from petwidgets import arrivals, leftovers, processes
from petwidgets.data import dataset as datasets
from petwidgets.engine import LOCAL, Engine
from petwidgets.home import OTHERS, folder_mode, home, write_json
from petwidgets.problem import Missing, Problem
from petwidgets.runs import SHIPPED_ID, RunStore
from petwidgets.supervised import end, supervised_engine
from petwidgets.visits import DAYS, FEWEST_DAYS, MOST_DAYS, VisitStore

if TYPE_CHECKING:
    from collections.abc import Iterator

log = logging.getLogger(__name__)

SECONDS_TO_START = 60
LAST_PORT = 65_535
NO_ADDRESS = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
IDLE_SECONDS = 180
"""A kernel that nobody is connected to is ended after this; its page comes back to where it was.
Voila's own way out does not work, since the browser's last request lacks a token."""

SECONDS_BETWEEN_CULLS = 30

PREHEATED = 2
"""Kernels that wait for visitors with the page built already; 80 MB each."""

MESSAGE_BYTES = 4_000_000
"""The largest message that a page may send; an upload comes in pieces of half a megabyte."""

SECONDS_BETWEEN_SWEEPS = 3600

TEMPLATES = Path(__file__).with_name("jupyter")
"""Voila's template of the page; an installed package has it in `share/jupyter`, too."""


def serve(
    host: str,
    port: int,
    *,
    token: str = "",
    engine: str = "",
    base_url: str = "/",
    days: float = DAYS,
) -> int:
    """Serve until Ctrl-C or a termination; returns Voila's exit status.

    On this machine alone (`serves_its_owner`) a page that is opened here is its owner's: it may
    read any folder that the owner may, and sees all runs of the home. Every other page is a
    visitor's. `PETWIDGETS_VISITORS` (0 or 1) has all pages be the one or the other.

    Args:
        host: the address to listen on.
        port: the port; taken already, it is a problem.
        token: what visitors must give; empty for none.
        engine: a scheduler's address; empty to start one here.
        base_url: the path under which a proxy shows the page, such as /pets/.
        days: a visitor's runs and session are removed so long after the last visit.

    Raises:
        Problem: the port is taken, Voila is missing, or it does not start; or a number is out of
            range.
    """
    if not FEWEST_DAYS <= days <= MOST_DAYS:
        raise Problem(
            f"--keep-days is a number of days from {FEWEST_DAYS:.2f}, an hour, to {MOST_DAYS:,},"
            f" such as {DAYS:g}."
        )
    if find_spec("voila") is None:
        raise Missing("voila", "app")
    _demand_free(host, port)
    base_url = f"/{base_url.strip('/')}/".replace("//", "/")
    os.umask(OTHERS & ~folder_mode())  # what any process of the server writes
    with ExitStack() as stack:
        engine = engine or os.environ.get("PETWIDGETS_ENGINE", LOCAL)
        if engine == LOCAL:
            engine = stack.enter_context(supervised_engine())
        folder = stack.enter_context(leftovers.workplace())
        notebook = shutil.copy(_notebook(), folder)
        command = processes.command("voila", str(notebook), *_options(host, port, token, base_url))
        settings = stack.enter_context(leftovers.workplace())
        environment = {**_environment(engine), arrivals.VARIABLE: ""}
        if serves_its_owner(host, token, base_url):
            environment[arrivals.VARIABLE] = str(stack.enter_context(leftovers.workplace()))
        write_json(settings / "voila.json", _settings())
        command.append(f"--Voila.config_file_paths={settings}")
        voila = subprocess.Popen(command, env=environment)  # noqa: S603 - our own arguments
        stack.callback(end, voila)
        _await(voila, host, port)
        _say(f"petwidgets: http://{host}:{port}{base_url}{f'?token={token}' if token else ''}")
        for chore in (lambda: _warm(engine), _draw, lambda: _sweep(days)):
            threading.Thread(target=chore, daemon=True).start()
        return _wait(voila)


def serves_its_owner(host: str, token: str, base_url: str) -> bool:
    """Whether a server is for whoever started it: by its address nobody else reaches it.

    A token is to be given to others, and a base URL is a proxy's: both mean visitors. Where other
    people have accounts on the machine give a token, for they reach its own address, too.

    Args:
        host: the address that it listens on.
        token: empty for none.
        base_url: `/` where no proxy shows the page under a path of its own.
    """
    return arrivals.is_loopback(host) and not token and base_url == "/"


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def _wait(voila: subprocess.Popen[bytes]) -> int:
    def interrupt(_number: int, _frame: Any) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):  # SIGINT too: in the background it is ignored
        signal.signal(number, interrupt)
    try:
        return voila.wait()
    except KeyboardInterrupt:
        return 0


def _demand_free(host: str, port: int) -> None:
    if not 0 < port <= LAST_PORT:
        raise Problem(f"{port} is no port: give --port a number from 1 to {LAST_PORT}.")
    if not host:
        raise Problem("--host is empty: give an address of this machine, such as 127.0.0.1.")
    try:
        with socket.create_server((host, port)):
            pass
    except (OSError, ValueError) as error:  # ValueError: a name that none can have
        number = getattr(error, "errno", None) or 0
        if number <= 0 or number in NO_ADDRESS:
            raise Problem(f"{host!r} is no address of this machine: correct --host.") from error
        raise Problem(
            f"{host}:{port} can't be listened on ({os.strerror(number)}): choose another with"
            " --port."
        ) from error


def _notebook() -> Path:
    # In an installed package it lies inside; in a checkout, at the top.
    inside = Path(__file__).with_name("app.ipynb")
    return inside if inside.is_file() else Path(__file__).parents[1] / "app.ipynb"


def _options(host: str, port: int, token: str, base_url: str) -> Iterator[str]:
    # The folder that is served holds the notebook alone: Voila shows pictures in it to anybody.
    yield from ("--no-browser", f"--Voila.ip={host}", f"--port={port}")
    yield f"--Voila.base_url={base_url}"
    yield "--VoilaConfiguration.template=petwidgets"
    yield "--VoilaConfiguration.preheat_kernel=True"
    yield f"--pool_size={PREHEATED}"
    yield f"--MappingKernelManager.cull_idle_timeout={IDLE_SECONDS}"
    yield f"--MappingKernelManager.cull_interval={SECONDS_BETWEEN_CULLS}"
    yield "--MappingKernelManager.cull_connected=False"
    yield "--VoilaConfiguration.show_tracebacks=False"
    yield "--Voila.kernel_websocket_connection_class=petwidgets.connection.PageConnection"
    if token:
        yield f"--token={token}"


def _environment(engine: str) -> dict[str, str]:
    """What Voila and its kernels are told; a kernel works in another folder."""
    jupyter = [str(TEMPLATES), *filter(None, [os.environ.get("JUPYTER_PATH")])]
    own = os.environ.get("PETWIDGETS_DATA", "")
    return processes.environment(
        PETWIDGETS_ENGINE=engine,
        PETWIDGETS_HOME=str(home().absolute()),
        PETWIDGETS_DATA=str(Path(own).absolute()) if Path(own).is_dir() and own else own,
        JUPYTER_PATH=os.pathsep.join(jupyter),
    )


def _settings() -> dict[str, Any]:
    # Voila asks for a token at /login, but sends people to a login below the base URL: there is
    # none, and the browser would go round in circles.
    tornado = {
        "websocket_max_message_size": MESSAGE_BYTES,
        # 130 kB of all lessons instead of 152 with level 3; for Plotly 0.14 s, not 0.07.
        "websocket_compression_options": {"compression_level": 6},
        "login_url": "/login",
    }
    return {"Voila": {"tornado_settings": tornado}}


def _await(voila: subprocess.Popen[bytes], host: str, port: int) -> None:
    late = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < late and voila.poll() is None:
        with suppress(OSError), socket.create_connection((host, port), timeout=1):
            return
        time.sleep(0.1)
    raise Problem("Voila did not start: what it printed above says why; is petwidgets[app] there?")


def _warm(engine: str) -> None:
    """So that no visitor waits for the import of fastai."""
    heard, problem = threading.Event(), "not asked yet"

    def done(_result: Any, said: str) -> None:
        nonlocal problem
        problem = said
        heard.set()

    tried = Engine(engine)
    late = time.monotonic() + SECONDS_TO_START
    while problem and time.monotonic() < late:  # it may still be starting
        heard.clear()
        tried.quick("learning.predict:warm", RunStore().get(SHIPPED_ID), done=done)
        heard.wait()
        time.sleep(0.5 if problem else 0)
    if problem:
        log.warning("the engine was not warmed: %s", problem)
    tried.close()


def _draw() -> None:
    """So that thirty visitors don't draw the same sample at the same time."""
    try:
        datasets.prepare(datasets.SAMPLE)
    except Problem as problem:
        log.warning("the sample was not drawn: %s", problem)


def _sweep(days: float) -> None:
    never = threading.Event()
    while True:
        try:
            leftovers.sweep()
            removed = VisitStore().sweep(RunStore(), days)
            log.info("visitors' runs removed after %g days: %s", days, removed or "none")
        except Exception:  # the next one may do better, and none would be for ever
            log.exception("the sweep broke off")
        never.wait(SECONDS_BETWEEN_SWEEPS)
