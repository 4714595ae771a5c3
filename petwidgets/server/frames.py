"""Check the websocket frames of a page before they are parsed.

A frame holds the number of its offsets, the offsets, and the parts between them: the channel; then
header, parent header, metadata and content as JSON; then buffers. jupyter_server and Voila take the
number as it is and count up to it, so that eight bytes keep them busy for ever.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from typing import Any

from petwidgets.common.formatting import counted

WORD = 8
"""Bytes of a number in a frame, little-endian."""

JSON_PARTS = ("header", "parent header", "metadata", "content")
MOST_BUFFERS = 64
"""A page sends one: a piece of a file."""

LONGEST_ID = 100
"""Characters of a message's or a comm's id; a UUID has 36."""

CHANNELS = ("shell", "control")
CONTROL_TARGET = "jupyter.widget.control"
"""Target of the comm with which a page requests the state of all widgets. Pages may open no other:
a widget that a page opened would stay in the kernel for ever, unknown to the app."""

ABOUT_A_COMM = ("comm_open", "comm_msg", "comm_close")
ON_SHELL = (*ABOUT_A_COMM, "comm_info_request", "kernel_info_request")
MESSAGES = {"shell": ON_SHELL, "control": ("kernel_info_request", "shutdown_request")}
"""Types of messages that a page may send, by channel."""


class FrameError(ValueError):
    """A frame that no page of ours sends; the sentence goes into the log."""


@dataclass(frozen=True)
class Message:
    """Header fields of a sound frame."""

    channel: str
    kind: str
    id: str
    size: int
    """Bytes of the whole frame."""


def check_frame(frame: str | bytes) -> Message:
    """Check a frame of the protocol `v1.kernel.websocket.jupyter.org`, and read its header.

    Raises:
        FrameError: it is cut off, its offsets do not rise, it is text, a part is no JSON object, or
            a page may not send a message of this kind.
    """
    if isinstance(frame, str):
        raise FrameError("The frame is text.")
    channel, *parts = _parts(frame)
    header, _, _, content = map(_object, parts[: len(JSON_PARTS)], JSON_PARTS)
    kind, identity = header.get("msg_type"), header.get("msg_id")
    where = _text(channel)
    if where not in CHANNELS or kind not in MESSAGES[where]:
        raise FrameError(f"A page sends no {str(kind)[:LONGEST_ID]!r} on {where[:LONGEST_ID]!r}.")
    if not _is_id(identity):
        raise FrameError("The message has no id.")
    if kind in ABOUT_A_COMM:
        _check_comm(kind, content)
    return Message(where, str(kind), str(identity), len(frame))


def _parts(frame: bytes) -> list[bytes]:
    count = int.from_bytes(frame[:WORD], "little")
    least = 2 + len(JSON_PARTS)  # where the channel begins and ends, and where each part ends
    if len(frame) < WORD or not least <= count <= least + MOST_BUFFERS:
        size = counted(len(frame), "byte")
        raise FrameError(f"The frame of {size} speaks of {counted(count, 'offset')}.")
    begins = WORD * (1 + count)
    offsets = [int.from_bytes(frame[at : at + WORD], "little") for at in range(WORD, begins, WORD)]
    if offsets[0] != begins or offsets[-1] != len(frame) or offsets != sorted(offsets):
        raise FrameError("The offsets of the frame do not rise from its beginning to its end.")
    return [frame[i:j] for i, j in itertools.pairwise(offsets)]


def _text(part: bytes) -> str:
    try:
        return part.decode()
    except UnicodeDecodeError as error:
        raise FrameError("The name of the channel is not text.") from error


def _object(part: bytes, name: str) -> dict[str, Any]:
    try:
        value = json.loads(part)
    except (ValueError, RecursionError) as error:
        raise FrameError(f"The {name} of the message is no JSON.") from error
    if not isinstance(value, dict):
        raise FrameError(f"The {name} of the message is no JSON object.")
    return value


def _is_id(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_ID


def _check_comm(kind: str, content: dict[str, Any]) -> None:
    if not _is_id(content.get("comm_id")) or not isinstance(content.get("data", {}), dict):
        raise FrameError(f"A {kind} is without a comm, or its data is no JSON object.")
    if kind == "comm_open" and content.get("target_name") != CONTROL_TARGET:
        raise FrameError("A page makes no widgets.")
