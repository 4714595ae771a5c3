"""The log: whoever makes pages write much fills no disk, and others write on when it is renamed."""

from __future__ import annotations

import io
import logging
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from petwidgets.common import logs
from petwidgets.common.logs import LONGEST, MOST_LINES, RotatingLog, keep_log, keep_output

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def said() -> Iterator[logging.Logger]:
    """A logger whose only handler writes `petwidgets.log`."""
    logger = logging.getLogger("petwidgets.tests.log")
    handler = RotatingLog("petwidgets.log")
    handler.setFormatter(logging.Formatter(logs.FORMAT))
    logger.addHandler(handler)
    logger.propagate = False
    yield logger
    logger.removeHandler(handler)
    handler.close()


def written(home: Path) -> str:
    return (home / "petwidgets.log").read_text("utf-8")


def test_a_message_takes_one_line_of_bounded_length(home: Path, said: logging.Logger) -> None:
    said.warning("a page sent %r", "A" * 10**7)
    said.warning("two\nlines \x1b[31m and a caf\udce9")
    first, second = written(home).splitlines()
    assert len(first) < LONGEST + 100
    assert r"two\nlines \x1b[31m and a caf" in second


def test_an_exception_holds_little_of_what_a_page_sent(home: Path, said: logging.Logger) -> None:
    def deep(n: int) -> None:
        if n:
            deep(n - 1)
        raise ValueError("B" * 10**6 + "\n" * 10**5)

    try:
        deep(200)
    except ValueError:
        said.exception("it failed")
    lines = written(home).splitlines()
    assert len(lines) <= MOST_LINES + 2
    assert max(map(len, lines)) < LONGEST + 100


def test_messages_of_a_minute_are_counted(
    home: Path, said: logging.Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr(logs.time, "monotonic", lambda: now)
    said.handlers[0].filters[0].__init__()  # type: ignore[misc] # its minute begins now
    for number in range(3 * logs.MOST_A_MINUTE):
        said.warning("message %d", number)
    assert len(written(home).splitlines()) == logs.MOST_A_MINUTE
    now += 61
    said.warning("the next")
    assert "(2,000 messages were left out.) the next" in written(home).splitlines()[-1]


def test_a_full_log_is_renamed_and_nothing_is_lost(
    home: Path, said: logging.Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "MOST_BYTES", 2000)
    for number in range(40):
        said.warning("message %d", number)
    old, new = (home / "petwidgets.log.1").read_text("utf-8"), written(home)
    numbers = [int(line.rpartition(" ")[2]) for line in (old + new).splitlines()]
    assert numbers == [*range(numbers[0], 40)]
    assert len(old) < 2200 > len(new)


CHILD = """
import logging, sys
from petwidgets.common import logs
logs.MOST_BYTES, logs.MOST_A_MINUTE = 100_000, 10**9
logs.keep_log()
for number in range(2000):
    logging.getLogger("petwidgets.child").warning("from %s: %d", sys.argv[1], number)
"""


def test_processes_that_write_at_once_rotate_together(home: Path) -> None:
    children = [
        subprocess.Popen([sys.executable, "-c", CHILD, str(n)], stderr=subprocess.DEVNULL)
        for n in range(4)
    ]
    assert [child.wait(100) for child in children] == [0] * 4
    sizes = [path.stat().st_size for path in home.glob("petwidgets.log*")]
    assert sum(sizes) < 350_000
    assert max(sizes) > 90_000  # no process renamed what another had just begun
    lines = [
        line for path in home.glob("petwidgets.log*[g1]") for line in path.read_text().splitlines()
    ]
    assert all("petwidgets.child: from " in line for line in lines)  # whole ones


def test_what_a_child_process_prints_is_bounded(home: Path) -> None:
    keep_output(io.BytesIO(b"first\n" + b"x" * 5000 + b"\n\xff\x1b\nlast"), "engine.log")
    lines = (home / "engine.log").read_text("utf-8").splitlines()
    assert (lines[0], lines[-1]) == ("first", "last")
    assert max(map(len, lines)) <= LONGEST
    assert "x1b" in lines[-2]


def test_a_child_process_is_read_where_nothing_can_be_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused(_name: str) -> None:
        raise PermissionError

    monkeypatch.setattr(logs, "RotatingLog", refused)
    stream = io.BytesIO(b"x" * 10_000)
    keep_output(stream, "engine.log")
    assert stream.read() == b""


@pytest.mark.parametrize("name", logs.OF_KERNELS)
def test_what_kernels_repeat_of_a_page_is_shortened(name: str) -> None:
    keep_log()
    record = logging.makeLogRecord({"name": name, "msg": "Unknown: %r", "args": ("A" * 10**6,)})
    assert logging.getLogger(name).filter(record)
    assert len(record.getMessage()) < LONGEST + 10


def test_what_a_widget_raises_goes_to_the_log_and_to_no_page(home: Path) -> None:
    raises = (
        "import logging; from petwidgets.common.logs import keep_log; keep_log();"
        "logging.getLogger('Comm').error('Exception in comm', exc_info=ValueError('/srv/secret'))"
    )
    done = subprocess.run([sys.executable, "-c", raises], capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"", b"")
    assert "ValueError: /srv/secret" in written(home)
