"""The photo upload's Python side, driven through its comm as a browser drives it."""

import doctest
import hashlib
import logging
import os
from collections.abc import Callable
from typing import Any

import comm
import pytest

from petwidgets.common.errors import Problem
from petwidgets.widgets import photo_upload as module
from petwidgets.widgets.photo_upload import (
    BROKEN,
    BUSY,
    FAILED,
    NAME_LENGTH,
    PIECE,
    REPLACED,
    PhotoUpload,
)


class FakeComm:
    """Keeps what Python sends, and delivers what a browser would."""

    comm_id = "fake"
    kernel = "a kernel"

    def __init__(self, **_: Any) -> None:
        self.sent: list[dict[str, Any]] = []
        self.handler: Callable[[dict[str, Any]], None] = print

    def on_msg(self, handler: Callable[[dict[str, Any]], None]) -> None:
        self.handler = handler

    def send(self, data: dict[str, Any], **_: Any) -> None:
        self.sent.append(data)

    def close(self) -> None:
        pass


class Page:
    """A browser page that answers Python as photo_upload.js does, or as it is told to."""

    def __init__(self, upload: PhotoUpload) -> None:
        self.upload = upload

    def raw(self, data: dict[str, Any], *buffers: Any) -> None:
        message = {"content": {"data": data}, "buffers": list(buffers)}
        self.upload.comm.handler(message)

    def send(self, content: Any, *buffers: Any) -> None:
        self.raw({"method": "custom", "content": content}, *(memoryview(b) for b in buffers))

    def start(self, key: str, name: str, size: int) -> None:
        self.send({"kind": "start", "id": key, "name": name, "size": size})

    def piece(self, key: str, start: int, data: bytes) -> None:
        self.send({"kind": "piece", "id": key, "from": start}, data)

    def answers(self) -> list[dict[str, Any]]:
        return [d["content"] for d in self.upload.comm.sent if d["method"] == "custom"]

    def kinds(self) -> list[tuple[str, str]]:
        return [(a["kind"], a["id"]) for a in self.answers()]

    def put(self, key: str, name: str, photo: bytes) -> None:
        self.start(key, name, len(photo))
        while (ask := self.answers()[-1])["kind"] == "next":
            self.piece(key, ask["from"], photo[ask["from"] : ask["to"]])


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Page:
    monkeypatch.setattr(comm, "create_comm", FakeComm)
    return Page(PhotoUpload())


@pytest.fixture
def arrived(page: Page) -> list[tuple[str, bytes]]:
    photos: list[tuple[str, bytes]] = []
    page.upload.on_photo(lambda name, photo: photos.append((name, photo)))
    return photos


@pytest.mark.parametrize("size", [1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 17, 25 * 2**20])
def test_a_photograph_arrives_byte_for_byte(page: Page, arrived: list[Any], size: int) -> None:
    photo = os.urandom(size)
    page.put("a", "beagle_1.jpg", photo)
    ((name, got),) = arrived
    assert name == "beagle_1.jpg"
    assert hashlib.sha256(got).digest() == hashlib.sha256(photo).digest()
    assert type(got) is bytes
    assert page.answers()[-1] == {"kind": "done", "id": "a"}
    assert (page.upload.state, page.upload.message) == ("ready", "")
    assert page.upload._arriving is None


def test_no_piece_is_larger_than_asked_for(page: Page, arrived: list[Any]) -> None:
    page.put("a", "a.jpg", bytes(2 * PIECE + 5))
    asks = [(a["from"], a["to"]) for a in page.answers() if a["kind"] == "next"]
    assert asks == [(0, PIECE), (PIECE, 2 * PIECE), (2 * PIECE, 2 * PIECE + 5)]


def test_two_in_a_row_keep_their_order(page: Page, arrived: list[Any]) -> None:
    page.put("a", "one.jpg", b"1" * 700_000)
    page.put("b", "two.jpg", b"2")
    assert arrived == [("one.jpg", b"1" * 700_000), ("two.jpg", b"2")]


def test_it_says_that_it_is_sending(page: Page) -> None:
    page.start("a", "a.jpg", 2 * PIECE)
    assert page.upload.state == "sending"


def test_every_registered_callback_is_called(page: Page, arrived: list[Any]) -> None:
    page.upload.on_photo(lambda _, photo: arrived.append(("again", photo)))
    page.put("a", "a.jpg", b"x")
    assert arrived == [("a.jpg", b"x"), ("again", b"x")]


def put_after_half(page: Page, start: int, data: bytes) -> None:
    page.start("a", "a.jpg", 2 * PIECE)
    page.piece("a", 0, bytes(PIECE))
    page.piece("a", start, data)


@pytest.mark.parametrize(
    ("start", "data"),
    [
        pytest.param(0, bytes(PIECE), id="again"),
        pytest.param(2 * PIECE, bytes(PIECE), id="skipped"),
        pytest.param(PIECE, bytes(PIECE - 1), id="too short"),
        pytest.param(PIECE, bytes(PIECE + 1), id="more than was announced"),
        pytest.param(PIECE, b"", id="empty"),
    ],
)
def test_a_piece_that_was_not_asked_for_drops_the_upload(
    page: Page, arrived: list[Any], caplog: pytest.LogCaptureFixture, start: int, data: bytes
) -> None:
    put_after_half(page, start, data)
    assert page.upload.message == BROKEN
    assert page.kinds()[-1] == ("dropped", "a")
    assert page.upload.state == "ready"
    assert page.upload._arriving is None
    assert "An upload was dropped" in caplog.text
    page.put("b", "b.jpg", b"fine")
    assert arrived == [("b.jpg", b"fine")]
    assert page.upload.message == ""


@pytest.mark.parametrize(
    "content",
    [
        None,
        "start",
        [],
        {},
        {"kind": "start"},
        {"kind": "start", "id": 7, "name": "a", "size": 1},
        {"kind": "start", "id": "", "name": "a", "size": 1},
        {"kind": "start", "id": "x" * 65, "name": "a", "size": 1},
        {"kind": "start", "id": "b", "name": None, "size": 1},
        {"kind": "start", "id": "b", "name": "a", "size": -1},
        {"kind": "start", "id": "b", "name": "a", "size": True},
        {"kind": "start", "id": "b", "name": "a", "size": 1.5},
        {"kind": "start", "id": "b", "name": "a", "size": "1"},
        {"kind": "finish", "id": "a"},
        {"kind": ["piece"], "id": "a"},
        {"kind": "piece", "id": "a", "from": 0},
        {"kind": "piece", "id": "a", "from": None},
    ],
)
def test_a_malformed_message_drops_what_is_under_way(
    page: Page, arrived: list[Any], caplog: pytest.LogCaptureFixture, content: Any
) -> None:
    page.start("a", "a.jpg", 5)
    page.send(content)
    assert page.upload.message == BROKEN
    assert ("dropped", "a") in page.kinds()
    assert not arrived
    assert len(caplog.records) == 1


@pytest.mark.parametrize("buffers", [(b"12345", b"6"), ("12345",), (12345,)])
def test_buffers_that_are_not_one_piece_of_bytes(page: Page, buffers: tuple[Any, ...]) -> None:
    page.start("a", "a.jpg", 5)
    content = {"kind": "piece", "id": "a", "from": 0}
    page.raw({"method": "custom", "content": content}, *buffers)
    assert page.upload.message == BROKEN


def test_an_unknown_upload_disturbs_no_other(page: Page, arrived: list[Any]) -> None:
    page.start("a", "a.jpg", 3)
    page.piece("ghost", 0, b"boo")
    assert page.answers()[-1] == {"kind": "dropped", "id": "ghost", "sentence": REPLACED}
    page.piece("a", 0, b"abc")
    assert arrived == [("a.jpg", b"abc")]


def test_a_piece_before_any_start(page: Page, arrived: list[Any]) -> None:
    page.piece("a", 0, b"abc")
    assert page.kinds() == [("dropped", "a")]
    assert not arrived


@pytest.mark.parametrize(("size", "word"), [(25 * 2**20 + 1, "25 MB"), (0, "empty")])
def test_a_size_that_cannot_be_is_refused_before_any_byte(
    page: Page, arrived: list[Any], size: int, word: str
) -> None:
    page.start("a", "big.jpg", size)
    assert word in page.upload.message
    assert page.upload.message.startswith("big.jpg ")
    assert page.kinds() == [("dropped", "a")]
    assert page.upload.state == "ready"


def test_a_refusal_leaves_the_one_under_way_alone(page: Page, arrived: list[Any]) -> None:
    page.start("a", "a.jpg", 3)
    page.start("b", "b.jpg", 2**40)
    page.piece("a", 0, b"abc")
    assert arrived == [("a.jpg", b"abc")]


def test_the_same_refusal_is_said_twice(page: Page) -> None:
    page.start("a", "a.jpg", 0)
    page.start("b", "a.jpg", 0)
    updates = [d["state"] for d in page.upload.comm.sent if d["method"] == "update"]
    said = [state["message"] for state in updates if "message" in state]
    assert said == ["a.jpg is empty; choose another photograph.", "", said[0]]


def test_the_browser_sets_no_trait(page: Page) -> None:
    state = {"max_bytes": 2**40, "message": "<b>", "state": "sending", "disabled": True}
    page.raw({"method": "update", "state": state, "buffer_paths": []})
    upload = page.upload
    assert (upload.max_bytes, upload.message) == (25 * 2**20, "")
    assert (upload.state, upload.disabled) == ("ready", False)


def test_disabled_turns_away_the_new_but_not_the_one_under_way(
    page: Page, arrived: list[Any]
) -> None:
    page.start("a", "a.jpg", 3)
    page.upload.disabled = True
    page.start("b", "b.jpg", 3)
    assert page.upload.message == BUSY
    page.piece("a", 0, b"abc")
    assert arrived == [("a.jpg", b"abc")]


def test_cancelled(page: Page, arrived: list[Any]) -> None:
    page.start("a", "a.jpg", 2 * PIECE)
    page.piece("a", 0, bytes(PIECE))
    page.send({"kind": "cancel", "id": "a"})
    assert (page.upload.state, page.upload.message) == ("ready", "")
    assert page.upload._arriving is None
    page.piece("a", PIECE, bytes(PIECE))
    assert not arrived
    page.put("b", "b.jpg", b"b")
    assert arrived == [("b.jpg", b"b")]


def test_cancelling_another_upload_changes_nothing(page: Page, arrived: list[Any]) -> None:
    page.start("a", "a.jpg", 3)
    page.send({"kind": "cancel", "id": "ghost"})
    page.piece("a", 0, b"abc")
    assert arrived == [("a.jpg", b"abc")]


def test_a_second_start_takes_the_place_of_the_first(page: Page, arrived: list[Any]) -> None:
    page.start("a", "a.jpg", 2 * PIECE)
    page.start("b", "b.jpg", 3)
    assert {"kind": "dropped", "id": "a", "sentence": REPLACED} in page.answers()
    page.piece("a", 0, bytes(PIECE))
    page.piece("b", 0, b"abc")
    assert arrived == [("b.jpg", b"abc")]


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("beagle_1.jpg", "beagle_1.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\fakepath\\cat.png", "cat.png"),
        ("/tmp/", "photograph"),  # noqa: S108 - what a browser may say, not where we write
        ("", "photograph"),
        ("..", "photograph"),
        (" \u202egpj.tac\x00\n ", "gpj.tac"),
        ("caf\u00e9 \ud83d.jpg", "caf\u00e9 .jpg"),
        ("<img src=x onerror=alert(1)>.jpg", "<img src=x onerror=alert(1)>.jpg"),
        ("<b>/</b>.jpg", "b>.jpg"),
        ("n" * 500 + ".jpeg", "n" * (NAME_LENGTH - 5) + ".jpeg"),
        ("n." + "x" * 500, "n." + "x" * (NAME_LENGTH - 2)),
    ],
)
def test_names_become_short_base_names(
    page: Page, arrived: list[Any], name: str, clean: str
) -> None:
    page.put("a", name, b"x")
    assert arrived == [(clean, b"x")]


def test_an_exception_of_the_callback_is_logged_and_said(
    page: Page, arrived: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    page.upload.on_photo(lambda *_: 1 / 0)
    with caplog.at_level(logging.ERROR):
        page.put("a", "a.jpg", b"x")
    assert page.upload.message == FAILED
    assert "ZeroDivisionError" in caplog.text
    assert page.kinds()[-1] == ("done", "a")
    page.put("b", "b.jpg", b"y")
    assert [name for name, _ in arrived] == ["a.jpg", "b.jpg"]


def test_a_problem_is_shown_as_its_own_text(page: Page, caplog: pytest.LogCaptureFixture) -> None:
    def judge(name: str, photo: bytes) -> None:
        raise Problem(f"{name} is not a picture.")

    page.upload.on_photo(judge)
    page.put("a", "<b>notes</b>.txt", b"x")
    assert page.upload.message == "b>.txt is not a picture."
    assert not caplog.records


def test_the_page_hears_that_it_arrived_before_the_callback_works(page: Page) -> None:
    seen: list[Any] = []
    page.upload.on_photo(lambda *_: seen.append((page.kinds()[-1], page.upload.state)))
    page.put("a", "a.jpg", b"x")
    assert seen == [(("arrived", "a"), "ready")]
    assert page.kinds()[-1] == ("done", "a")


def test_a_failure_of_our_own_is_caught_too(
    page: Page, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "_clean_name", lambda _: 1 / 0)
    page.start("a", "a.jpg", 1)
    assert page.upload.message == FAILED
    assert "ZeroDivisionError" in caplog.text


def test_what_the_log_keeps_of_a_message_is_short(
    page: Page, caplog: pytest.LogCaptureFixture
) -> None:
    page.send("x" * 10**6)
    assert len(caplog.text) < 500


def test_the_documented_examples_run() -> None:
    assert doctest.testmod(module).failed == 0


SVG = "http://www.w3.org/2000/svg"
"""The name of SVG's elements; nobody loads it."""


def test_the_page_loads_nothing_from_elsewhere() -> None:
    for text in (str(PhotoUpload._esm), str(PhotoUpload._css)):
        assert "://" not in text.replace(SVG, "")
        assert "@import" not in text
