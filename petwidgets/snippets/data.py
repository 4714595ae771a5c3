"""Code of the lessons on data: presizing, a batch, `DataBlock.summary`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from petwidgets.jobs.datablock_summary import MIN_SCALE
from petwidgets.recipes.recipe import DEFAULT_ARCH
from petwidgets.snippets.training import items, label, path, table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from petwidgets.jobs.datablock_summary import Stepping
    from petwidgets.jobs.presize import Presizing
    from petwidgets.jobs.show_batch import Showing


def _arguments(given: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in given.items())


def presizing(photo: str, settings: Presizing) -> str:
    """Code that presizes a photograph with one interpolation, and with one per operation.

    Args:
        photo: path or name of the photograph's file.
        settings: the settings of the panel.
    """
    kind = _arguments({"method": settings.method, "pad_mode": settings.pad_mode})
    return f"""from fastai.vision.all import *
from petwidgets.learning.input.photograph import Photo

photo = Photo.create(Path({photo!r}))  # a PILImage, but upright

def square(size):
    random.seed({settings.seed})  # of where it crops
    resized = Resize(size, {kind})(photo, split_idx=0)
    return TensorImage(image2tensor(resized))[None].float() / 255

{_composed(settings)}

stepwise = square({settings.size})
{_stepwise(settings)}_, axs = subplots(1, 2)
composed[0].show(ctx=axs[0], title='one interpolation')
stepwise[0].show(ctx=axs[1], title='one an operation')"""


def _operation(settings: Presizing, name: str, more: Mapping[str, Any]) -> str:
    values = {**settings.draws()[name], "p": 1, **more, "pad_mode": settings.pad_mode}
    return f"{name}({_arguments(values)})"


def _composed(settings: Presizing) -> str:
    if not settings.draws():
        if settings.size == settings.presize:
            return f"composed = square({settings.presize})"
        given = {"size": settings.size, "pad_mode": settings.pad_mode, "align_corners": True}
        tools = f"AffineCoordTfm({_arguments(given)})"
    else:
        between = ",\n                       "
        size = {"size": settings.size}
        tools = between.join(_operation(settings, name, size) for name in settings.draws())
    return (
        f"tfms = setup_aug_tfms([{tools}])\ncomposed = Pipeline(tfms)(square({settings.presize}))"
    )


def _stepwise(settings: Presizing) -> str:
    return "".join(
        f"stepwise = {_operation(settings, name, {})}(stepwise)\n" for name in settings.one_by_one()
    )


def _block(
    pattern: str, presize: int | None, augmentation: Mapping[str, Any], cpu: str = ""
) -> str:
    resize = f"\n                  item_tfms=Resize({presize})," if presize else ""
    return f"""stats = timm.get_pretrained_cfg({DEFAULT_ARCH!r})
block = DataBlock(blocks=(ImageBlock, CategoryBlock),
                  get_items=lambda path: {items(pattern)},
                  splitter=RandomSplitter(0.2, seed=42),
                  get_y={label(pattern)},{resize}
                  batch_tfms=[*aug_transforms({_arguments(augmentation)}),
                              Normalize.from_stats(stats.mean, stats.std{cpu})])"""


def batch(source: str, pattern: str, settings: Showing) -> str:
    """Code that draws the same batch as the panel: on the CPU, as a GPU has other random numbers.

    Args:
        source: `sample`, `oxford-pets` or a folder.
        pattern: a regular expression whose first group is the breed, or `parent-folder`.
        settings: the settings of the panel.
    """
    shown = {"max_n": settings.pictures, "nrows": settings.nrows, "ncols": settings.ncols}
    unique = {"unique": True} if settings.unique else {}
    return f"""from fastai.vision.all import *
import timm
{path(source)}{table(pattern)}
{_block(pattern, settings.presize, settings.augmentation(), ", cuda=False")}{_first(settings)}
dls = block.dataloaders(path, bs={settings.pictures}, device='cpu')
set_seed({settings.seed})
dls.{settings.part}.rng = random.Random({settings.seed})  # of the order
dls.{settings.part}.show_batch({_arguments({**shown, **unique})})"""


def _first(settings: Showing) -> str:
    """Lines that have the training side begin with the photograph that is followed."""
    if not settings.first:
        return ""
    return f"""
split = block.splitter

def beginning_with_it(files):
    train, valid = split(files)
    at = [file.relative_to(path).as_posix() for file in files].index({settings.first!r})
    return [at, *(i for i in train if i != at)], [i for i in valid if i != at]

block.splitter = beginning_with_it"""


def summary(source: str, pattern: str, settings: Stepping) -> str:
    """Code that calls `DataBlock.summary`; for a block without `Resize` fastai's error is raised.

    Args:
        source: `sample`, `oxford-pets` or a folder.
        pattern: a regular expression whose first group is the breed, or `parent-folder`.
        settings: the settings of the panel.
    """
    presize = settings.presize if settings.resize else None
    return f"""from fastai.vision.all import *
import timm
{path(source)}{table(pattern)}
{_block(pattern, presize, {"size": settings.size, "min_scale": MIN_SCALE})}
block.summary(path)"""


def checks(source: str) -> str:
    """Code that prints each file's faults, and copies in both parts of the chapter's split."""
    where = path(source).replace("path = Path(", "from pathlib import Path\n\npath = Path(", 1)
    fastai = "from fastai.vision.all import *\n" if "untar_data" in where else ""
    return f"""{fastai}{where}
from petwidgets.data.checks.check import check
from petwidgets.data.checks.findings import across
from petwidgets.data.sources import photographs
from petwidgets.data.splits import random_split

findings = check(path)
bad = {{finding.file for finding in findings if finding.problem == "unreadable"}}
files = [str(file) for file in photographs(path) if str(file) not in bad]
train, valid = ({{files[i] for i in part}} for part in random_split(len(files), 0.2, 42))
for finding in [*across(findings, train, valid), *findings]:
    print(finding.file, finding.sentence)"""
