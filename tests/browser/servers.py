"""Servers in processes of their own, which end with the block that they are used in."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
from eventually import words_of
from filelock import FileLock

from petwidgets.common import processes
from petwidgets.data.synthetic.sample import VERSION, draw_sample

if TYPE_CHECKING:
    from collections.abc import Iterator

TOP = Path(__file__).parents[2]
SAMPLE = Path()
"""Where the first server draws the sample for all."""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@contextmanager
def serving(
    command: list[str],
    ready: str,
    home: Path,
    offered: Path | None = None,
    cwd: Path = TOP,
    *,
    ends: bool = False,
    **variables: str,
) -> Iterator[subprocess.Popen[str]]:
    """A server until the end of the block, from the line on that says it is ready.

    With `ends` the block ends it.
    """
    kept = home / "cache" / f"drawn-{VERSION}"
    if not kept.exists():  # each server would else draw for 40 seconds of a core
        with FileLock(SAMPLE.with_suffix(".lock")):
            draw_sample(SAMPLE)
        shutil.copytree(SAMPLE, kept, copy_function=os.link)
    # Settings of one's own: Lab keeps its layout among them, and two tests would share one.
    settings = {"PETWIDGETS_HOME": str(home), "JUPYTER_CONFIG_DIR": str(home / "jupyter")}
    environment = {**os.environ, **settings, **variables}
    if offered is not None:
        environment["PETWIDGETS_DATA"] = str(offered)
    server = subprocess.Popen(
        processes.command(*command),
        cwd=cwd,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    lines: list[str] = []
    heard = threading.Event()

    def listen() -> None:
        assert server.stderr is not None
        for line in server.stderr:
            lines.append(line)
            if ready in line:
                heard.set()
        heard.set()

    threading.Thread(target=listen, daemon=True).start()
    children: list[psutil.Process] = []
    try:
        assert heard.wait(90), "".join(lines)
        assert server.poll() is None, "".join(lines)
        yield server
        children = [] if ends else psutil.Process(server.pid).children(recursive=True)
    finally:
        server.terminate()
        server.wait(30)
    _, left = psutil.wait_procs(children, timeout=20)
    assert not left, f"the server left processes behind: {[*map(words_of, left)]}"


@dataclass(frozen=True)
class Server:
    """`petwidgets serve`."""

    url: str
    pid: int
    home: Path

    def processes(self, *words: str) -> list[psutil.Process]:
        """Those of its processes whose command has all of these words."""
        found = psutil.Process(self.pid).children(recursive=True)
        return [one for one in found if all(w in " ".join(words_of(one)) for w in words)]
