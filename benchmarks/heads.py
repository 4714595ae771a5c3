"""How often a linear head on a frozen body is wrong, by body, size, and the way it is trained.

    python benchmarks/heads.py --photographs FOLDER [--cache FOLDER] [--only WORD] [--run pets37]

Photographs and split are those of a run. A head is trained on all of the training set for the
validation set, and in five folds for the training set itself: by these, settings are to be chosen;
"few" is the error of a head that was trained on one fold, on the others.
Milliseconds are the processor's, from a file to its features. p is McNemar's: against the run, and
against the exact minimum on the same body. Features are computed once, and kept in the cache.
The last lines cross-validate over all photographs, as JSON.
"""

from __future__ import annotations

import argparse
import json
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from fastai.vision.all import (
    Adam,
    BnFreeze,
    CrossEntropyLossFlat,
    DataLoader,
    DataLoaders,
    Learner,
    TensorCategory,
    create_head,
    set_seed,
)
from torch import nn
from torch.nn.functional import cross_entropy

from petwidgets.data.image import read_photo
from petwidgets.inference.body import FOLDER, Body
from petwidgets.inference.preparation import Preparation
from petwidgets.metrics.comparison import mcnemar
from petwidgets.metrics.intervals import interval, wilson
from petwidgets.metrics.label_issues import FOLDS, folds
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Predict = Callable[[torch.Tensor], torch.Tensor]
    Fit = Callable[[torch.Tensor, torch.Tensor], Predict]

CLASSES = 37


class View(NamedTuple):
    """What a body sees of each photograph."""

    arch: str
    size: int
    presize: int


LITE0, LITE2 = View("tf_efficientnet_lite0", 288, 288), View("tf_efficientnet_lite2", 320, 320)
BODIES = {
    "lite0 at 224": (LITE0._replace(size=224, presize=460),),
    "lite0 at 288": (LITE0,),
    "lite0 at 288, presized to 591": (LITE0._replace(presize=591),),
    "lite2 at 320": (LITE2,),
    "lite0 at 288 and lite2 at 320": (LITE0, LITE2),
}


class Photographs:
    """The photographs of a run, those that it was trained on first."""

    def __init__(self, run: str, folder: Path, cache: Path | None) -> None:
        self.folder, self.cache = folder, cache
        known = RunStore().get(run)
        kept, train = known.validation(), known.info["train_files"]
        self.names, self.cut = [*train, *kept.files], len(train)
        breeds = {breed: i for i, breed in enumerate(known.info["vocab"])}
        self.targets = torch.tensor([breeds[name.rsplit("_", 1)[0]] for name in self.names])
        self.of_run = torch.tensor(kept.probabilities).log()

    def features(self, views: tuple[View, ...]) -> torch.Tensor:
        """(n, features of all views)."""
        return torch.tensor(np.concatenate([self._kept(view) for view in views], 1))

    def _kept(self, view: View) -> np.ndarray:
        name = f"{view.arch}_{view.size}_p{view.presize}.npy"
        if self.cache is not None and (self.cache / name).is_file():
            return np.load(self.cache / name)
        with ThreadPoolExecutor(2) as pool:
            rows = np.concatenate(list(pool.map(self._seer(view), self.names)))
        if self.cache is not None:
            np.save(self.cache / name, rows)
        return rows

    def _seer(self, view: View) -> Callable[[str], np.ndarray]:
        body = Body(FOLDER / f"{view.arch}.onnx")
        preparation = Preparation(view.presize, view.size, (0.5,) * 3, (0.5,) * 3)

        def see(name: str) -> np.ndarray:
            return body.features(preparation.batch([read_photo(self.folder / name)]))

        return see

    def milliseconds(self, views: tuple[View, ...], n: int = 60) -> float:
        seers, times = [self._seer(view) for view in views], []
        for name in self.names[:: len(self.names) // n]:
            began = time.thread_time()
            for see in seers:
                see(name)
            times.append(time.thread_time() - began)
        return 1000 * median(times)


class Batches(DataLoader):
    """A `DataLoader` over rows in memory; batches are indexed, never collated."""

    def __init__(self, x: torch.Tensor, y: torch.Tensor, **kwargs: object) -> None:
        self.x, self.y = x, y
        super().__init__(dataset=range(len(x)), num_workers=0, **kwargs)

    def create_batches(self, samps: Iterator[int]) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        for rows in torch.split(torch.tensor(list(samps)), self.bs):
            if len(rows) == self.bs or not self.drop_last:
                yield self.x[rows], TensorCategory(self.y[rows])


def standardise(head: nn.Sequential, rows: torch.Tensor) -> nn.Sequential:
    """Have batch norm, dropout and a linear layer begin as a logistic regression does."""
    norm, dropout, linear = head
    norm.running_mean.copy_(rows.mean(0))
    norm.running_var.copy_(rows.var(0, unbiased=False))
    nn.init.ones_(norm.weight)
    nn.init.zeros_(norm.bias)
    norm.requires_grad_(requires_grad=False)
    dropout.p = 0.0
    nn.init.zeros_(linear.weight)
    return head


def usual_head(features: int) -> nn.Sequential:
    """Batch norm, dropout and a linear layer without bias, as a baseline has them."""
    head = create_head(features, CLASSES, lin_ftrs=[], concat_pool=False)[2:]
    nn.init.kaiming_normal_(head[-1].weight)
    return head


def exact(rows: torch.Tensor, targets: torch.Tensor, l2: float = 0.03) -> Predict:
    """The minimum of mean cross-entropy + l2 / 2 x squared weights, of standardised features."""
    head = standardise(usual_head(rows.shape[1]), rows).eval()
    x, linear = head[0](rows), head[-1]
    optimiser = torch.optim.LBFGS(
        linear.parameters(), max_iter=150, history_size=20, line_search_fn="strong_wolfe"
    )

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        loss = cross_entropy(linear(x), targets) + l2 / 2 * linear.weight.square().sum()
        loss.backward()
        return loss

    optimiser.step(closure)
    return lambda some: head(some).detach()


def cycle(
    rows: torch.Tensor,
    targets: torch.Tensor,
    wd: float,
    rate: float = 5e-3,
    *,
    decoupled: bool = False,
    fixed: bool = True,
) -> Predict:
    """12 epochs of fastai's `fit_one_cycle`; the batch norm is fixed, or trained, with dropout."""
    set_seed(42)
    head = usual_head(rows.shape[1])
    if fixed:
        standardise(head, rows)
    batches = Batches(rows, targets, bs=64, shuffle=True, drop_last=True)
    dls = DataLoaders(batches, Batches(rows[:64], targets[:64], bs=64))
    loss, optimiser = CrossEntropyLossFlat(), partial(Adam, decouple_wd=decoupled)
    learn = Learner(dls, head, loss_func=loss, opt_func=optimiser, wd=wd, cbs=BnFreeze)
    with learn.no_logging(), learn.no_bar():
        learn.fit_one_cycle(12, rate)
    head.eval()
    return lambda some: head(some).detach()


WAYS: dict[str, Fit] = {
    "L-BFGS, L2 0.03": exact,
    "L-BFGS, L2 0.01": partial(exact, l2=0.01),
    "L-BFGS, L2 0.1": partial(exact, l2=0.1),
    "norm trained, decoupled 0.5": partial(cycle, wd=0.5, rate=1e-2, decoupled=True, fixed=False),
    "norm trained, L2 0.03": partial(cycle, wd=0.03, fixed=False),
    "norm fixed, L2 0.01": partial(cycle, wd=0.01),
    "norm fixed, L2 0.03": partial(cycle, wd=0.03),
    "norm fixed, L2 0.1": partial(cycle, wd=0.1),
    "norm fixed, decoupled 3": partial(cycle, wd=3, decoupled=True),
}


def fold(targets: torch.Tensor) -> np.ndarray:
    return folds(targets.numpy(), FOLDS, 0)


def crossed(fit: Fit, rows: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """(n, classes) activations, of heads that did not see the row."""
    z = torch.zeros(len(rows), CLASSES)
    for k in range(FOLDS):
        rest, own = np.flatnonzero(fold(targets) != k), np.flatnonzero(fold(targets) == k)
        z[own] = fit(rows[rest], targets[rest])(rows[own])
    return z


def table(photos: Photographs, views: tuple[View, ...]) -> None:
    cut, best, rows = photos.cut, photos.of_run, photos.features(views)
    train, valid = photos.targets[:cut], photos.targets[cut:]
    for name, fit in WAYS.items():
        began = time.thread_time()
        z = fit(rows[:cut], train)(rows[cut:])
        seconds, inside = time.thread_time() - began, crossed(fit, rows[:cut], train)
        few, rest = np.flatnonzero(fold(train) == 0), np.flatnonzero(fold(train))
        of_few = fit(rows[few], train[few])(rows[rest]).argmax(1) != train[rest]
        best = z if name == next(iter(WAYS)) else best
        wrong, of_run, of_best, folded = (
            one.argmax(1) != truth
            for one, truth in ((z, valid), (photos.of_run, valid), (best, valid), (inside, train))
        )
        p = [mcnemar(int((wrong & ~o).sum()), int((o & ~wrong).sum())) for o in (of_run, of_best)]
        n, m = int(wrong.sum()), int(folded.sum())
        print(
            f"  {name:30} {n:3} = {n / len(valid):6.2%} ({interval(n, len(valid))}),"
            f" loss {cross_entropy(z, valid):.3f}; folds {m:3} = {m / cut:6.2%},"
            f" loss {cross_entropy(inside, train):.3f}; few {of_few.float().mean():5.1%};"
            f" {seconds:4.1f} s; p {p[0]:.1g}, {p[1]:.2g}",
            flush=True,
        )


def of_all(photos: Photographs, view: View, way: str) -> dict[str, object]:
    z = crossed(WAYS[way], photos.features((view,)), photos.targets)
    wrong = int((z.argmax(1) != photos.targets).sum())
    loss = round(float(cross_entropy(z, photos.targets)), 4)
    figures = {"wrong": wrong, "of": len(z), "interval": wilson(wrong, len(z)), "loss": loss}
    return {**view._asdict(), "way": way, "folds": FOLDS, **figures}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--photographs", type=Path, required=True)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--run", default="pets37")
    parser.add_argument("--only", default="", help="bodies whose name contains this")
    options = parser.parse_args()
    torch.set_num_threads(1)
    photos = Photographs(options.run, options.photographs, options.cache)
    for body, views in BODIES.items():
        if options.only in body:
            print(f"{body}: {photos.milliseconds(views):.0f} ms per photograph", flush=True)
            table(photos, views)
    for view in (LITE0, LITE2):
        print(json.dumps(of_all(photos, view, "norm fixed, L2 0.01")))


if __name__ == "__main__":
    main()
