"""Child processes that share a list of names, and say so as each one is done.

Not a process pool: the drawing may run inside a daemonic worker, which may have no pool's children.
"""

import errno
import os
import queue
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

TICK = 0.2  # seconds between two looks at `stop` and two calls of `report`
SHARE = 30  # names that are worth a process of their own
MOST = 8  # processes
FAILED = "errno "  # what a child prints, with the number, when the system refuses it something

Lines = queue.SimpleQueue[str]


class StoppedError(Exception):
    """The caller asked for the end; the children have ended."""


def share_out(
    command: Sequence[str],
    names: Sequence[str],
    report: Callable[[int, int], None],
    stop: Callable[[], bool],
) -> None:
    """Runs the command as often as there are cores, each with a share of the names.

    Args:
        command: reads names, one a line, from its standard input, and prints a line for each one
            that is done; or a line `errno N`, and gives up.
        names: what is to be done.
        report: called with (done, in all) several times a second.
        stop: asked as often; true kills the children.

    Raises:
        StoppedError: `stop` was true.
        OSError: a child met with it.
        RuntimeError: a child ended before its share was done.
    """
    lines, done = Lines(), 0
    with _children(command, names, lines) as listeners:
        report(0, len(names))
        while any(listener.is_alive() for listener in listeners) or not lines.empty():
            if stop():
                raise StoppedError
            done += _arrived(lines)
            report(done, len(names))
    if done < len(names):
        raise RuntimeError(f"a child process ended early: {done} of {len(names)} done")


def _arrived(lines: Lines) -> int:
    """Counts the lines of one tick; raises what a child met with."""
    end, count = time.monotonic() + TICK, 0
    with suppress(queue.Empty):
        while (left := end - time.monotonic()) > 0:
            line = lines.get(timeout=left)
            if not line:  # a child has closed its end
                break
            if line.startswith(FAILED):
                number = int(line.removeprefix(FAILED))
                raise OSError(number, os.strerror(number))
            count += 1
    return count


@contextmanager
def _children(
    command: Sequence[str], names: Sequence[str], lines: Lines
) -> Iterator[list[threading.Thread]]:
    shares = min(_cores(), -(-len(names) // SHARE))
    children: list[subprocess.Popen[str]] = []
    try:
        for i in range(shares):
            children.append(_start(command))
            _ask(children[-1], names[i::shares])
        yield [_listener(child, lines) for child in children]
    finally:
        for child in children:
            child.kill()  # they hold nothing that needs saving
        for child in children:
            child.wait()


def _cores() -> int:
    # What this process may use, not what the machine has: they differ in a container.
    free = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(free or 1, MOST)


def _start(command: Sequence[str]) -> subprocess.Popen[str]:
    here = str(Path(__file__).parents[3])  # so that it also runs from a checkout
    paths = [here, *filter(None, [os.environ.get("PYTHONPATH")])]
    return subprocess.Popen(  # noqa: S603 - our own interpreter and module
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
    )


def _ask(child: subprocess.Popen[str], share: Sequence[str]) -> None:
    if child.stdin:
        with suppress(BrokenPipeError), child.stdin as asked:  # a dead child is noticed later
            asked.write("\n".join(share))


def _listener(child: subprocess.Popen[str], lines: Lines) -> threading.Thread:
    thread = threading.Thread(target=_listen, args=(child, lines), daemon=True)
    thread.start()
    return thread


def _listen(child: subprocess.Popen[str], lines: Lines) -> None:
    if child.stdout:
        with child.stdout as said:
            for line in said:
                lines.put(line)
    lines.put("")


def work(share: Sequence[str], do: Callable[[str], None]) -> int:
    """The child's side: does each of its share, a line for each.

    Args:
        share: the names.
        do: what to do with one.

    Returns:
        The exit status: 0 done; 1 the system refused something, or nobody listens any more.
    """
    try:
        for name in share:
            do(name)
            print(name, flush=True)  # noqa: T201 - the parent reads it
    except BrokenPipeError:
        return 1
    except OSError as error:
        print(f"{FAILED}{error.errno or errno.EIO}", flush=True)  # noqa: T201 - as above
        return 1
    return 0
