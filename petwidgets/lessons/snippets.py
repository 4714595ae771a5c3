"""The code that does what a panel does, with its present settings: to copy, and it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from petwidgets.data.dataset import OXFORD, SAMPLE
from petwidgets.lessons.snippets_quick import asks_for_more, quick
from petwidgets.recipes import PARENT_FOLDER

if TYPE_CHECKING:
    from petwidgets.recipes import Rate, Recipe, Stage


def path(source: str) -> str:
    """A line that sets `path` to the folder of the photographs."""
    if source == OXFORD:
        return 'path = untar_data(URLs.PETS)/"images"'
    if source == SAMPLE:
        return "from petwidgets.data.dataset import prepare\n\npath = prepare('sample')"
    return f"path = Path({source!r}).expanduser()"


def label(pattern: str) -> str:
    """What gives a file's breed, in fastai's words."""
    if pattern == PARENT_FOLDER:
        return "parent_label"
    return f"using_attr(RegexLabeller({_raw(pattern)}), 'name')"


def _raw(pattern: str) -> str:
    """As a person writes an expression, where Python's grammar lets it be written so."""
    if "'" in pattern or pattern.endswith("\\") or not pattern.isprintable():
        return repr(pattern)
    return f"r'{pattern}'"


def labels(source: str, pattern: str) -> str:
    """Files and their breeds, counted."""
    return f"""from collections import Counter
from fastai.vision.all import *
{path(source)}
files = sorted(get_image_files(path))
label = {label(pattern)}
print(len(files), Counter(label(file) for file in files))"""


def training(recipe: Recipe, parent: str = "") -> str:
    """The recipe in fastai's own words; with a parent, in a few of petwidgets', too."""
    if recipe.frozen_only:
        return _baseline(recipe)
    return quick(recipe, parent) if parent or asks_for_more(recipe) else _fine_tuning(recipe)


def prepared(recipe: Recipe) -> str:
    """Lines that make `learn`, with ImageNet's weights and a new head, before any training."""
    return _features(recipe) if recipe.frozen_only else _whole(recipe)


def _fine_tuning(recipe: Recipe) -> str:
    return f"{_whole(recipe)}\n{_stages(recipe)}"


def _baseline(recipe: Recipe) -> str:
    return f"{_features(recipe)}\n{_fit(recipe.stages[0])}"


def _whole(recipe: Recipe) -> str:
    return f"""{_dataloaders(recipe)}
learn = {_learner(recipe, f", metrics=error_rate, wd={recipe.weight_decay}")}
learn.model[0].load_state_dict(weights.body)"""


def _features(recipe: Recipe) -> str:
    return f"""{_dataloaders(recipe)}
model = {_learner(recipe, ", lin_ftrs=[], concat_pool=False")}.model
model[0].load_state_dict(weights.body)
body, head = nn.Sequential(model[0], *model[1][:2]).eval(), model[1][2:]

@torch.no_grad()
def features(items):
    batches = [(body(x), y) for x, y in dls.test_dl(items, with_labels=True)]
    return list(zip(*(torch.cat(column) for column in zip(*batches))))

sets = [features(ds.items) for ds in (dls.train_ds, dls.valid_ds)]
learn = Learner(DataLoaders.from_dsets(*sets, bs={recipe.batch_size}), head,
                CrossEntropyLossFlat(), metrics=error_rate, wd={recipe.weight_decay})"""


def _learner(recipe: Recipe, more: str) -> str:
    arch = f"architecture({recipe.arch!r})"
    return f"vision_learner(dls, {arch}, pretrained=False, normalize=False{more})"


def _items(recipe: Recipe) -> str:
    if recipe.limit_per_breed is None:
        return "sorted(get_image_files(path))"
    return f"[*load(path, {_raw(recipe.pattern)}).limited({recipe.limit_per_breed}).paths]"


def _splitter(recipe: Recipe) -> str:
    if recipe.leave_out or recipe.relabel:
        return "cleaned_parts"
    return f"RandomSplitter({recipe.valid}, seed={recipe.seed})"


def _changes(recipe: Recipe) -> str:
    """Lines that leave out and relabel; the split is drawn before, as of all photographs."""
    if not recipe.leave_out and not recipe.relabel:
        return ""
    return f"""
left_out = {set(recipe.leave_out)}
relabelled = {dict(recipe.relabel)}
own_label = {label(recipe.pattern)}

def name(file):
    return file.relative_to(path).as_posix()

def cleaned_label(file):
    return relabelled.get(name(file)) or own_label(file)

def cleaned_parts(files):
    parts = RandomSplitter({recipe.valid}, seed={recipe.seed})(files)
    return [[i for i in part if name(files[i]) not in left_out] for part in parts]
"""


def _dataloaders(recipe: Recipe) -> str:
    limited = recipe.limit_per_breed is not None
    load = "from petwidgets.data.dataset import load\n" if limited else ""
    changes = _changes(recipe)
    return f"""from fastai.vision.all import *
{load}from petwidgets.learning.backbones import architecture, pretrained
{path(recipe.data)}
weights = pretrained({recipe.arch!r}){changes}
block = DataBlock(blocks=(ImageBlock, CategoryBlock),
                  get_items=lambda path: {_items(recipe)},
                  splitter={_splitter(recipe)},
                  get_y={"cleaned_label" if changes else label(recipe.pattern)},
                  item_tfms=Resize({recipe.presize}),
                  batch_tfms=[*aug_transforms(size={recipe.size}, min_scale={recipe.min_scale}),
                              Normalize.from_stats(weights.mean, weights.std)])
dls = block.dataloaders(path, bs={recipe.batch_size})
set_seed({recipe.seed})"""


def _stages(recipe: Recipe) -> str:
    return "\n".join(_stage(stage) for stage in recipe.stages if stage.epochs)


def _stage(stage: Stage) -> str:
    return f"learn.{'freeze' if stage.frozen else 'unfreeze'}()\n{_fit(stage)}"


def _fit(stage: Stage) -> str:
    more = f"pct_start={stage.pct_start}, div={stage.div}"
    return f"learn.fit_one_cycle({stage.epochs}, {_rate(stage.rate)}, {more})"


def _rate(rate: Rate) -> str:
    return f"slice({rate[0]}, {rate[1]})" if isinstance(rate, tuple) else str(rate)


def classification(run_id: str) -> str:
    """One photograph through a run's network."""
    return f"""from pathlib import Path
from petwidgets.data.photo import read_photo
from petwidgets.learning.predict import classifier
from petwidgets.runs import RunStore

known = classifier(RunStore().get({run_id!r}))
row = known.limits.cooled(known.activations([read_photo(Path('photo.jpg'))]))[0]
for i in row.argsort()[:-6:-1]:
    print(known.vocab[i], f'{{row[i]:.1%}}')"""
