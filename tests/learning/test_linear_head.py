"""The head of a baseline learns what fastai would train: the same batches, rates and weights."""

from __future__ import annotations

import random
from functools import partial
from itertools import chain

import numpy as np
import pytest
from fastai.vision.all import (
    Adam,
    BnFreeze,
    CrossEntropyLossFlat,
    DataLoader,
    DataLoaders,
    Learner,
    LRFinder,
    ParamScheduler,
    ProgressCallback,
    nn,
    torch,
)

from petwidgets.baseline.linear_head import SmoothLoss, Trainer, schedule
from petwidgets.baseline.lr_find import sweep
from petwidgets.inference.head import Head as ReadHead
from petwidgets.metrics.lr_suggest import Search
from petwidgets.recipes.presets import make

RECIPE = make("baseline", batch_size=16, epochs=3)
FEATURES, CLASSES, N = 24, 5, 90


@pytest.fixture(scope="module")
def known() -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(1)
    targets = draw.integers(0, CLASSES, N)
    centres = draw.normal(size=(CLASSES, FEATURES))
    rows = centres[targets] + draw.normal(size=(N, FEATURES)) * 1.5
    return (3 + 2 * rows).astype(np.float32), targets


def ours(known: tuple[np.ndarray, np.ndarray]) -> Trainer:
    return Trainer(RECIPE, *known, CLASSES)


class _Batches(DataLoader):
    def __init__(self, rows: np.ndarray, targets: np.ndarray, **kwargs: object) -> None:
        self.x, self.y = torch.from_numpy(rows), torch.from_numpy(targets)
        super().__init__(dataset=range(len(rows)), num_workers=0, **kwargs)

    def create_item(self, i: int) -> tuple[torch.Tensor, torch.Tensor]:
        return self.x[i], self.y[i]


def theirs(known: tuple[np.ndarray, np.ndarray]) -> Learner:
    """A batch norm whose statistics stay, and a linear layer without bias that begins at 0."""
    rows, targets = known
    norm, linear = nn.BatchNorm1d(FEATURES), nn.Linear(FEATURES, CLASSES, bias=False)
    norm.running_mean.copy_(torch.from_numpy(rows).mean(0))
    norm.running_var.copy_(torch.from_numpy(rows).var(0, unbiased=False))
    norm.requires_grad_(requires_grad=False)
    nn.init.zeros_(linear.weight)
    train = _Batches(rows, targets, bs=16, shuffle=True, drop_last=True)
    train.rng = random.Random(RECIPE.seed)  # noqa: S311 - fastai's own kind
    learn = Learner(
        DataLoaders(train, _Batches(rows, targets, bs=64)),
        nn.Sequential(norm, linear),
        loss_func=CrossEntropyLossFlat(),
        opt_func=partial(Adam, decouple_wd=False),
        wd=RECIPE.weight_decay,
        cbs=BnFreeze,
    )
    learn.remove_cb(ProgressCallback)
    return learn


def test_it_trains_to_fastais_weights(known: tuple[np.ndarray, np.ndarray]) -> None:
    learn, trainer, [stage] = theirs(known), ours(known), RECIPE.stages
    with learn.no_logging():
        learn.fit_one_cycle(stage.epochs, stage.rate, pct_start=stage.pct_start, div=stage.div)
    smooth = SmoothLoss()
    steps = list(chain(*(trainer.epoch(*epoch) for epoch in schedule(stage, trainer.batches))))
    losses = [smooth.add(step.loss) for step in steps]
    assert [step.rate for step in steps] == pytest.approx(learn.recorder.lrs)
    assert losses == pytest.approx([float(loss) for loss in learn.recorder.losses], abs=1e-5)
    weights = learn.model[1].weight.detach().numpy()
    assert np.abs(weights).max() > 0.03
    assert trainer.head.weights == pytest.approx(weights, abs=1e-5)


class _Finder(LRFinder):
    """Without the pickle file that fastai writes."""

    def before_fit(self) -> None:
        ParamScheduler.before_fit(self)
        self.best_loss = float("inf")

    def after_fit(self) -> None:
        """Keep the weights as they are."""


@pytest.mark.parametrize("end", [100.0, 0.01])
def test_its_finder_draws_fastais_curve(known: tuple[np.ndarray, np.ndarray], end: float) -> None:
    learn, settings = theirs(known), Search(end=end, num_it=200)
    with learn.no_logging():
        epochs = settings.num_it // len(learn.dls.train) + 1
        learn.fit(epochs, cbs=_Finder(settings.start, settings.end, settings.num_it))
    curve = list(sweep(ours(known), settings))
    assert [rate for rate, _ in curve] == pytest.approx(learn.recorder.lrs)
    expected = [float(loss) for loss in learn.recorder.losses]
    assert [loss for _, loss in curve] == pytest.approx(expected, rel=1e-3)
    assert (len(curve) < settings.num_it) == (end == 100)  # it diverges, or does not


def test_what_it_writes_is_read_as_the_same_function(known: tuple[np.ndarray, np.ndarray]) -> None:
    trainer = ours(known)
    list(trainer.epoch([0.01] * trainer.batches, [0.9] * trainer.batches))
    head, read = trainer.head, ReadHead.of(trainer.head.state())
    features, activations = read(known[0])
    assert features == pytest.approx(head.standardised(known[0]), abs=1e-5)
    assert activations == pytest.approx(head.activations(features), abs=1e-4)
