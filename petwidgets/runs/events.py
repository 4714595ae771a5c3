"""The event log of a training: one JSON object per line."""

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
"""One event: `event` is its kind, `t` the time in seconds; other keys depend on the kind."""

MOST_GROUPS = 100
"""Maximum of layer groups of a network; fastai makes two or three."""

GROUP = {
    **dict.fromkeys(("first", "last"), is_word),
    **dict.fromkeys(("parameters", "trained", "norms", "norms_trained"), is_count),
}
"""Schema of a layer group."""


def _are_groups(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= MOST_GROUPS and all(map(_is_group, value))


def _is_group(value: Any) -> bool:
    return isinstance(value, dict) and all(fits(value.get(key)) for key, fits in GROUP.items())


def _are_points(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_point, value))


def _is_point(value: Any) -> bool:
    """Whether a value is a pair of rate and loss; the loss may be None, for nan."""
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
"""Schema of the keys that readers use; each is optional here."""

NEEDED = {
    "epoch": ("t", "epoch", "of", "train_loss", "valid_loss", "error_rate"),
    "batch": ("done", "of", "loss", "rates", "images_per_second"),
    "progress": ("done", "of", "stage"),
    "rate": ("points",),
    "queued": ("place",),
}
"""Required keys of each kind of event, as written by a training."""

UNKNOWN = ("seconds", "seconds_left")
"""Keys whose value may be None."""


SENTENCES = frozenset({"sentence", "problem"})
"""Keys of an event that hold text for the user."""


def append(path: Path, event: Mapping[str, Any]) -> None:
    """Append one event; a concurrent reader only sees complete lines.

    Raises:
        Problem: the disk is full.
    """
    line = (json.dumps(event, ensure_ascii=False) + "\n").encode("utf-8", UNDECODABLE)
    with complaints(path):
        path.touch(folder_mode() & 0o666)
    with complaints(path), path.open("ab+") as file:
        # A crash or a full disk may have cut off the last line: start a new one after it.
        file.write(line if _line_is_whole(file) else b"\n" + line)


def read(path: Path, position: int = 0) -> tuple[list[Event], int]:
    """Read the events after a position in bytes; also returns the position after them.

    A last line cut off by a crash and lines that can't be parsed are left out.
    """
    try:
        with path.open("rb") as file:
            file.seek(position)
            content = file.read()
    except OSError:
        return [], position
    complete = content[: content.rfind(b"\n") + 1]
    # splitlines() would also split at separators within names
    events = [event for line in complete.split(b"\n") if (event := parsed(line)) is not None]
    return events, position + len(complete)


def _line_is_whole(file: BinaryIO) -> bool:
    if file.seek(0, os.SEEK_END) == 0:
        return True
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"


def parsed(line: bytes) -> Event | None:
    """Parse one line; None if it is cut off, not an event, or does not match the schema."""
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
    # The event at the end of a search has the number of points under this key.
    drawn = event["event"] != "rate" or _are_points(event.get("points", []))
    return drawn and all(
        EVENT[key](value) or (value is None and key in UNKNOWN) for key, value in known.items()
    )


def is_whole(event: Event) -> bool:
    """Whether a parsed event has all required keys of its kind, and a valid time."""
    kind = event["event"]
    complete = all(key in event for key in NEEDED.get(kind, ()))
    timed = 0 <= event.get("t", 0) <= LARGEST_COUNT
    return complete and timed and (kind != "batch" or event["of"] > 0)
