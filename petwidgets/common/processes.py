"""Start child processes of this interpreter, safe from scripts in the working folder.

`python -m` and `python -c` put the working folder in front of `sys.path`. A script there called
`random.py` would replace the standard library's in every child. Python 3.10 has no option against
it (`-P` is newer), so a child removes the folder from its path before it imports anything.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = str(Path(__file__).parents[2])
"""The folder that holds the package; a child needs it on its path in a checkout."""

PARENT = "PETWIDGETS_GO_WITH_PARENT"
"""Environment variable with the process id of the starter with which a process is to end."""

LEAN = {
    "MALLOC_TRIM_THRESHOLD_": "65536",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "GOMP_SPINCOUNT": "1000",
}
"""Environment variables of a child that has one thread for linear algebra, and returns free memory.

A training has more threads, which wait for each other at each layer. By default they wait by going
in circles for long, on a core that others need: 12 batches of lite0 beside another training took
3.8 s, and with a thousand circles at most 2.1 s; alone both take 0.87 s.

Dask's nanny sets the same for its worker, but for the circles. Our worker has no nanny, because a
nanny starts it by `-c`, with the working folder in front of the path."""

START = (
    "import sys; sys.path[:] = [*filter(None, sys.path), sys.argv.pop(1)]; import runpy;"
    " runpy.run_module(sys.argv.pop(1), run_name='__main__', alter_sys=True)"
)


def command(module: str, *arguments: str) -> list[str]:
    """Run a module as `python -m` does, without the working folder on its path."""
    return [sys.executable, "-c", START, HERE, module, *arguments]


def environment(**variables: str) -> dict[str, str]:
    """Return the environment for a child, and for the processes that it starts in turn.

    Args:
        variables: added to it.
    """
    combined = {**os.environ, "PYTHONSAFEPATH": "1", **variables}
    if paths := combined.get("PYTHONPATH"):
        # An empty entry, as in `PYTHONPATH=$PYTHONPATH:/x` by mistake, means the working folder.
        combined["PYTHONPATH"] = os.pathsep.join(filter(None, paths.split(os.pathsep)))
    return combined


def run(
    module: str, *arguments: str, seconds: float, **variables: str
) -> subprocess.CompletedProcess[bytes]:
    """Run a module as `python -m` does, until it ends; it ends soon after this process, too.

    Args:
        module: name of the module.
        arguments: its arguments.
        seconds: how long it may take.
        variables: added to its environment.

    Raises:
        subprocess.TimeoutExpired: it took longer, and was killed.
        OSError: it can't be started.
    """
    return subprocess.run(  # noqa: S603 - our own interpreter and module
        command("petwidgets.common.child", module, *arguments),
        check=False,
        capture_output=True,
        timeout=seconds,
        env=environment(**variables, **{PARENT: str(os.getpid())}),
    )


def go_with_parent(end: Callable[[], object], starter: str = "") -> None:
    """Call `end` in a thread soon after this process' parent has ended, for whatever reason.

    Args:
        end: function that ends this process.
        starter: what `PARENT` says; empty where it says nothing. This process is to end with that
            one, too, which may be its parent's parent, as of a worker with a nanny. And it may have
            ended while this process still imported its modules, which has another parent then.
    """
    parent = os.getppid()

    def watch() -> None:
        never = threading.Event()
        while os.getppid() == parent and not (starter and has_ended(int(starter))):
            never.wait(1)
        end()

    threading.Thread(target=watch, daemon=True, name="go-with-parent").start()


def has_ended(number: int) -> bool:
    """Whether there is no process of this id, or only its exit status is left."""
    import psutil  # type: ignore[import-untyped]

    try:
        return bool(psutil.Process(number).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def end(process: subprocess.Popen[bytes], patience: float) -> None:
    """Terminate a child, and kill it if it does not end in time.

    Args:
        process: the child.
        patience: seconds that it may take.
    """
    process.terminate()
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def hide_option(option: str, value: str, variable: str) -> None:
    """Restart this process with an option's value in the environment instead of its arguments.

    `ps` shows arguments to every account of the machine. Nothing happens if the value is not among
    the arguments.

    Args:
        option: such as `--token`; it may have been abbreviated.
        value: as it was given.
        variable: the environment variable.
    """
    arguments: list[str] = []
    given = iter(sys.orig_argv[1:])
    for argument in given:
        name, _, joined = argument.partition("=")
        shortened = name.startswith("--") and len(name) > len("--") and option.startswith(name)
        if not shortened:
            arguments.append(argument)
        elif (joined or next(given, "")) != value:
            return
    if len(arguments) < len(sys.orig_argv) - 1:
        os.execve(sys.executable, [sys.executable, *arguments], {**os.environ, variable: value})  # noqa: S606
