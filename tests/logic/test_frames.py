"""What a page may send over its websocket, byte by byte."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jupyter_server.services.kernels.connection.base import (
    deserialize_msg_from_ws_v1,
    serialize_msg_to_ws_v1,
)

from petwidgets.server.frames import FrameError, Message, check_frame


def written(
    kind: Any = "comm_msg",
    content: Any = None,
    channel: str = "shell",
    buffers: tuple[bytes, ...] = (),
    **header: Any,
) -> bytes:
    """A message as a page writes it."""
    content = {"comm_id": "1", "data": {}} if content is None else content
    parts = [{"msg_type": kind, "msg_id": "7", **header}, {}, {}, content]
    frame = serialize_msg_to_ws_v1([*(json.dumps(p).encode() for p in parts), *buffers], channel)
    return bytes(frame)


def test_what_a_page_sends_is_read() -> None:
    frame = written(buffers=(b"a piece", b""))
    assert check_frame(frame) == Message("shell", "comm_msg", "7", len(frame))
    opened = {"comm_id": "1", "target_name": "jupyter.widget.control", "data": {}}
    for kind, content, channel in (
        ("comm_open", opened, "shell"),
        ("comm_close", {"comm_id": "1"}, "shell"),
        ("comm_info_request", {}, "shell"),
        ("kernel_info_request", {}, "control"),
        ("shutdown_request", {"restart": False}, "control"),
    ):
        assert check_frame(written(kind, content, channel)).kind == kind


@pytest.mark.parametrize(
    ("frame", "why"),
    [
        (b"\xff" * 64, "18,446,744,073,709,551,615 offsets"),
        (b"", "0 bytes"),
        (b"\x06", "1 byte "),
        ("text", "text"),
        (written()[:-1], "do not rise"),
        (written() + b"x", "do not rise"),
        (written(buffers=(b"",) * 65), "71 offsets"),
        (written("execute_request", {"code": "1"}), "execute_request"),
        (written("shutdown_request", {}), "shutdown_request"),
        (written(channel="stdin"), "stdin"),
        (written(channel="iopub"), "iopub"),
        (written(["comm_msg"]), "sends no"),
        (written(content=[]), "content"),
        (written(content={"data": {}}), "without a comm"),
        (written(content={"comm_id": "1", "data": 3}), "without a comm"),
        (written(content={"comm_id": "1" * 101}), "without a comm"),
        (written("comm_open", {"comm_id": "1", "target_name": "jupyter.widget"}), "no widgets"),
        (written(msg_id=3), "no id"),
        (written(msg_id="x" * 101), "no id"),
    ],
)
def test_anything_else_is_refused(frame: bytes | str, why: str) -> None:
    with pytest.raises(FrameError, match=why):
        check_frame(frame)


def test_offsets_that_fall_or_lie_outside_are_refused() -> None:
    sound = written()
    for place in range(1, 7):
        for value in (0, 2**63, len(sound) + 1):
            at = slice(8 * place, 8 * place + 8)
            changed = bytearray(sound)
            changed[at] = value.to_bytes(8, "little")
            with pytest.raises(FrameError, match="offsets"):
                check_frame(bytes(changed))


@pytest.mark.parametrize(
    "part", [b"{", b"\xff", b"[" * 100_000, b"NaN", b"[]", b"null", b"1" * 5000]
)
@pytest.mark.parametrize("place", range(4))
def test_parts_that_are_no_json_object_are_refused(part: bytes, place: int) -> None:
    parts = [b'{"msg_type": "comm_msg", "msg_id": "7"}', b"{}", b"{}", b'{"comm_id": "1"}']
    parts[place] = part
    with pytest.raises(FrameError, match="JSON"):
        check_frame(serialize_msg_to_ws_v1(parts, "shell"))


def test_a_bad_frame_costs_no_memory() -> None:
    frame = b"\xff" * 4_000_000
    tracemalloc.start()
    with pytest.raises(FrameError):
        check_frame(frame)
    assert tracemalloc.get_traced_memory()[1] < 100_000
    tracemalloc.stop()


@given(st.data())
def test_a_frame_that_is_taken_is_read_by_jupyter_server_as_it_was_meant(data: Any) -> None:
    frame = bytearray(written(buffers=(b"abc",)))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(frame) - 1))
        frame[at] = data.draw(st.integers(0, 255))
    del frame[data.draw(st.integers(len(frame) // 2, len(frame))) :]
    try:
        message = check_frame(bytes(frame))
    except FrameError:
        return
    channel, parts = deserialize_msg_from_ws_v1(bytes(frame))
    assert channel == message.channel
    assert json.loads(parts[0])["msg_type"] == message.kind
