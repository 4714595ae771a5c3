"""Process a list of names in child processes, with progress.

It does not use a pool of the standard library, because daemonic workers may not have child
processes. Imports and crashes of a child do not affect its parent.
"""

import errno
import os
import queue
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from petwidgets.common import processes

TICK = 0.2  # seconds between two calls of `stop` and of `report`
SHARE = 30  # minimum of names for each process
MOST = 8  # maximum of processes
FAILED = "errno "  # a child's message, with the number, after an error of the system
MARK = "\x1epetwidgets\x1e"  # before a child's messages, because its imports may print, too

Lines = queue.SimpleQueue[str]


class StoppedError(Exception):
    """The caller asked to stop, and the children have ended."""


def share_out(
    command: Sequence[str],
    names: Sequence[str],
    report: Callable[[int, int], None],
    stop: Callable[[], bool],
    hear: Callable[[str], object] | None = None,
) -> None:
    """Run one child process per core (at most `MOST`), each with a share of the names.

    Args:
        command: reads names from its standard input, one per line, and processes them by `work`.
        names: the names to process.
        report: called with (done, in all) several times a second.
        stop: called as often; true kills the children.
        hear: called with each line of output, in the caller's thread, in any order.

    Raises:
        StoppedError: `stop` was true.
        OSError: a child reported it.
        RuntimeError: a child ended before its share was done.
    """
    lines, done, hear = Lines(), 0, hear or str
    with _children(command, names, lines) as listeners:
        report(0, len(names))
        while any(listener.is_alive() for listener in listeners) or not lines.empty():
            if stop():
                raise StoppedError
            done += _arrived(lines, hear)
            report(done, len(names))
    if done < len(names):
        raise RuntimeError(f"a child process ended early: {done} of {len(names)} done")


def _arrived(lines: Lines, hear: Callable[[str], object]) -> int:
    """Pass on and count the lines of one tick.

    Raises:
        OSError: a child reported it.
    """
    end, count = time.monotonic() + TICK, 0
    with suppress(queue.Empty):
        while (left := end - time.monotonic()) > 0:
            line = lines.get(timeout=left)
            if not line:  # a child has closed its output
                break
            if line.startswith(FAILED):
                number = int(line.removeprefix(FAILED))
                raise OSError(number, os.strerror(number))
            hear(line)
            count += 1
    return count


@contextmanager
def _children(
    command: Sequence[str], names: Sequence[str], lines: Lines
) -> Iterator[list[threading.Thread]]:
    shares = min(_cores(), -(-len(names) // SHARE))
    children: list[subprocess.Popen[str]] = []
    try:
        for _ in range(shares):
            children.append(_start(command))  # noqa: PERF401 - one may fail, and all are killed
        yield [_listener(child, names[i::shares], lines) for i, child in enumerate(children)]
    finally:
        for child in children:
            child.kill()  # they have nothing to save
        for child in children:
            child.wait()


def _cores() -> int:
    # The cores that this process may use: a container may have fewer than the machine.
    free = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(free or 1, MOST)


def _start(command: Sequence[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - our own interpreter and module
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,  # Ctrl-C in a terminal is handled by the parent
        env=processes.environment(),
    )


def _ask(child: subprocess.Popen[str], share: Sequence[str]) -> None:
    if child.stdin:
        with suppress(BrokenPipeError), child.stdin as stdin:  # a dead child is noticed later
            stdin.write("\n".join(share))


def _listener(child: subprocess.Popen[str], share: Sequence[str], lines: Lines) -> threading.Thread:
    # The thread also writes the names: a pipe blocks on a long share until its child reads.
    thread = threading.Thread(target=_attend, args=(child, share, lines), daemon=True)
    thread.start()
    return thread


def _attend(child: subprocess.Popen[str], share: Sequence[str], lines: Lines) -> None:
    _ask(child, share)
    if child.stdout:
        with child.stdout as stdout:
            for line in stdout:
                _, marked, answer = line.rstrip("\n").rpartition(MARK)
                if marked:
                    lines.put(answer)
    lines.put("")


def work(share: Sequence[str], do: Callable[[str], str | None]) -> int:
    """Process a share of names in a child process, and print a line for each.

    Args:
        share: the names.
        do: processes a name and returns the line to print; the name itself is printed for `None`.

    Returns:
        The exit status: 0 done; 1 a system call failed, or the parent has ended.
    """
    try:
        for name in share:
            line = do(name)
            _say(name if line is None else line)
    except BrokenPipeError:
        return 1
    except OSError as error:
        _say(f"{FAILED}{error.errno or errno.EIO}")
        return 1
    return 0


def _say(line: str) -> None:
    print(f"{MARK}{line}", flush=True)  # noqa: T201 - the parent reads it
