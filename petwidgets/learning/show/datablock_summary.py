"""The steps that `DataBlock.summary` prints, as cards for a page."""

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
"""fastai's name of the step that opens a file."""


class Failed(Exception):  # noqa: N818 - it ends the cards, and is no error of the page
    """Raised after the card of a failed step, which is the last one."""


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
        """Add the card of a step. Arguments that fastai appends to a transform's name are cut."""
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
        """Add the card of a failed step; returns the exception to raise."""
        self.deal(stage, name, came, None, problem=problem, shapes=shapes)
        self.problem = sentence
        return Failed()

    def through(self, stage: str, transforms: Iterable[Any], item: Any) -> Any:
        """Apply transforms with one card each, in the order of `DataBlock.summary`.

        The transforms are applied as in training. fastai's summary does not set the side, so that
        it skips transforms for one side only (such as `Brightness`) although it prints their names.

        Returns:
            The output of the last transform.

        Raises:
            Failed: a transform failed.
        """
        before = value(item)
        for transform in transforms:
            name = transform.name
            if name == "noop":
                continue
            try:
                item = transform(item, split_idx=TRAIN)
            except Exception as error:
                reason = f"{type(error).__name__}: {error}"
                sentence = CUT_SHORT.format(reason=reason)
                raise self.fail(sentence, stage, name, before, problem=reason) from error
            after = value(item)
            self.deal(stage, name, before, after)
            before = after
        return item


def block(settings: Stepping, dataset: Dataset, pattern: str, draws: OwnDraws) -> DataBlock:
    """The chapter's `DataBlock`, with or without its `Resize`."""
    items = [Resize(settings.presize)] if settings.resize else []
    batch = [*aug_transforms(size=settings.size, min_scale=MIN_SCALE), normalisation()]
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
def steps(source: str, pattern: str, settings: Stepping) -> Steps:
    """The steps of `DataBlock.summary` on the first photographs to train on."""
    dataset = load(source, pattern)
    cards = Cards()
    with suppress(Failed), OwnDraws(SPLIT_SEED) as draws:
        parts = _split(cards, dataset)
        first, *rest = (dataset.paths[i] for i in parts[0][:ITEMS])
        _require_readable(cards, "type_tfms", first)  # fastai opens the first item for its type
        prepared = block(settings, dataset, pattern, draws)
        sets = prepared.datasets(list(dataset.paths))
        for transforms in sets.train.tls:
            cards.through("type_tfms", transforms.tfms.fs, first)
        loader = _loader(prepared, sets)
        items = [cards.through("item_tfms", loader.after_item.fs, sets.train[0])]
        for position, path in enumerate(rest, 1):
            _require_readable(cards, "item_tfms", path)
            items.append(loader.after_item(sets.train[position]))
        cards.through("batch_tfms", loader.after_batch.fs, _collate(cards, loader, items))
    return Steps(tuple(cards.dealt), cards.problem)


def _split(cards: Cards, dataset: Dataset) -> tuple[list[int], list[int]]:
    parts = random_split(len(dataset.paths), VALID, SPLIT_SEED)
    if len(parts[0]) < ITEMS:
        raise Problem(
            f"A summary takes {ITEMS} photographs to train on, and here are only"
            f" {len(parts[0])}: add some."
        )
    all_files = files("list", dataset.paths, counted(len(dataset.paths), "item"))
    train = [dataset.paths[i] for i in parts[0]]
    sizes = f"{len(parts[0]):,} and {counted(len(parts[1]), 'item')}"
    cards.deal("get_items", "get_items", plain("str", text=dataset.source), all_files)
    cards.deal("splitter", "splitter", all_files, files("tuple", train, sizes))
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


def _collate(cards: Cards, loader: TfmdDL, items: list[Any]) -> Any:
    before = samples(items)
    try:
        batch = retain_types(loader.create_batch(items), items[0])
    except Exception as error:
        reason = _find_fail_collate(items) or str(error)
        sentence, shapes = UNEQUAL.format(n=len(items)), [shape(item[0]) for item in items]
        raise cards.fail(
            sentence, "collate", "collate", before, problem=reason, shapes=shapes
        ) from error
    cards.deal("collate", "collate", before, value(batch))
    return batch
