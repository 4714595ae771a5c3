"""What happened in a training, one JSON object a line, written as it happens."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, BinaryIO

from petwidgets import problem
from petwidgets.home import UNDECODABLE, bounded_int, complaints, folder_mode

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


SENTENCES = frozenset({"sentence", "problem"})
"""Of an event: what is said to people."""


def append(path: Path, event: Mapping[str, Any]) -> None:
    """Add one event; a reader meanwhile sees whole lines only.

    Raises:
        Problem: the disk is full.
    """
    line = (json.dumps(event, ensure_ascii=False) + "\n").encode("utf-8", UNDECODABLE)
    with complaints(path):
        path.touch(folder_mode() & 0o666)
    with complaints(path), path.open("ab+") as file:
        # A crash or a full disk may have cut the last line off: this one is not to join it.
        file.write(line if _line_is_whole(file) else b"\n" + line)


def read(path: Path, position: int = 0) -> tuple[list[dict[str, Any]], int]:
    """The events after a position in bytes, and the position after them.

    A last line cut off by a crash is left out; so is what can't be read.
    """
    try:
        with path.open("rb") as file:
            file.seek(position)
            written = file.read()
    except OSError:
        return [], position
    whole = written[: written.rfind(b"\n") + 1]
    # splitlines() would also split within names
    events = [event for line in whole.split(b"\n") if (event := _event(line)) is not None]
    return events, position + len(whole)


def _line_is_whole(file: BinaryIO) -> bool:
    if file.seek(0, os.SEEK_END) == 0:
        return True
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"


def _event(line: bytes) -> dict[str, Any] | None:
    try:
        event = json.loads(line.decode("utf-8", errors="replace"), parse_int=bounded_int)
    except (ValueError, RecursionError):
        return None
    if not isinstance(event, dict):
        return None
    for key in SENTENCES.intersection(event):
        if isinstance(event[key], str):
            event[key] = problem.wording(event[key])
    return event
