"""Frames of a websocket, byte by byte: refused at once, or read as jupyter_server reads them."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

from damage import altered, clear, damaged, fuzzed
from hypothesis import given
from hypothesis import strategies as st
from jupyter_server.services.kernels.connection.base import (
    deserialize_msg_from_ws_v1,
    serialize_msg_to_ws_v1,
)

from petwidgets.common.errors import Problem
from petwidgets.server.frames import MESSAGES, FrameError, check_frame

HEADER = {"msg_id": "7", "username": "", "session": "5", "msg_type": "comm_msg", "version": "5.2"}
COMM = {"comm_id": "1", "data": {"method": "custom", "content": {"kind": "start", "id": "a"}}}
OPENED = {"comm_id": "1", "target_name": "jupyter.widget.control", "data": {}}
MESSAGES_SENT = [
    [HEADER, {}, {}, COMM],
    [{**HEADER, "msg_type": "comm_open"}, {}, {}, OPENED],
    [{**HEADER, "msg_type": "kernel_info_request"}, {"msg_id": "6"}, {"a": 1}, {}],
]


def written(parts: list[Any], channel: str = "shell", buffers: tuple[bytes, ...] = ()) -> bytes:
    """A message as a page writes it."""
    told = [json.dumps(part).encode() for part in parts]
    return bytes(serialize_msg_to_ws_v1([*told, *buffers], channel))


FRAMES = [written(one) for one in MESSAGES_SENT] + [
    written(MESSAGES_SENT[0], "shell", (b"abc",) * 3)
]


def require_refused_or_sound(frame: bytes) -> None:
    tracemalloc.start()
    try:
        message = check_frame(frame)
    except FrameError as error:
        clear(Problem(error))
        return
    finally:
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        # Threads of other tests allocate, too; a count that is believed takes gigabytes.
        assert most < 1_000_000 + 20 * len(frame)
    channel, parts = deserialize_msg_from_ws_v1(frame)
    assert (message.channel, message.size) == (channel, len(frame))
    assert json.loads(parts[0])["msg_type"] == message.kind
    assert message.kind in MESSAGES[channel]
    assert all(isinstance(json.loads(part), dict) for part in parts[:4])


@fuzzed(80)
@given(damaged(FRAMES))
def test_a_frame_of_other_bytes(frame: bytes) -> None:
    require_refused_or_sound(frame)


NUMBERS = st.sampled_from([0, 1, 6, 7, 56, 2**31, 2**63, 2**64 - 1]) | st.integers(0, 2**64 - 1)


@fuzzed(40)
@given(
    st.sampled_from(FRAMES), st.dictionaries(st.integers(0, 12), NUMBERS, min_size=1, max_size=4)
)
def test_a_frame_of_other_offsets(frame: bytes, changes: dict[int, int]) -> None:
    changed = bytearray(frame)
    for place, value in changes.items():
        changed[8 * place : 8 * place + 8] = value.to_bytes(8, "little")
    require_refused_or_sound(bytes(changed))


@fuzzed(50)
@given(
    altered(MESSAGES_SENT, ["msg_type", "msg_id", "comm_id", "target_name", "data"]),
    st.sampled_from(["shell", "control", "iopub", "stdin", "", "\u202e", "shell\0"]),
)
def test_a_message_of_other_values(parts: Any, channel: str) -> None:
    parts = parts if isinstance(parts, list) else [parts]
    try:
        frame = written(parts, channel)
    except (UnicodeEncodeError, IndexError):  # such a frame can't be
        return
    require_refused_or_sound(frame)
