"""A visitor who writes to the kernel of a page by hand, instead of through the page."""

from __future__ import annotations

import json
import re
import time
import uuid
from typing import TYPE_CHECKING, Any

import requests
import websocket
from jupyter_server.services.kernels.connection.base import (
    deserialize_binary_message,
    deserialize_msg_from_ws_v1,
    serialize_binary_message,
    serialize_msg_to_ws_v1,
)

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE = 25
"""Seconds; fewer than the 30 between two pings of a server, or these would pass for an answer."""

V1 = "v1.kernel.websocket.jupyter.org"
"""The newer way to write messages; without it they are JSON, with pictures and the like binary."""
FORMS: dict[str, dict[str, Any]] = {
    "plain": {},
    "control": {"channel": "control"},
    "no channel": {"channel": None},
    "claims to be a comm": {"claim": "comm_msg"},
    "binary": {"binary": True},
}
"""Options of `Stranger.send`: ways in which code may be sent."""

FORMS_OF_V1 = ("plain", "control")


def pack(part: Any) -> bytes:
    return json.dumps(part).encode()


class Stranger:
    """Opens a page and a websocket to its kernel, as the page would.

    Args:
        url: the page's address.
        protocols: how messages are written, if not in the old way.
    """

    def __init__(self, url: str, *protocols: str) -> None:
        page = requests.get(url, timeout=PATIENCE).text
        [self.kernel] = set(re.findall(r'"kernelId": ?"([0-9a-f-]{36})"', page))
        self.channels = f"{url.replace('http', 'ws')}api/kernels/{self.kernel}/channels?session_id="
        self.protocols = list(protocols)
        self.connect()

    def connect(self) -> None:
        """Open a websocket, once more where the server has closed one."""
        self.socket = websocket.create_connection(
            self.channels + uuid.uuid4().hex, timeout=PATIENCE, subprotocols=self.protocols
        )
        assert self.socket.getsubprotocol() in (*self.protocols, None)

    def send(
        self,
        kind: str,
        content: dict[str, Any],
        channel: str | None = "shell",
        *,
        claim: str = "",
        binary: bool = False,
    ) -> str:
        """Send a message; returns its id.

        Args:
            kind: such as `comm_msg`.
            content: of the message.
            channel: which of the kernel's; None leaves it to the server.
            claim: the kind that the message names outside of its header.
            binary: whether it is written as those with pictures are.
        """
        identity = uuid.uuid4().hex
        header = {"msg_id": identity, "msg_type": kind, "session": "1", "username": ""}
        message = {
            "header": {**header, "version": "5.3", "date": "2026-01-01T00:00:00Z"},
            "parent_header": {},
            "metadata": {"version": "1.0.0"},  # without it widgets answer no comm
            "content": content,
            "msg_type": claim or kind,
            **({"channel": channel} if channel else {}),
        }
        if self.protocols:
            frame = serialize_msg_to_ws_v1(message, channel, pack)
            self.socket.send_binary(frame)
        elif binary:
            self.socket.send_binary(serialize_binary_message({**message, "buffers": [b"1"]}))
        else:
            self.socket.send(json.dumps(message))
        return identity

    def until(self, kind: str, identity: str = "", **content: Any) -> dict[str, Any]:
        """Wait for a message of this kind, to this request and with this content; its content."""
        late = time.monotonic() + PATIENCE
        while True:
            assert time.monotonic() < late, f"no {kind} has come"
            frame = self.socket.recv()
            if not frame:
                raise ConnectionError("the server has closed the connection")
            if self.protocols:
                parts = [json.loads(part) for part in deserialize_msg_from_ws_v1(frame)[1][:4]]
                message = dict(
                    zip(("header", "parent_header", "metadata", "content"), parts, strict=True)
                )
            else:
                read = deserialize_binary_message if isinstance(frame, bytes) else json.loads
                message = read(frame)
            told = message["content"]
            if (
                message["header"]["msg_type"] == kind
                and identity in ("", message["parent_header"].get("msg_id"))
                and content.items() <= told.items()
            ):
                return dict(told)

    def run_code(self, folder: Path, *forms: str) -> set[str]:
        """Send code; returns the names of the forms that it ran in.

        Args:
            folder: where the code makes a file, an empty one.
            forms: in which it is sent; all if none are named.
        """
        for form in forms or (FORMS_OF_V1 if self.protocols else FORMS):
            # Silent code is not told to other connections, and stops at no error of another.
            code = {"code": f"open({str(folder / form)!r}, 'x')", "silent": True}
            self.send("execute_request", {**code, "stop_on_error": False}, **FORMS[form])
            if self.is_cut_off():
                self.connect()
        # Each channel is worked off in order: once this is answered, no code is waiting any more.
        for channel in ("shell", "control"):
            self.until("kernel_info_reply", self.send("kernel_info_request", {}, channel))
        return {path.name for path in folder.iterdir()}

    def is_cut_off(self) -> bool:
        """Whether the server has closed the connection; a sound one answers."""
        try:
            self.until("kernel_info_reply", self.send("kernel_info_request", {}))
        except (ConnectionError, websocket.WebSocketConnectionClosedException):
            return True
        return False

    def widgets(self) -> int:
        """How many the page's kernel has, asked by a comm as the page itself does it."""
        comm = {"comm_id": uuid.uuid4().hex}
        opening = {"target_name": "jupyter.widget.control", "data": {}}
        self.send("comm_open", {**comm, **opening})
        self.send("comm_msg", {**comm, "data": {"method": "request_states"}})
        return len(self.until("comm_msg", **comm)["data"]["states"])
