"""The cards say what `DataBlock.summary` prints."""

from __future__ import annotations

import contextlib
import io
import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
import torch
from fastai.vision.all import (
    CategoryBlock,
    DataBlock,
    ImageBlock,
    Normalize,
    RandomSplitter,
    RegexLabeller,
    Resize,
    aug_transforms,
    get_image_files,
    using_attr,
)
from PIL import Image

from petwidgets.common.errors import Problem
from petwidgets.jobs.datablock_summary import Card, Stepping, Steps
from petwidgets.learning.show import datablock_summary
from petwidgets.recipes.labelling import CHAPTER_PATTERN, PARENT_FOLDER

if TYPE_CHECKING:
    from pathlib import Path

HALF = [0.5, 0.5, 0.5]

SIZES = {"presize": 128, "size": 64}


def printed(folder: Path, *, resize: bool) -> str:
    """What fastai prints for the chapter's block on these photographs."""
    block = DataBlock(
        blocks=(ImageBlock, CategoryBlock),
        get_items=lambda path: sorted(get_image_files(path)),
        splitter=RandomSplitter(0.2, seed=42),
        get_y=using_attr(RegexLabeller(CHAPTER_PATTERN), "name"),
        item_tfms=Resize(128) if resize else None,
        batch_tfms=[
            *aug_transforms(size=64, min_scale=0.75),
            Normalize.from_stats(HALF, HALF),
        ],
    )
    with contextlib.redirect_stdout(io.StringIO()) as text, contextlib.suppress(RuntimeError):
        block.summary(folder)
    return text.getvalue()


@pytest.fixture(scope="module")
def original(real: Path) -> Path:
    """Photographs in their own shapes."""
    return real / "pets-original" / "images"


def steps(source: str, pattern: str, settings: dict[str, Any]) -> Steps:
    return datablock_summary.steps(source, pattern, Stepping(**settings))


def cards(found: Steps, stage: str) -> list[Card]:
    return [card for card in found.cards if card["stage"] == stage]


@pytest.mark.parametrize("resize", [True, False])
def test_the_steps_are_those_that_fastai_prints(resize: bool, original: Path) -> None:  # noqa: FBT001
    text = printed(original, resize=resize)
    found = steps(str(original), CHAPTER_PATTERN, {**SIZES, "resize": resize})
    stages = ["get_items", "splitter", "collate"]
    names = [card["name"] for card in found.cards if card["stage"] not in stages]
    assert names == re.findall(r"applying (\S+)(?: -- .*?)?\n? ?gives\n", text, re.DOTALL)
    assert [card["name"] for card in found.cards if card["stage"] in stages] == stages
    assert all(card["why"] for card in found.cards)


def test_sizes_are_those_that_fastai_prints(original: Path) -> None:
    text = printed(original, resize=True)
    found = steps(str(original), CHAPTER_PATTERN, SIZES)
    got, parts = (cards(found, stage)[0]["went"] for stage in ("get_items", "splitter"))
    assert f"Found {got['shape']}" in text
    assert "2 datasets of sizes {},{}\n".format(*re.findall(r"\d+", parts["shape"])) in text
    opened, labelled, category = cards(found, "type_tfms")
    assert f"/{opened['came']['text']}\n    applying PILBase.create gives" in text
    width, height = re.match(r"(\d+) x (\d+) pixels", opened["went"]["shape"]).groups()
    assert f"{opened['went']['type']} mode=RGB size={width}x{height}" in text
    assert f"gives\n      {labelled['went']['text']}\n" in text
    assert f"{category['went']['type']}({category['went']['text']})" in text
    for card in [*cards(found, "item_tfms")[1:], *cards(found, "batch_tfms")]:
        size = card["went"]["shape"].strip("()").replace(", ", "x")
        assert f"(TensorImage of size {size}, {card['went']['text']})" in text


def test_without_resize_the_collation_fails_as_in_fastai(original: Path) -> None:
    text = printed(original, resize=False)
    found = steps(str(original), CHAPTER_PATTERN, {**SIZES, "resize": False})
    last = found.cards[-1]
    assert (last["stage"], last["failed"], last["went"]) == ("collate", True, None)
    assert last["problem"].startswith("Could not collate the 0-th members")
    assert text.endswith(last["problem"] + "\n")
    assert [f"torch.Size([{s.strip('()')}])" for s in last["shapes"]] == re.findall(
        r"torch\.Size\(.*?\)", text
    )[-4:]
    assert len(set(last["shapes"])) > 1
    assert last["came"]["shape"] == "; ".join(last["shapes"])
    assert "Resize" in found.problem
    assert not any(card["failed"] for card in found.cards[:-1])


def test_equal_shapes_collate_without_resize(few: Path) -> None:
    found = steps(str(few), CHAPTER_PATTERN, {**SIZES, "resize": False})
    assert not found.problem
    assert cards(found, "collate")[0]["went"]["shape"] == "(4, 3, 512, 512)"


def test_what_goes_is_what_comes_next_and_can_be_seen(original: Path) -> None:
    found = steps(str(original), CHAPTER_PATTERN, SIZES)
    for stage in ("item_tfms", "batch_tfms"):
        chain = cards(found, stage)
        assert all(one["went"] == other["came"] for one, other in pairwise(chain))
        for card in chain:
            Image.open(io.BytesIO(card["went"]["jpeg"])).load()
    pictures = [card["went"]["jpeg"] for card in cards(found, "batch_tfms")]
    assert len(set(pictures[:4])) == 4  # each of them does something, on the training side
    floats, *_, normalised = cards(found, "batch_tfms")
    assert (floats["came"]["dtype"], floats["went"]["dtype"]) == ("uint8", "float32")
    low, high = (int(end) for end in floats["came"]["range"].split(" to "))
    assert floats["went"]["range"] == f"{low / 255:.2f} to {high / 255:.2f}"
    ends = [float(end) for end in normalised["came"]["range"].split(" to ")]
    went = [float(end) for end in normalised["went"]["range"].split(" to ")]
    assert went == pytest.approx([2 * end - 1 for end in ends], abs=0.02)
    assert normalised["went"]["stretched"]
    assert not floats["went"]["stretched"]


def test_nobody_elses_random_numbers_are_drawn(few: Path) -> None:
    before = torch.get_rng_state()
    first = steps(str(few), CHAPTER_PATTERN, SIZES)
    assert torch.equal(torch.get_rng_state(), before)
    assert steps(str(few), CHAPTER_PATTERN, SIZES) == first


def test_the_folder_labels_by_its_own_name(few: Path, tmp_path: Path) -> None:
    for breed in ("beagle", "pug"):
        (tmp_path / breed).mkdir()
        for photo in few.glob(f"{breed}_*"):
            (tmp_path / breed / photo.name).symlink_to(photo)
    found = steps(str(tmp_path), PARENT_FOLDER, SIZES)
    assert [card["name"] for card in cards(found, "type_tfms")][1] == "parent_label"
    assert not found.problem


@pytest.mark.parametrize("position", [0, 2])
def test_a_photograph_that_cannot_be_read_fails_at_its_step(
    position: int, few: Path, tmp_path: Path
) -> None:
    found = steps(str(few), CHAPTER_PATTERN, SIZES)
    chosen = cards(found, "splitter")[0]["went"]["text"].split(", ")[position]
    for photo in few.iterdir():
        (tmp_path / photo.name).symlink_to(photo)
    (tmp_path / chosen).unlink()
    (tmp_path / chosen).write_text("no picture")
    broken = steps(str(tmp_path), CHAPTER_PATTERN, SIZES)
    last = broken.cards[-1]
    assert (last["name"], last["failed"]) == ("PILBase.create", True)
    assert last["came"]["text"] == chosen
    assert broken.problem.startswith(f"{chosen}: This is not a picture")


def test_problems_are_sentences(few: Path, tmp_path: Path) -> None:
    for photo in list(few.glob("pug_*"))[:3]:
        (tmp_path / photo.name).symlink_to(photo)
    with pytest.raises(Problem, match=r"only 3: add some\.$"):
        steps(str(tmp_path), CHAPTER_PATTERN, SIZES)
    with pytest.raises(Problem, match=r"switch resize"):
        steps(str(few), CHAPTER_PATTERN, {"resize": "no"})
