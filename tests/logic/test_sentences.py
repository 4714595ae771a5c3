"""The list of all sentences of the page, and what each of them has to be like."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from petwidgets.panels.chapters import CHAPTERS, PANELS

if TYPE_CHECKING:
    from types import ModuleType

SCRIPT = Path(__file__).parents[2] / "docs" / "sentences.py"

ODD = re.compile(
    r"\bwhoever\b|(?<!there )\bis no (number|probability|photograph|picture)\b|\bnot suffice\b"
    r"|\bheld against\b|\bnone is like\b",
    re.IGNORECASE,
)
"""Turns that were hard to read for people who learn English, too."""


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("sentences", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def listed(script: ModuleType) -> list[tuple[str, str]]:
    """File and sentence of each."""
    return [(name, text) for name, found in script.sentences().items() for _, text in found]


def test_every_title_lead_and_why_is_listed(listed: list[tuple[str, str]]) -> None:
    texts = {text for _, text in listed}
    for panel in PANELS.values():
        assert {panel.lead, panel.why} <= texts, panel.key
        assert panel.title in texts or " " not in panel.title
    assert {chapter.lead for chapter in CHAPTERS} <= texts


def test_problems_and_the_pages_own_sentences_are_listed(listed: list[tuple[str, str]]) -> None:
    for one in [
        ("petwidgets/data/image.py", "This file is empty: choose another one."),
        ("petwidgets/recipes/stage_notation.py", "{text[:40]} is not a learning rate. {HOW}"),
        ("js/src/photo_upload/camera.js", "Use the camera"),
        ("js/src/chapter_list.js", "Skip to the lesson"),
    ]:
        assert one in listed
    assert not [text for _, text in listed if "Example:" in text], "a docstring"


def test_no_sentence_has_an_odd_turn(listed: list[tuple[str, str]]) -> None:
    assert [one for one in listed if ODD.search(one[1])] == []


def test_what_is_no_sentence_is_left_out(script: ModuleType) -> None:
    for text in ("petwidgets-tree", "aria-label", "px solid red", "Loss", "", "a file"):
        assert not script.is_sentence(text), text
