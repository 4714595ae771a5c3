"""Serve the dashboard to a class or the public: Voila in front, one engine behind."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import socket
import sys
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from petwidgets.common import arrivals, leftovers, processes
from petwidgets.common.errors import Missing, Problem
from petwidgets.common.paths import OTHERS, folder_mode, home, write_json
from petwidgets.data import sources
from petwidgets.engine.client import LOCAL, Engine
from petwidgets.engine.supervisor import supervised_engine
from petwidgets.jobs import classify as jobs
from petwidgets.runs.run import SHIPPED_ID
from petwidgets.runs.store import RunStore
from petwidgets.server import login_key
from petwidgets.server.address import TOKEN, Address
from petwidgets.server.capacity import Limits
from petwidgets.server.keeper import kept_alive, say
from petwidgets.session.store import DAYS, FEWEST_DAYS, MOST_DAYS, VisitStore

if TYPE_CHECKING:
    from collections.abc import Iterator

log = logging.getLogger(__name__)

SECONDS_TO_START = 60
PING_MILLISECONDS = 30_000
SILENT_MILLISECONDS = 60_000
"""After this time without an answered ping a page counts as disconnected."""

PREHEATED = 2
"""Kernels that wait for visitors with the page built already; 30 MB each."""

MESSAGE_BYTES = 4_000_000
"""The largest message that a page may send; an upload comes in pieces of half a megabyte."""

COOKIES = {"samesite": "Lax"}
"""Browsers do not send these cookies with requests of other sites' pages, except through a link."""

SECONDS_BETWEEN_SWEEPS = 3600

TEMPLATES = Path(__file__).parents[1] / "jupyter"
"""Voila's template of the page; an installed package has it in `share/jupyter`, too."""


def serve(
    place: Address, *, engine: str = "", days: float = DAYS, limits: Limits | None = None
) -> int:
    """Serve until Ctrl-C, a termination or a hang-up; return 0, or Voila's status if it failed.

    If the address is its owner's (`Address.is_owners`), a page opened on this machine is the
    owner's, too: it may read any folder that the owner may, and sees all runs of the home. Every
    other page is a visitor's. `PETWIDGETS_VISITORS` makes all pages the owner's (0) or visitors'
    (1).

    Args:
        place: where to listen, and who may connect.
        engine: a scheduler's address; empty to start one here.
        days: days after the last visit until a visitor's runs and session are removed.
        limits: limits of the pages; by default what this machine can give.

    Raises:
        Problem: as `Address.check`, Voila is missing, or it does not start; or a number is out of
            range.
    """
    if not FEWEST_DAYS <= days <= MOST_DAYS:
        raise Problem(
            f"--keep-days is a number of days from {FEWEST_DAYS:.2f}, an hour, to {MOST_DAYS:,},"
            f" such as {DAYS:g}."
        )
    if find_spec("voila") is None:
        raise Missing("voila", "app")
    place.check()
    os.environ.pop(TOKEN, None)  # child processes need not know it
    os.umask(OTHERS & ~folder_mode())  # for the files of all the server's processes
    with _until_ended() as over, ExitStack() as stack:
        engine = engine or os.environ.get("PETWIDGETS_ENGINE", LOCAL)
        if engine == LOCAL:
            engine = stack.enter_context(supervised_engine())
        folder, settings, owners = (stack.enter_context(leftovers.workplace()) for _ in range(3))
        served = str(shutil.copy(notebook(), folder))
        write_json(settings / "voila.json", _settings(place))
        options = _options(place, limits)
        command = processes.command("petwidgets.server.voila_app", served, *options)
        command.append(f"--Voila.config_file_paths={settings}")
        environment = _environment(engine)
        environment[arrivals.VARIABLE] = str(owners) if place.is_owners else ""
        keeper = stack.enter_context(kept_alive(command, environment, over))
        if not _listens(place, over):
            return keeper.status
        _say_addresses(place)
        for chore in (lambda: _warm(engine), _draw, lambda: _sweep(days)):
            threading.Thread(target=chore, daemon=True).start()
        over.wait()
        return keeper.status


def _say_addresses(place: Address) -> None:
    """Print where the page is, with the token only at a terminal: not in a file or a log."""
    own, *others = place.urls(place.token and (place.token if sys.stderr.isatty() else "..."))
    say(f"petwidgets: {own}")
    for url in others:
        say(f"petwidgets: {url} for other machines")


@contextmanager
def _until_ended() -> Iterator[threading.Event]:
    """Yield an event that Ctrl-C, a termination or a hang-up sets."""
    over = threading.Event()

    def set_it(_number: int, _frame: Any) -> None:
        over.set()

    # SIGINT, too, because a background process ignores it. A closing terminal sends SIGHUP.
    numbers = (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM))
    before = {number: signal.signal(number, set_it) for number in numbers}
    try:
        yield over
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def notebook() -> Path:
    """The notebook that is served."""
    # In an installed package it lies inside; in a checkout, at the top.
    inside = Path(__file__).parents[1] / "app.ipynb"
    return inside if inside.is_file() else Path(__file__).parents[2] / "app.ipynb"


def _options(place: Address, limits: Limits | None = None) -> Iterator[str]:
    # The served folder holds the notebook only, because Voila shows pictures in it to anybody.
    yield from ("--no-browser", f"--Voila.ip={place.host}", f"--port={place.port}")
    yield f"--Voila.base_url={place.base}"
    yield "--VoilaConfiguration.template=petwidgets"
    yield "--VoilaConfiguration.allow_template_override=NO"
    yield "--VoilaConfiguration.allow_theme_override=NO"
    yield "--VoilaConfiguration.preheat_kernel=True"
    yield f"--pool_size={PREHEATED}"
    yield from (limits or Limits()).options()
    yield "--VoilaConfiguration.show_tracebacks=False"
    yield "--VoilaConfiguration.multi_kernel_manager_class=petwidgets.server.kernels.PageKernels"
    yield "--Voila.kernel_websocket_connection_class=petwidgets.server.websocket.PageConnection"


def _environment(engine: str) -> dict[str, str]:
    """Environment of Voila and its kernels, with absolute paths: kernels run in another folder."""
    jupyter = [str(TEMPLATES), *filter(None, [os.environ.get("JUPYTER_PATH")])]
    own = os.environ.get("PETWIDGETS_DATA", "")
    return processes.environment(
        PETWIDGETS_ENGINE=engine,
        PETWIDGETS_HOME=str(home().absolute()),
        PETWIDGETS_DATA=str(Path(own).absolute()) if Path(own).is_dir() and own else own,
        JUPYTER_PATH=os.pathsep.join(jupyter),
    )


def _settings(place: Address) -> dict[str, Any]:
    """Settings of Voila that `ps` must not show, or that can't be written as options."""
    tornado = {
        "websocket_max_message_size": MESSAGE_BYTES,
        # All lessons take 130 kB, not 152 as with level 3; Plotly takes 0.14 s, not 0.07.
        "websocket_compression_options": {"compression_level": 6},
        "xsrf_cookie_kwargs": COOKIES,
        "ws_ping_interval": PING_MILLISECONDS,
        "ws_ping_timeout": SILENT_MILLISECONDS,
    }
    own = {"hosts": place.hosts, "secret": login_key.secret(place.token)}
    return {
        "Voila": {"tornado_settings": tornado, "token": place.token},
        "PageServer": own,
        "IdentityProvider": {"cookie_options": COOKIES},
    }


def _listens(place: Address, over: threading.Event) -> bool:
    """Wait until Voila listens; return False if the server was stopped before.

    Raises:
        Problem: it does not listen in time.
    """
    late = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < late and not over.is_set():
        with suppress(OSError), socket.create_connection((place.own_host, place.port), timeout=1):
            return True
        over.wait(0.1)
    if over.is_set():
        return False
    raise Problem("Voila did not start: what it printed above says why; is petwidgets[app] there?")


def _warm(engine: str) -> None:
    """Make the engine import fastai, so that no visitor waits for it."""
    tried, problem = Engine(engine), None
    late = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < late:  # it may still be starting
        problem = tried.quick(jobs.warm, RunStore().get(SHIPPED_ID)).exception()
        if problem is None:
            break
        time.sleep(0.5)
    if problem:
        log.warning("the engine was not warmed: %s", problem)
    tried.close()


def _draw() -> None:
    """Draw the sample with low priority, so that thirty visitors don't draw it at the same time."""
    if sys.platform == "linux":  # elsewhere nice affects more than this thread and its children
        os.nice(10)
    try:
        sources.prepare(sources.SAMPLE)
    except Problem as problem:
        log.warning("the sample was not drawn: %s", problem)


def _sweep(days: float) -> None:
    never = threading.Event()
    while True:
        try:
            leftovers.sweep()
            removed = VisitStore().sweep(RunStore(), days)
            log.info("visitors' runs removed after %g days: %s", days, removed or "none")
        except Exception:  # else no sweep would follow, and the next may succeed
            log.exception("the sweep broke off")
        never.wait(SECONDS_BETWEEN_SWEEPS)
