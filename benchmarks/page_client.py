"""A page without a browser: what a visitor does, written to the websocket as the page would."""

from __future__ import annotations

import json
import sys
import time
import uuid
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests
import websocket
from jupyter_server.services.kernels.connection.base import (
    deserialize_msg_from_ws_v1,
    serialize_msg_to_ws_v1,
)

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "browser"))
from stranger import V1, Stranger, pack

if TYPE_CHECKING:
    from collections.abc import Callable

PIECE = 512 * 1024
"""Bytes of a photograph in one message, as `petwidgets.widgets.photo_upload` asks for them."""

SECONDS_BETWEEN_PINGS = 10.0
"""A page shows so often that it is still there."""

Message = dict[str, Any]


class LostError(Exception):
    """The answer has not come: the connection is closed, or nothing is heard."""


class PageClient(Stranger):
    """A page that has arrived.

    Args:
        url: the server's address.
        identity: of a session to come back to; empty for a new one.
        patience: seconds that an answer may take.

    Raises:
        LostError: the server lets nobody in, or does not answer.
    """

    def __init__(self, url: str, identity: str = "", patience: float = 60) -> None:
        self.models: dict[str, dict[str, Any]] = {}
        self.told: list[tuple[str, str]] = []
        """What widgets were given to say, in order: `value` or `problem`, and the text."""
        self.url, self.patience, self.pings, self.link = url, patience, 0, ""
        try:
            super().__init__(url, V1)
        except (OSError, requests.RequestException, websocket.WebSocketException) as error:
            raise LostError("no connection") from error
        except ValueError as error:  # an answer that is no page
            raise LostError("refused") from error
        self._take_states()
        self.link = self.find("page_link.PageLink")
        self.custom(self.link, {"arrive": identity})
        self.hear(lambda _: bool(self.models[self.link].get("identity")))
        self.identity = str(self.models[self.link]["identity"])

    # --- messages ---

    def tell(self, comm: str, data: Any, *buffers: bytes) -> None:
        """Send a message of a widget."""
        header = {"msg_id": uuid.uuid4().hex, "msg_type": "comm_msg", "session": "1"}
        header |= {"username": "", "version": "5.3", "date": "2026-01-01T00:00:00Z"}
        parts = (header, {}, {"version": "2.1.0"}, {"comm_id": comm, "data": data})
        try:
            frame = serialize_msg_to_ws_v1([*map(pack, parts), *buffers], "shell")
            self.socket.send_binary(frame)
        except (OSError, websocket.WebSocketException) as error:
            raise LostError("closed") from error

    def custom(self, comm: str, content: Any, *buffers: bytes) -> None:
        """Send a message of a widget's own kind."""
        self.tell(comm, {"method": "custom", "content": content}, *buffers)

    def update(self, comm: str, **state: Any) -> None:
        """Change a widget as its view does."""
        self.tell(comm, {"method": "update", "state": state, "buffer_paths": []})

    def hear(self, wanted: Callable[[Message], bool], patience: float | None = None) -> Message:
        """Take in what comes, until a message after which `wanted` holds.

        Raises:
            LostError: the connection is closed, or the time is over.
        """
        late = time.monotonic() + (patience or self.patience)
        while (left := late - time.monotonic()) > 0:
            try:
                self.socket.settimeout(min(left, SECONDS_BETWEEN_PINGS))
                frame = self.socket.recv()
            except websocket.WebSocketTimeoutException:
                self._show_presence()
                continue
            except (OSError, websocket.WebSocketException) as error:
                raise LostError("closed") from error
            if not frame:
                raise LostError("closed")
            parts = deserialize_msg_from_ws_v1(frame)[1]
            header, parent, _, content = (json.loads(bytes(part)) for part in parts[:4])
            message = {"kind": header["msg_type"], "parent": parent.get("msg_id"), **content}
            self._note(message)
            if wanted(message):
                return message
        raise LostError("silent")

    def _show_presence(self) -> None:
        if self.link:
            self.custom(self.link, {"ping": 0})

    def send(self, *args: Any, **kwargs: Any) -> str:
        """As a stranger's.

        Raises:
            LostError: the connection is closed.
        """
        try:
            return super().send(*args, **kwargs)
        except (OSError, websocket.WebSocketException) as error:
            raise LostError("closed") from error

    def _note(self, message: Message) -> None:
        data = message.get("data")
        if message["kind"] in ("comm_open", "comm_msg") and isinstance(data, dict):
            state = data.get("state")
            if isinstance(state, dict):
                self.models.setdefault(message["comm_id"], {}).update(state)
                texts = ((name, state.get(name)) for name in ("value", "problem"))
                self.told += [
                    (name, text) for name, text in texts if text and isinstance(text, str)
                ]

    def _take_states(self) -> None:
        control = uuid.uuid4().hex
        content = {"comm_id": control, "target_name": "jupyter.widget.control", "data": {}}
        self.send("comm_open", content)
        request = {"comm_id": control, "data": {"method": "request_states"}}
        self.send("comm_msg", request)
        answer = self.hear(lambda m: m.get("comm_id") == control and m["kind"] == "comm_msg")
        for comm, one in answer["data"]["states"].items():
            self.models.setdefault(comm, {}).update(one["state"])

    # --- widgets ---

    def find(self, kind: str, *fields: str) -> str:
        """The widget of a class; of a form, the one that has these fields.

        Raises:
            LostError: there is none.
        """
        for comm, state in self.models.items():
            names = {field.get("name") for field in state.get("fields", [])}
            if str(state.get("_anywidget_id", "")).endswith(kind) and names.issuperset(fields):
                return comm
        raise LostError(f"no {kind}")

    def says(self, *texts: str) -> bool:
        """Whether any widget says one of these."""
        shown = [
            str(s.get(name, "")) for s in self.models.values() for name in ("value", "problem")
        ]
        return any(text in one for one in shown for text in texts)

    # --- what a visitor does; each returns when it is answered ---

    def ping(self) -> None:
        """Ask whether the kernel is still there, as each page does every ten seconds."""
        self.pings += 1
        self.custom(self.link, {"ping": self.pings})
        said = {"pong": self.pings}
        self.hear(lambda m: m.get("data", {}).get("content") == said)

    def lesson(self, key: str) -> None:
        """Open another lesson; answered when its panel is put upon the page."""
        chooser = self.find("ChapterList")
        if self.models[chooser].get("chosen") != key:
            self.update(chooser, chosen=key)
            self.models[chooser]["chosen"] = key
        self.ping()  # whose answer follows all that the lesson shows

    def edits(self, form: str, **values: Any) -> dict[str, tuple[Any, int]]:
        """What a person types into a form, counted as its page counts."""
        count = self.models[form].get("taken", 0) + 1
        return {name: (value, count) for name, value in values.items()}

    def read(self, source: str) -> None:
        """Have the photographs of a source listed."""
        self.lesson("browse")
        form = self.find("Form", "source", "read")
        self.custom(form, {"press": "read", "edits": self.edits(form, source=source)})
        self.ping()
        self.hear(lambda _: self.says("Live, counted just now"))

    def classify(self, photo: bytes) -> None:
        """Drop a photograph and wait for its breed."""
        self.lesson("classify")
        upload, key = self.find("PhotoUpload"), uuid.uuid4().hex[:16]
        self.custom(upload, {"kind": "start", "id": key, "name": "a.jpg", "size": len(photo)})
        for at in range(0, len(photo), PIECE):
            if self._told("next", "dropped")["kind"] == "dropped":
                raise LostError("dropped")
            piece = {"kind": "piece", "id": key, "from": at}
            self.custom(upload, piece, photo[at : at + PIECE])
        self._told("add")

    def _told(self, *kinds: str) -> Message:
        heard: list[Message] = []

        def wanted(message: Message) -> bool:
            content = (message.get("data") or {}).get("content")
            heard[:] = [content] if isinstance(content, dict) else []
            return bool(heard) and heard[0].get("kind") in kinds

        self.hear(wanted)
        return heard[0]

    def train(self, patience: float) -> None:
        """Train a baseline on five pictures of each breed, and wait for the end.

        Raises:
            LostError: it does not end; or it fails, with the sentence that the page says.
        """
        self.lesson("train")
        plan, buttons = self.find("Form", "preset", "size"), self.find("Form", "start")
        small = {
            "preset": "baseline",
            "size": 64,
            "batch_size": 16,
            "limit": 5,
            "split": "by-breed",
        }
        for _ in range(2):  # another preset sets all other fields first
            self.ping()  # whose answer follows all that the lesson has shown
            self.update(plan, edits=self.edits(plan, **small))
        self.ping()
        self.told.clear()
        self.custom(buttons, {"press": "start", "edits": {}})
        self.hear(lambda _: self._ended(), patience)
        if problems := [text for name, text in self.told if name == "problem"]:
            raise LostError(f"failed: {problems[0]}")

    def _ended(self) -> bool:
        ends = ("Finished after", "Stopped")
        return any(name == "problem" or any(end in t for end in ends) for name, t in self.told)

    def leave(self) -> None:
        """Close the page, which says so as a browser does: its kernel ends at once."""
        url = f"{self.url}voila/api/shutdown/{self.kernel}"
        with suppress(requests.RequestException):
            requests.post(url, headers={"Sec-Fetch-Site": "same-origin"}, timeout=self.patience)
        self.vanish()

    def vanish(self) -> None:
        """Go without a word, as a browser does that is killed or loses its network."""
        self.socket.close()
