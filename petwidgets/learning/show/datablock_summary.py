"""What `DataBlock.summary` prints, as cards that a page can step through."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from fastai.data.block import _find_fail_collate
from fastai.vision.all import (
    CategoryBlock,
    DataBlock,
    ImageBlock,
    Resize,
    TfmdDL,
    aug_transforms,
    retain_types,
)

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import counted
from petwidgets.data.dataset import load
from petwidgets.data.image import read_photo
from petwidgets.data.splits import random_split
from petwidgets.jobs import datablock_summary as jobs
from petwidgets.jobs.datablock_summary import (
    CUT_SHORT,
    ITEMS,
    MIN_SCALE,
    UNEQUAL,
    WHY,
    Card,
    Stepping,
    Steps,
    Value,
)
from petwidgets.jobs.job import implements
from petwidgets.learning.input.rng import OwnDraws
from petwidgets.learning.show.batch import CPU, SPLIT_SEED, VALID, labeller, normalisation
from petwidgets.learning.show.values import files, plain, samples, shape, value

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from fastai.vision.all import Datasets

    from petwidgets.data.dataset import Dataset

TRAIN = 0
"""fastai's `split_idx` of the training side."""

OPENING = "PILBase.create"
"""What fastai calls the step that opens a file."""


class Failed(Exception):  # noqa: N818 - the last card has been dealt: no error
    """A step failed; its card says so, and nothing comes after it."""


class Cards:
    """The cards so far, and the sentence about the step that failed."""

    def __init__(self) -> None:
        self.dealt: list[Card] = []
        self.problem = ""

    def deal(
        self,
        stage: str,
        name: str,
        came: Value,
        went: Value | None,
        *,
        problem: str = "",
        shapes: Sequence[str] = (),
    ) -> None:
        """One step; fastai adds a transform's arguments to its name, which are left out."""
        short = name.split(" -- ", 1)[0]
        card: Card = {
            "stage": stage,
            "name": short,
            "why": WHY.get(short, ""),
            "came": came,
            "went": went,
            "failed": went is None,
            "problem": problem,
            "shapes": [*shapes],
        }
        self.dealt.append(card)

    def fail(
        self,
        sentence: str,
        stage: str,
        name: str,
        came: Value,
        *,
        problem: str,
        shapes: Sequence[str] = (),
    ) -> Failed:
        """The last step, and what is said about it; what it returns is to be raised."""
        self.deal(stage, name, came, None, problem=problem, shapes=shapes)
        self.problem = sentence
        return Failed()

    def through(self, stage: str, transforms: Iterable[Any], thing: Any) -> Any:
        """One card a transform, in the order of `DataBlock.summary`; and what comes out.

        On the training side: fastai's own leaves that open, and so passes over what is only for
        one side, such as `Brightness`, while it prints its name.

        Raises:
            Failed: a transform did.
        """
        came = value(thing)
        for transform in transforms:
            name = transform.name
            if name == "noop":
                continue
            try:
                thing = transform(thing, split_idx=TRAIN)
            except Exception as error:
                reason = f"{type(error).__name__}: {error}"
                sentence = CUT_SHORT.format(reason=reason)
                raise self.fail(sentence, stage, name, came, problem=reason) from error
            went = value(thing)
            self.deal(stage, name, came, went)
            came = went
        return thing


def block(asked: Stepping, dataset: Dataset, pattern: str, draws: OwnDraws) -> DataBlock:
    """The chapter's `DataBlock`, with or without its `Resize`."""
    items = [Resize(asked.presize)] if asked.resize else []
    batch = [*aug_transforms(size=asked.size, min_scale=MIN_SCALE), normalisation()]
    draws.lend([*items, *batch])
    return DataBlock(
        blocks=(ImageBlock, CategoryBlock),
        get_items=list,
        get_y=labeller(dataset, pattern),
        splitter=lambda files: random_split(len(files), VALID, SPLIT_SEED),
        item_tfms=items,
        batch_tfms=batch,
    )


@implements(jobs.steps)
def steps(source: str, pattern: str, asked: Stepping) -> Steps:
    """The steps of `DataBlock.summary` on the first photographs to train on."""
    dataset = load(source, pattern)
    cards = Cards()
    with suppress(Failed), OwnDraws(SPLIT_SEED) as draws:
        parts = _parted(cards, dataset)
        first, *others = (dataset.paths[i] for i in parts[0][:ITEMS])
        _require_readable(cards, "type_tfms", first)  # the block itself opens it, to know its type
        prepared = block(asked, dataset, pattern, draws)
        sets = prepared.datasets(list(dataset.paths))
        for transforms in sets.train.tls:
            cards.through("type_tfms", transforms.tfms.fs, first)
        loader = _loader(prepared, sets)
        items = [cards.through("item_tfms", loader.after_item.fs, sets.train[0])]
        for position, path in enumerate(others, 1):
            _require_readable(cards, "item_tfms", path)
            items.append(loader.after_item(sets.train[position]))
        cards.through("batch_tfms", loader.after_batch.fs, _collated(cards, loader, items))
    return Steps(tuple(cards.dealt), cards.problem)


def _parted(cards: Cards, dataset: Dataset) -> tuple[list[int], list[int]]:
    parts = random_split(len(dataset.paths), VALID, SPLIT_SEED)
    if len(parts[0]) < ITEMS:
        raise Problem(
            f"A summary takes {ITEMS} photographs to train on, and here are only"
            f" {len(parts[0])}: add some."
        )
    found = files("list", dataset.paths, counted(len(dataset.paths), "item"))
    train = [dataset.paths[i] for i in parts[0]]
    sizes = f"{len(parts[0]):,} and {counted(len(parts[1]), 'item')}"
    cards.deal("get_items", "get_items", plain("str", text=dataset.source), found)
    cards.deal("splitter", "splitter", found, files("tuple", train, sizes))
    return parts


def _loader(prepared: DataBlock, sets: Datasets) -> TfmdDL:
    return TfmdDL(
        sets.train,
        bs=ITEMS,
        num_workers=0,
        device=CPU,
        after_item=prepared.item_tfms,
        after_batch=prepared.batch_tfms,
    )


def _require_readable(cards: Cards, stage: str, path: Path) -> None:
    try:
        read_photo(path)
    except Problem as problem:
        sentence = f"{path.name}: {problem}"
        raise cards.fail(sentence, stage, OPENING, value(path), problem=sentence) from problem


def _collated(cards: Cards, loader: TfmdDL, items: list[Any]) -> Any:
    came = samples(items)
    try:
        batch = retain_types(loader.create_batch(items), items[0])
    except Exception as error:
        reason = _find_fail_collate(items) or str(error)
        sentence, shapes = UNEQUAL.format(n=len(items)), [shape(item[0]) for item in items]
        raise cards.fail(
            sentence, "collate", "collate", came, problem=reason, shapes=shapes
        ) from error
    cards.deal("collate", "collate", came, value(batch))
    return batch
