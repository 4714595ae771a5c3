"""Code that does the work of a panel with its current settings, ready to copy and run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from petwidgets.data.label_store import said
from petwidgets.data.own_split import FOLDERS
from petwidgets.data.sources import OXFORD, SAMPLE
from petwidgets.recipes.labelling import PARENT_FOLDER, table_id
from petwidgets.snippets.fast_training import asks_for_more, quick

if TYPE_CHECKING:
    from petwidgets.recipes.recipe import Recipe
    from petwidgets.recipes.stage import Rate, Stage


def path(source: str) -> str:
    """A line that sets `path` to the folder of the photographs."""
    if source == OXFORD:
        return 'path = untar_data(URLs.PETS)/"images"'
    if source == SAMPLE:
        return "from petwidgets.data.sources import prepare\n\npath = prepare('sample')"
    return f"path = Path({source!r}).expanduser()"


def label(pattern: str) -> str:
    """Code of the labelling function: fastai's, or the one that `table` defines."""
    if table_id(pattern):
        return "label_of"
    if pattern == PARENT_FOLDER:
        return "parent_label"
    return f"using_attr(RegexLabeller({_raw(pattern)}), 'name')"


def table(pattern: str) -> str:
    """Lines that define `label_of` where a table gives the labels; else empty."""
    if not table_id(pattern):
        return ""
    return f"""
from petwidgets.data.dataset import load

labelled = load(path, {pattern!r})  # {said(pattern)}
labels = dict(zip(labelled.paths, labelled.breeds))

def label_of(file):
    return labels[file]
"""


def items(pattern: str) -> str:
    """Code that lists the files, sorted, as fastai returns them in no fixed order."""
    return "[*labelled.paths]" if table_id(pattern) else "sorted(get_image_files(path))"


def _raw(pattern: str) -> str:
    """Write a regular expression as a raw string, where Python's grammar allows it."""
    if "'" in pattern or pattern.endswith("\\") or not pattern.isprintable():
        return repr(pattern)
    return f"r'{pattern}'"


def labels(source: str, pattern: str) -> str:
    """Code that counts the files, and those of each breed."""
    return f"""from collections import Counter
from fastai.vision.all import *
{path(source)}{table(pattern)}
files = {items(pattern)}
label = {label(pattern)}
print(len(files), Counter(label(file) for file in files))"""


def training(recipe: Recipe, parent: str = "") -> str:
    """Code that trains a recipe with fastai; with a parent or speedups, with petwidgets, too."""
    if recipe.frozen_only:
        return _baseline(recipe)
    return quick(recipe, parent) if parent or asks_for_more(recipe) else _fine_tuning(recipe)


def prepared(recipe: Recipe) -> str:
    """Lines that create `learn` with ImageNet's weights and a new head, before any training."""
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
rows = torch.stack([x for x, _ in sets[0]])
norm, dropout, linear = head  # standardise the features, and train the linear layer alone
norm.running_mean.copy_(rows.mean(0)), norm.running_var.copy_(rows.var(0, unbiased=False))
nn.init.ones_(norm.weight), nn.init.zeros_(norm.bias), norm.requires_grad_(False)
dropout.p = 0.
nn.init.zeros_(linear.weight)
learn = Learner(DataLoaders.from_dsets(*sets, bs={recipe.batch_size}), head,
                CrossEntropyLossFlat(), metrics=error_rate, wd={recipe.weight_decay},
                opt_func=partial(Adam, decouple_wd=False), cbs=BnFreeze)"""


def _learner(recipe: Recipe, more: str) -> str:
    arch = f"architecture({recipe.arch!r})"
    return f"vision_learner(dls, {arch}, pretrained=False, normalize=False{more})"


def _items(recipe: Recipe) -> str:
    limit, loaded = recipe.limit_per_breed, f"load(path, {_raw(recipe.pattern)})"
    if recipe.split == FOLDERS:
        return f"[*limited({loaded}, {FOLDERS!r}, {limit}).paths]"
    return items(recipe.pattern) if limit is None else f"[*{loaded}.limited({limit}).paths]"


def _splitter(recipe: Recipe) -> str:
    return "cleaned_parts" if recipe.leave_out or recipe.relabel else _parts(recipe)


def _parts(recipe: Recipe) -> str:
    """Code of the splitter; `GrandparentSplitter` requires the names `train/` and `valid/`."""
    if recipe.split == FOLDERS:
        return "FuncSplitter(lambda file: side(file, path) == 'valid')"
    if recipe.split == "by-breed":
        breeds = f"[*map({label(recipe.pattern)}, files)]"
        return f"(lambda files: by_breed_split({breeds}, {recipe.valid}, {recipe.seed}))"
    return f"RandomSplitter({recipe.valid}, seed={recipe.seed})"


def _changes(recipe: Recipe) -> str:
    """Lines that leave out and relabel photographs, after the split of all photographs is drawn."""
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
    parts = {_parts(recipe)}(files)
    return [[i for i in part if name(files[i]) not in left_out] for part in parts]
"""


def _dataloaders(recipe: Recipe) -> str:
    changes = _changes(recipe)
    return f"""from fastai.vision.all import *
{_tools(recipe)}from petwidgets.learning.models.backbones import architecture, pretrained
{path(recipe.data)}{table(recipe.pattern)}
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


def _tools(recipe: Recipe) -> str:
    """Imports that the files and their split need."""
    split, limit = recipe.split, recipe.limit_per_breed
    tools = {
        "from petwidgets.data.dataset import load\n": limit is not None or split == FOLDERS,
        "from petwidgets.data.own_split import limited, side\n": split == FOLDERS,
        "from petwidgets.data.splits import by_breed_split\n": split == "by-breed",
    }
    return "".join(line for line, needed in tools.items() if needed)


def _stages(recipe: Recipe) -> str:
    return "\n".join(_stage(stage) for stage in recipe.stages if stage.epochs)


def _stage(stage: Stage) -> str:
    return f"learn.{'freeze' if stage.frozen else 'unfreeze'}()\n{_fit(stage)}"


def _fit(stage: Stage) -> str:
    more = f"pct_start={stage.pct_start}, div={stage.div}"
    return f"learn.fit_one_cycle({stage.epochs}, {_rate(stage.rate)}, {more})"


def _rate(rate: Rate) -> str:
    return f"slice({rate[0]}, {rate[1]})" if isinstance(rate, tuple) else str(rate)


def training_of_learner(recipe: Recipe, method: str) -> str:
    """The same code for the user's own learner, which exists already.

    Args:
        recipe: a recipe of one stage, or of the two stages of `fine_tune`.
        method: `fine_tune` or `fit_one_cycle`.
    """
    if method == "fine_tune":
        frozen, then = recipe.stages
        high = frozen.rate[1] if isinstance(frozen.rate, tuple) else frozen.rate
        call = f"fine_tune({then.epochs}, {high}, freeze_epochs={frozen.epochs})"
    else:
        (stage,) = recipe.stages
        call = f"fit_one_cycle({stage.epochs}, {_rate(stage.rate)})"
    return f"learn.{call}  # `learn` is the one of this panel"


def classification(run_id: str) -> str:
    """Code that classifies one photograph with a run."""
    return f"""from pathlib import Path
from petwidgets.data.image import read_photo
from petwidgets.inference.classify import classifier
from petwidgets import RunStore

known = classifier(RunStore().get({run_id!r}))
row = known.limits.cooled(known.activations([read_photo(Path('photo.jpg'))]))[0]
for i in row.argsort()[:-6:-1]:
    print(known.vocab[i], f'{{row[i]:.1%}}')"""
