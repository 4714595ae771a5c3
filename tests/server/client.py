"""A client of a page of Voila, written by hand: it does what no browser does."""

from __future__ import annotations

import json
import re
import uuid
from typing import TYPE_CHECKING, Any

import requests
import websocket
from jupyter_server.services.kernels.connection.base import (
    deserialize_msg_from_ws_v1,
    serialize_msg_to_ws_v1,
)

if TYPE_CHECKING:
    from collections.abc import Callable

PROTOCOL = "v1.kernel.websocket.jupyter.org"
PATIENCE = 60
"""Seconds; a busy machine is slow."""


def opened(url: str, **headers: str) -> requests.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.get(url, headers=named, timeout=PATIENCE)


def kernel_in(page: requests.Response) -> str:
    found = re.search(r'"kernelId": ?"([0-9a-f-]{36})"', page.text)
    assert page.status_code == 200, page.text[:200]
    assert found
    return found[1]


class Client:
    """A page: its kernel, and its connection."""

    def __init__(self, url: str) -> None:
        self.url, self.kernel = url, kernel_in(opened(url))
        self.session = uuid.uuid4().hex
        self.socket: Any = None
        self.models: dict[str, dict[str, Any]] = {}

    def connect(self, **options: Any) -> Client:
        address = f"{self.url}api/kernels/{self.kernel}/channels?session_id={self.session}"
        self.socket = websocket.create_connection(
            address.replace("http", "ws", 1), PATIENCE, subprotocols=[PROTOCOL], **options
        )
        return self

    def send(self, kind: str, content: dict[str, Any], version: str = "2.1.0") -> str:
        identity = uuid.uuid4().hex
        header = {"msg_id": identity, "msg_type": kind, "session": self.session, "username": ""}
        header |= {"version": "5.3", "date": "2026-01-01T00:00:00Z"}
        parts = [header, {}, {"version": version}, content]
        frame = serialize_msg_to_ws_v1([json.dumps(part).encode() for part in parts], "shell")
        self.socket.send_binary(frame)
        return identity

    def hear(self) -> tuple[str, dict[str, Any], dict[str, Any]]:
        """The next message: its type, its content, its parent."""
        frame = self.socket.recv()
        if not isinstance(frame, bytes) or not frame:
            raise ConnectionError(frame)
        _, parts = deserialize_msg_from_ws_v1(frame)
        header, parent, _, content = (json.loads(bytes(part)) for part in parts[:4])
        return header["msg_type"], content, parent

    def wait_for(self, wanted: Callable[[str, dict[str, Any], dict[str, Any]], bool]) -> Any:
        while not wanted(*(heard := self.hear())):
            pass
        return heard[1]

    def answers(self) -> None:
        """Ask the kernel something that it answers at once."""
        asked = self.send("kernel_info_request", {})
        self.wait_for(lambda _kind, _content, parent: parent.get("msg_id") == asked)

    def ask_for_states(self) -> str:
        comm = uuid.uuid4().hex
        opening = {"comm_id": comm, "target_name": "jupyter.widget.control", "data": {}}
        self.send("comm_open", opening, "1.0.0")
        self.send("comm_msg", {"comm_id": comm, "data": {"method": "request_states"}}, "1.0.0")
        return comm

    def find(self, description: str) -> str:
        """The widget with this description."""
        comm = self.ask_for_states()
        answer = self.wait_for(
            lambda kind, content, _: kind == "comm_msg" and content["comm_id"] == comm
        )
        states = {one: held["state"] for one, held in answer["data"]["states"].items()}
        [found] = [one for one, state in states.items() if state.get("description") == description]
        return str(found)

    def set(self, widget: str, value: Any) -> None:
        data = {"method": "update", "state": {"value": value}, "buffer_paths": []}
        self.send("comm_msg", {"comm_id": widget, "data": data})

    def numbers(self, widget: str, count: int) -> list[int]:
        """The next values of a widget."""
        found: list[int] = []
        while len(found) < count:
            kind, content, _ = self.hear()
            if kind == "comm_msg" and content["comm_id"] == widget:
                value = content["data"].get("state", {}).get("value")
                found += [value] if value is not None else []
        return found

    def leave(self, **headers: str) -> int:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        address = f"{self.url}voila/api/shutdown/{self.kernel}"
        return requests.post(address, headers=named, timeout=PATIENCE).status_code

    def fate(self) -> requests.Response:
        return opened(f"{self.url}api/kernels/{self.kernel}")
