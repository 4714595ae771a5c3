"""Messages of a page to our widgets: uploads piece by piece, and whatever a browser may send."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import comm
import pytest
from damage import JSON, TEXTS, altered, clear, fuzzed
from fakes import FakeEngine, OurSession
from hypothesis import given
from hypothesis import strategies as st
from ipywidgets.widgets import widget
from ipywidgets.widgets.widget import _instances

from petwidgets import PetLab
from petwidgets.common.errors import Problem
from petwidgets.widgets import file_transfer, photo_upload
from petwidgets.widgets.base import Part
from petwidgets.widgets.file_transfer import FileTransfer
from petwidgets.widgets.form import Form
from petwidgets.widgets.photo_upload import ID_LENGTH, NAME_LENGTH, PhotoUpload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Errors
    from ipywidgets import Widget

SMALL = 16
"""Bytes of a piece here, so that small files come in several."""

MOST = 100


NUMBERS = itertools.count()


class FakeComm:
    """Keeps what Python sends."""

    kernel = "a kernel"

    def __init__(self, **_: Any) -> None:
        self.comm_id = str(next(NUMBERS))
        self.sent: list[dict[str, Any]] = []

    def on_msg(self, handler: Any) -> None:
        pass

    def send(self, data: dict[str, Any], **_: Any) -> None:
        self.sent.append(data)

    def close(self) -> None:
        pass

    def answers(self) -> list[dict[str, Any]]:
        told, self.sent = self.sent, []
        return [data["content"] for data in told if data["method"] == "custom"]


class Shell:
    """A kernel's, which shows a traceback to the page; here it fails the test."""

    def showtraceback(self) -> None:
        raise  # noqa: PLE0704 - what ipywidgets has just caught


@pytest.fixture(scope="module", autouse=True)
def _raising() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(widget, "get_ipython", Shell)
        patch.setattr(comm, "create_comm", FakeComm)
        patch.setattr(photo_upload, "PIECE", SMALL)
        patch.setattr(file_transfer, "PIECE", SMALL)
        yield


def send(part: Widget, content: Any, buffers: list[Any]) -> None:
    data = {"method": "custom", "content": content}
    part._handle_msg({"content": {"data": data}, "buffers": buffers})


IDS = st.sampled_from(["a", "b"]) | TEXTS
STARTS = altered(
    [{"kind": "start", "id": "a", "name": "pug.jpg", "size": n} for n in (1, 40, MOST)]
)
PIECES = altered([{"kind": "piece", "id": "a", "from": n} for n in (0, SMALL, 2 * SMALL)])
OTHERS = altered([{"kind": kind, "id": "a"} for kind in ("cancel", "fetch", "more", "start")])
BUFFERS = st.lists(
    st.binary(max_size=2 * SMALL).map(memoryview)
    | st.sampled_from([memoryview(bytes(SMALL)), None]),
    max_size=2,
)
MESSAGES = st.tuples(STARTS | PIECES | OTHERS | JSON, BUFFERS)
HONEST = st.tuples(
    st.binary(min_size=1, max_size=MOST),
    IDS.filter(lambda key: key.isascii() and 0 < len(key) < 60),
)
STEPS = st.lists(MESSAGES | HONEST.map(lambda file: ("file", file)), max_size=10)


def whole(part: Widget, content: bytes, key: str, end: str) -> None:
    """A file as our page sends it, piece by piece, as it is asked."""
    send(part, {"kind": "start", "id": key, "name": "a.jpg", "size": len(content)}, [])
    while True:
        asked = [one for one in part.comm.answers() if one["kind"] in ("next", end)][-1]
        assert asked["id"] == key
        if asked["kind"] == end:
            return
        assert 0 < asked["to"] - asked["from"] <= SMALL
        piece = memoryview(content[asked["from"] : asked["to"]])
        send(part, {"kind": "piece", "id": key, "from": asked["from"]}, [piece])


@fuzzed(60)
@given(STEPS)
def test_photographs_and_what_is_none(errors: Errors, steps: list[Any]) -> None:
    """What a page sends in order arrives byte for byte, whatever came before and between."""
    arrived: list[tuple[str, bytes]] = []
    part = PhotoUpload(max_bytes=MOST)
    part.on_photo(lambda name, photo: arrived.append((name, photo)))
    for content, more in steps:
        if isinstance(content, str) and content == "file":
            before = len(arrived)
            whole(part, *more, "done")
            assert arrived[before:] == [("a.jpg", more[0])]
        else:
            send(part, content, more)
        assert all(0 < len(photo) <= MOST for _, photo in arrived)
        assert all(0 < len(name) <= NAME_LENGTH and name.isprintable() for name, _ in arrived)
        under_way = part._arriving
        assert under_way is None or len(under_way.data) < under_way.size <= MOST
        assert part.state == ("ready" if under_way is None else "sending")
        assert all(len(one.get("id", "")) <= ID_LENGTH for one in part.comm.answers())
        if part.message:
            clear(Problem(part.message))
    errors.require_none()
    part.close()


@fuzzed(60)
@given(STEPS)
def test_files_and_what_is_none(errors: Errors, steps: list[Any]) -> None:
    """The same of the widget that takes files and gives them."""
    arrived: list[tuple[str, bytes]] = []

    def take(name: str, content: bytes) -> str:
        arrived.append((name, content))
        return "Taken."

    part = FileTransfer(lambda: ("a.txt", bytes(40)), take, MOST)
    for content, more in steps:
        if isinstance(content, str) and content == "file":
            before = len(arrived)
            whole(part, *more, "taken")
            assert arrived[before:] == [("a.jpg", more[0])]
        else:
            send(part, content, more)
        assert all(0 < len(got) <= MOST for _, got in arrived)
        assert len(part._arriving[1]) <= MOST
        for answer in part.comm.answers():
            if answer["kind"] == "refused":
                clear(Problem(answer["sentence"]))
    errors.require_none()
    part.close()


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> list[Widget]:
    """All widgets of an app whose every lesson is open."""
    before = {*_instances}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PETWIDGETS_VISITORS", "1")
        patch.setenv("PETWIDGETS_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setattr("petwidgets.app.Session", OurSession)
        lab = PetLab()
        lab.session.engine = FakeEngine()
        for key in lab.panels:
            assert lab.panels[key]
    found = [one for key, one in _instances.items() if key not in before]
    found = [one for one in found if not isinstance(one, Form) or hasattr(one, "from_page")]
    return [one for one in found if one._msg_callbacks.callbacks or getattr(one, "from_page", ())]


SAID = [
    "all", "go", "code", "source", -1, 1, {"do": "relabel", "breed": "pug"}, {"go": 1},
    {"do": "undo"}, {"press": "start", "edits": {"epochs": [3, 1]}}, {"press": "", "edits": {}},
    {"edits": [["acts", 0, 1, 2.5], ["targ", 0, 0, "1"]]}, {"arrive": ""}, {"ping": 1},
    {"kind": "want", "version": 1, "from": 0, "to": 9}, {"kind": "open", "at": 0},
    {"go": "up", "version": 1}, {"into": 0, "version": 1}, {"choose": True, "version": 1},
    {"plotly": "wanted"}, {"event": "click"},
]  # fmt: skip


@fuzzed(80)
@given(data=st.data())
def test_any_message_to_any_widget(parts: list[Widget], errors: Errors, data: Any) -> None:
    """No exception reaches the page, and nothing fails unseen."""
    part = data.draw(st.sampled_from(parts))
    content = data.draw(altered(SAID) | st.sampled_from(SAID))
    # ipywidgets' own hear objects alone.
    heard = isinstance(part, Part) or isinstance(content, dict)
    send(part, content if heard else {}, data.draw(BUFFERS))
    for name in getattr(part, "from_page", ()):
        if not name.startswith("_js2py_"):  # plotly's own
            state = {name: data.draw(JSON)}
            update = {"method": "update", "state": state, "buffer_paths": []}
            part._handle_msg({"content": {"data": update}, "buffers": []})
    errors.require_none()
