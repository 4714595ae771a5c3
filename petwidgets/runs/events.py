"""The event log of a training: one JSON object a line."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, BinaryIO

from petwidgets.common import errors
from petwidgets.common.json_types import (
    LARGEST_COUNT,
    are_numbers,
    are_three,
    is_amount,
    is_count,
    is_number,
    is_sentence,
    is_share,
    is_word,
)
from petwidgets.common.paths import UNDECODABLE, complaints, folder_mode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Event = Mapping[str, Any]
"""One thing that happened: `event`, its kind, and what that kind tells; `t` in seconds."""

MOST_GROUPS = 100
"""Layer groups of a network; fastai makes two or three."""

GROUP = {
    **dict.fromkeys(("first", "last"), is_word),
    **dict.fromkeys(("parameters", "trained", "norms", "norms_trained"), is_count),
}
"""What is told of a layer group."""


def _are_groups(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= MOST_GROUPS and all(map(_is_group, value))


def _is_group(value: Any) -> bool:
    return isinstance(value, dict) and all(fits(value.get(key)) for key, fits in GROUP.items())


def _are_points(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_point, value))


def _is_point(value: Any) -> bool:
    """A rate, and the loss there unless that was no number."""
    if not isinstance(value, list) or len(value) != 2:  # noqa: PLR2004
        return False
    rate, loss = value
    return is_number(rate) and (loss is None or is_number(loss))


def _are_hints(value: Any) -> bool:
    return isinstance(value, dict) and all(map(is_number, value.values()))


EVENT: dict[str, Callable[[Any], bool]] = {
    **dict.fromkeys(("event", "stage", "recipe"), is_word),
    **dict.fromkeys(("sentence", "problem"), is_sentence),
    **dict.fromkeys(("epoch", "of", "done", "epochs", "batch_size", "place"), is_count),
    **dict.fromkeys(("loss", "train_loss", "valid_loss", "mom", "t"), is_number),
    "error_rate": is_share,
    **dict.fromkeys(("confidence", "temperature", "calibration_error"), is_number),
    **dict.fromkeys(("images_per_second", "seconds_left", "seconds"), is_amount),
    "rates": are_numbers,
    "bins": lambda value: isinstance(value, list) and all(map(are_three, value)),
    "groups": _are_groups,
    "hints": _are_hints,
}
"""What readers look at where an event has it."""

NEEDED = {
    "epoch": ("t", "epoch", "of", "train_loss", "valid_loss", "error_rate"),
    "batch": ("done", "of", "loss", "rates", "images_per_second"),
    "progress": ("done", "of", "stage"),
    "rate": ("points",),
    "queued": ("place",),
}
"""What events have at least, as a training writes them."""

UNKNOWN = ("seconds", "seconds_left")
"""What may be there as None."""


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


def read(path: Path, position: int = 0) -> tuple[list[Event], int]:
    """The events after a position in bytes, and the position after them.

    A last line cut off by a crash is left out; so is what can't be read.
    """
    try:
        with path.open("rb") as file:
            file.seek(position)
            content = file.read()
    except OSError:
        return [], position
    complete = content[: content.rfind(b"\n") + 1]
    # splitlines() would also split within names
    events = [event for line in complete.split(b"\n") if (event := parsed(line)) is not None]
    return events, position + len(complete)


def _line_is_whole(file: BinaryIO) -> bool:
    if file.seek(0, os.SEEK_END) == 0:
        return True
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"


def parsed(line: bytes) -> Event | None:
    """The event in a line; None where it is cut off, none, or not what its readers rely on."""
    try:
        event = json.loads(line.decode("utf-8", errors="replace"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(event, dict) or "event" not in event or not _fits(event):
        return None
    for key in SENTENCES.intersection(event):
        event[key] = errors.wording(event[key])
    return event


def _fits(event: Event) -> bool:
    known = {key: value for key, value in event.items() if key in EVENT}
    # What ends a search tells how many points there were.
    drawn = event["event"] != "rate" or _are_points(event.get("points", []))
    return drawn and all(
        EVENT[key](value) or (value is None and key in UNKNOWN) for key, value in known.items()
    )


def is_whole(event: Event) -> bool:
    """Whether a parsed event has all that one of its kind tells."""
    kind = event["event"]
    complete = all(key in event for key in NEEDED.get(kind, ()))
    timed = 0 <= event.get("t", 0) <= LARGEST_COUNT
    return complete and timed and (kind != "batch" or event["of"] > 0)
