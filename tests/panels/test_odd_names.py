"""Files and folders may be called anything: each has its picture, and each can be chosen."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image
from waiting import wait_for, wait_for_reading

from petwidgets import BrowsePanel, CheckPanel
from petwidgets.common.text import readable
from petwidgets.recipes.labelling import PARENT_FOLDER
from petwidgets.widgets.base import Part
from petwidgets.widgets.fields import choice
from petwidgets.widgets.form import Form
from petwidgets.widgets.surrogates import inward, outward

if TYPE_CHECKING:
    from pathlib import Path

    from fakes import OurSession

NAMES = [
    b"caf\xe9",
    b"\xff\xfe",
    "two\nlines",
    "a\ttab",
    "\"quotes\" and 'more'",
    "<script>alert(1)",
    "<img src=x onerror=alert(1)>",
    "\U0001f469\u200d\U0001f9b0 \U0001f408",
    "\u202egpj.txet",
    "n" * 240,
    "\u732b" * 80,
    "-rf",
    "ends in a blank ",
    "50% #1? & more; $HOME `id`",
    "back\\slash",
    "nul\x01\x1b[2J",
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two photographs in a folder of each name, with names of that kind."""
    root = tmp_path / "photos"
    for n, name in enumerate(NAMES):
        text = os.fsdecode(name)
        (root / text).mkdir(parents=True)
        for at in (1, 2):
            picture = Image.effect_noise((40 + n, 40), 60 + at)
            picture.save(root / text / f"{text}_{at}.jpg", "JPEG")
    return root


class Told(Part):
    """A part whose page is a list of what was sent, as the page reads it."""


def as_a_page_reads(message: Any) -> Any:
    """Through the bytes that Jupyter makes of a message; raises where it can't."""
    sent = json.dumps(message, ensure_ascii=False, allow_nan=False).encode("utf-8")
    return json.loads(sent)


def state(part: Part) -> dict[str, Any]:
    return {
        key: as_a_page_reads(part.get_state(key)[key])
        for key in part.get_state()
        if key[0] != "_" and key not in ("layout", "tabbable", "tooltip", "jpeg", "comm")
    }


def test_every_name_comes_back_from_the_page_as_it_was() -> None:
    names = [os.fsdecode(name) for name in NAMES]
    sent = as_a_page_reads(outward({name: [name, (name,)] for name in names}))
    assert inward(sent) == {name: [name, [name]] for name in names}
    assert readable(names[0]) == r"caf\xe9"
    assert readable("\ud800") == r"\ud800"
    form = Form([choice("file", "File", [(name, name) for name in names])])
    for count, name in enumerate(names, 1):
        shown = {value for value, _ in state(form)["fields"][0]["options"]}
        assert outward(name) in shown
        form.set_state({"edits": {"file": [outward(name), count]}})
        assert form["file"] == name
        assert state(form)["values"] == {"file": outward(name)}


def test_messages_of_ones_own_carry_them_too(monkeypatch: pytest.MonkeyPatch) -> None:
    part, name = Told(), os.fsdecode(NAMES[0])
    sent: list[Any] = []
    heard: list[Any] = []
    monkeypatch.setattr(part, "_send", lambda message, **_: sent.append(message))
    part.on_msg(lambda _part, content, _buffers: heard.append(content))
    part.send({"name": name})
    (message,) = sent
    assert as_a_page_reads(message)["content"] == {"name": r"caf\xe9"}
    part._handle_custom_msg(as_a_page_reads(message)["content"], [])
    assert heard == [{"name": name}]


def test_all_are_browsed_filtered_and_checked(folder: Path, session: OurSession) -> None:
    panel, check = BrowsePanel(session), CheckPanel(session)
    session.data.read(str(folder), PARENT_FOLDER)
    wait_for_reading()
    assert (panel.heading.problem, session.data.reading.problem) == ("", "")
    assert len(session.data.dataset.paths) == 2 * len(NAMES)
    sent: list[tuple[dict[str, Any], list[bytes]]] = []
    panel.scroller.send = lambda content, buffers: sent.append((content, buffers))  # type: ignore[method-assign]
    panel.scroller._hear(
        panel.scroller, {"kind": "want", "version": panel.scroller.version, "from": 0, "to": 99}, []
    )
    wait_for("thumbnails")
    items = [item for content, _ in sent for item in content["items"]]
    assert [item for item in items if "problem" in item] == []
    assert all(jpeg[:2] == b"\xff\xd8" for _, buffers in sent for jpeg in buffers)
    assert len(items) == 2 * len(NAMES)
    offered = state(panel.filter)["fields"][1]["options"][1:]
    assert {r"caf\xe9", r"\xff\xfe"} <= {text for _, text in offered}
    for count, breed in enumerate(offered, 1):
        panel.filter.set_state({"edits": {"breed": [breed[0], count]}})
        assert panel.filter["breed"] == inward(breed[0])
        assert len(panel.scroller.photographs) == 2
        panel._open(0)
        assert (panel.viewer.problem, panel.heading.problem) == ("", "")
        state(panel.viewer)
    session.data.check()
    wait_for("check photographs")
    assert session.data.checking.problem == ""
    assert {finding.problem for finding in session.data.findings} <= {"blurred", "near-duplicate"}
    for part in (panel.scroller, panel.counts, panel.tree, check.kinds, check.table):
        state(part)
