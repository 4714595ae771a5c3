"""Process a list of names in child processes, with progress.

This is no pool of the standard library, because a daemonic worker may not have one. Imports and
crashes of a child do not affect its parent.
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

TICK = 0.2  # seconds between two looks at `stop` and two calls of `report`
SHARE = 30  # names that are worth a process of their own
MOST = 8  # processes
FAILED = "errno "  # what a child says, with the number, when the system refuses it something
MARK = "\x1epetwidgets\x1e"  # before what a child says: whatever it imports may print, too

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
    """Runs the command as often as there are cores, each with a share of the names.

    Args:
        command: reads names, one a line, from its standard input, and does them by `work`.
        names: what is to be done.
        report: called with (done, in all) several times a second.
        stop: asked as often; true kills the children.
        hear: called with each line, in the caller's thread, in no order.

    Raises:
        StoppedError: `stop` was true.
        OSError: a child met with it.
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
    """Hands on and counts the lines of one tick; raises what a child met with."""
    end, count = time.monotonic() + TICK, 0
    with suppress(queue.Empty):
        while (left := end - time.monotonic()) > 0:
            line = lines.get(timeout=left)
            if not line:  # a child has closed its end
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
            child.kill()  # they hold nothing that needs saving
        for child in children:
            child.wait()


def _cores() -> int:
    # What this process may use, not what the machine has: they differ in a container.
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
        start_new_session=True,  # Ctrl-C in a terminal is the parent's to answer
        env=processes.environment(),
    )


def _ask(child: subprocess.Popen[str], share: Sequence[str]) -> None:
    if child.stdin:
        with suppress(BrokenPipeError), child.stdin as stdin:  # a dead child is noticed later
            stdin.write("\n".join(share))


def _listener(child: subprocess.Popen[str], share: Sequence[str], lines: Lines) -> threading.Thread:
    # Asking, too: a pipe holds only a part of a long share until its child has started and reads.
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
    """The child's side: does each of its share, a line for each.

    Args:
        share: the names.
        do: what to do with one; the parent hears the line that it returns, or the name for `None`.

    Returns:
        The exit status: 0 done; 1 a system call failed, or the parent has gone.
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
