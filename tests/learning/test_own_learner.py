"""Panels on a fastai learner of a user's own: real photographs, and what fastai says itself."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import torch
from fastai.vision.all import (
    Callback,
    ClassificationInterpretation,
    F,
    ImageDataLoaders,
    Learner,
    Resize,
    TensorCategory,
    TensorImage,
    accuracy,
    get_image_files,
    nn,
    resnet18,
    vision_learner,
)

from petwidgets import (
    BreedsPanel,
    CalibrationPanel,
    ConfusionPanel,
    LossPanel,
    Problem,
    RatePanel,
    RunStore,
    TopLossesPanel,
    TrainPanel,
)
from petwidgets.learning.train.own_learner import NO_CLASSES
from petwidgets.metrics.confusion import matrix_of
from petwidgets.metrics.lr_suggest import hints
from petwidgets.metrics.one_cycle import of_stage
from petwidgets.recipes.presets import fine_tune
from petwidgets.session.own_learner import BUSY, THREAD

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

INTERPRETING = (ConfusionPanel, TopLossesPanel, BreedsPanel, CalibrationPanel)
WAIT = 240
"""Seconds after which a thread that never ends fails the test."""


@pytest.fixture(scope="module")
def dls(few: Path) -> ImageDataLoaders:
    """Of 32 photographs of 4 breeds: 24 to train on, 8 to validate on."""
    return ImageDataLoaders.from_name_re(
        few, sorted(get_image_files(few)), r"(.+)_\d+.jpg$", valid_pct=0.25, seed=1,
        item_tfms=Resize(32), bs=8, num_workers=0,
    )  # fmt: skip


@pytest.fixture
def learn(dls: ImageDataLoaders) -> Learner:
    """As a chapter's reader makes one; without weights of ImageNet, which are elsewhere."""
    return vision_learner(dls, resnet18, pretrained=False, metrics=accuracy)


@pytest.fixture(scope="module")
def untrained(dls: ImageDataLoaders) -> Learner:
    """One whose weights nothing here changes."""
    return vision_learner(dls, resnet18, pretrained=False)


def ended() -> None:
    """Wait for what works on a learner, and with it for all that it sets."""
    for thread in threading.enumerate():
        if thread.name == THREAD:
            thread.join(WAIT)
            assert not thread.is_alive()


def weights(learn: Learner) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in learn.model.state_dict().items()}


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(value, other[name]) for name, value in one.items())


class Gate(Callback):
    """Holds the learner before its third training batch until it is let go on."""

    def __init__(self) -> None:
        self.reached, self.opened, self.count = threading.Event(), threading.Event(), 0

    def before_batch(self) -> None:
        self.count += self.training
        if self.training and self.count == 3:
            self.reached.set()
            assert self.opened.wait(WAIT)


# --- predictions --------------------------------------------------------------------------------


def test_a_learners_confusion_is_what_fastai_counts(untrained: Learner, dls: Any) -> None:
    interp = ClassificationInterpretation.from_learner(untrained)
    for panel in (ConfusionPanel(learner=untrained), ConfusionPanel(interpretation=interp)):
        assert panel.heading.problem == ""
        assert panel.status.value.startswith("From your learner (live): wrong on ")
        found = panel.interpretation
        assert matrix_of(found).tolist() == interp.confusion_matrix().tolist()
        assert found.vocab == tuple(dls.vocab)
        assert found.files == tuple(path.name for path in dls.valid_ds.items)
        assert [*panel.places.values()] == [*dls.valid_ds.items]


def test_top_losses_are_fastais(untrained: Learner, dls: Any) -> None:
    interp = ClassificationInterpretation.from_learner(untrained)
    panel = TopLossesPanel(learner=untrained)
    losses, positions = interp.top_losses(items=False)[:2]
    assert [row[0] for row in panel.table.rows] == [dls.valid_ds.items[i].name for i in positions]
    assert panel.interpretation.losses[positions] == pytest.approx(losses.numpy(), abs=1e-5)
    assert len(panel.shots.scroller.photographs) == 8


@pytest.mark.parametrize("kind", INTERPRETING)
def test_the_fold_runs_on_the_same_learner(
    kind: type[ConfusionPanel], untrained: Learner, capsys: pytest.CaptureFixture[str]
) -> None:
    interp = ClassificationInterpretation.from_learner(untrained)
    for given in ({"learner": untrained}, {"interpretation": interp}):
        code = kind(**given).folds.code
        exec(compile(code, "fold", "exec"), {"learn": untrained, "interp": interp})  # noqa: S102
    assert capsys.readouterr().out


def test_items_that_are_no_files_are_numbered(few: Path) -> None:
    files = sorted(get_image_files(few))
    frame = pd.DataFrame({"name": [f.name for f in files], "label": [f.name[:3] for f in files]})
    dls = ImageDataLoaders.from_df(frame, few, item_tfms=Resize(32), bs=8, num_workers=0)
    panel = ConfusionPanel(learner=vision_learner(dls, resnet18, pretrained=False))
    assert panel.heading.problem == ""
    assert panel.interpretation.files[0] == "row 0"
    assert panel.interpretation.vocab == ("Sia", "bea", "pug", "sam")


def test_a_learner_keeps_its_callbacks_and_its_bar(learn: Learner) -> None:
    before = {type(callback) for callback in learn.cbs}
    ConfusionPanel(learner=learn)
    assert {type(callback) for callback in learn.cbs} == before


def test_a_loss_without_an_activation_is_a_sentence(dls: Any) -> None:
    learn = vision_learner(dls, resnet18, pretrained=False, loss_func=F.cross_entropy)
    with pytest.raises(Problem, match="take the softmax first"):
        ConfusionPanel(learner=learn)


def test_several_classes_an_item_are_a_sentence() -> None:
    rows = [(torch.randn(3), torch.tensor([1.0, 0.0])) for _ in range(8)]
    loader = torch.utils.data.DataLoader(rows, batch_size=4)
    from fastai.vision.all import BCEWithLogitsLossFlat, DataLoaders

    learn = Learner(DataLoaders(loader, loader), nn.Linear(3, 2), BCEWithLogitsLossFlat())
    with pytest.raises(Problem, match=r"adds up to|The targets have the shape"):
        BreedsPanel(learner=learn)


# --- tensors ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "made",
    [
        lambda x: x,
        lambda x: x.bfloat16(),
        lambda x: x.half(),
        lambda x: x.clone().requires_grad_(),
        TensorImage,
    ],
)
def test_tensors_of_every_kind_are_taken(made: Callable[[torch.Tensor], Any]) -> None:
    torch.manual_seed(1)
    acts, targ = torch.randn(6, 3) * 2, torch.randint(3, (6,))
    panel = LossPanel(activations=made(acts), targets=TensorCategory(targ))
    given = made(acts).detach().float()
    assert np.array_equal(panel.batch.activations, given.numpy())
    loss = float(F.cross_entropy(torch.Tensor(given), targ))
    assert np.frombuffer(panel.sheet.numbers, np.float32)[-1] == pytest.approx(loss, rel=1e-5)
    probabilities = made(acts.softmax(1))
    top = TopLossesPanel(probabilities=probabilities, targets=targ)
    logs = torch.Tensor(probabilities.detach().float()).log()
    own = F.nll_loss(logs, targ, reduction="none").numpy()
    assert top.interpretation.losses == pytest.approx(own, rel=1e-5)


# --- a learning rate ----------------------------------------------------------------------------


def test_a_search_is_fastais_and_puts_everything_back(learn: Learner) -> None:
    panel = RatePanel(learner=learn)
    before, callbacks = weights(learn), [type(one) for one in learn.cbs]
    panel.form.set(num_it=40)
    panel.form.press("search")
    ended()
    (curve,) = panel.searches.curves
    assert panel.heading.problem == ""
    assert curve.state == "finished"
    assert [rate for rate, _ in curve.points] == pytest.approx(learn.recorder.lrs)
    assert dict(curve.hints) == hints(learn.recorder.lrs, learn.recorder.losses, 40) != {}
    assert same(before, learn.model.state_dict())
    assert [type(one) for one in learn.cbs] == callbacks
    assert panel.status.value.startswith("Live, your learner, search 1: ")
    assert "batches of 8 rows, from its weights as they are" in panel.status.value
    panel.chart.at = 1e-3
    panel.form.press("reveal")
    assert {"valley", "slide", "minimum", "steep"} <= {mark["label"] for mark in panel.chart.marks}
    assert panel.chosen == 1e-3
    assert [run.id for run in RunStore().list() if run.kind == "rates"] == []
    names = {field["name"] for field in panel.form.fields}
    assert names == {"num_it", "guess", "search", "at", "reveal", "forget"}


def test_the_folds_search_is_the_learners(
    learn: Learner, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    learn.path = tmp_path  # fastai's own search makes a folder `models` there
    panel = RatePanel(learner=learn)
    panel.form.set(num_it=40)
    exec(compile(panel.folds.code, "fold", "exec"), {"learn": learn})  # noqa: S102
    assert "SuggestedLRs" in capsys.readouterr().out


def test_a_search_is_stopped_and_the_weights_are_back(learn: Learner) -> None:
    gate, before = Gate(), weights(learn)
    learn.add_cb(gate)
    panel = RatePanel(learner=learn)
    panel.form.press("search")
    assert gate.reached.wait(WAIT)
    assert panel.searches.under_way
    panel.form.press("search")
    assert panel.heading.problem.startswith("A search is under way already")
    panel.progress.button.click()
    gate.opened.set()
    ended()
    (curve,) = panel.searches.curves
    assert curve.state == "stopped"
    assert len(curve.points) < 5
    assert same(before, learn.model.state_dict())


def test_one_learner_does_one_thing_at_a_time(learn: Learner) -> None:
    gate = Gate()
    learn.add_cb(gate)
    rate, train = RatePanel(learner=learn), TrainPanel(learner=learn)
    rate.form.set(num_it=30)
    rate.form.press("search")
    assert gate.reached.wait(WAIT)
    seen = threading.Event()
    train.own.training.observe(lambda _: seen.set(), "problem")
    train.own.form.press("start")
    assert seen.wait(WAIT)
    assert train.heading.problem == BUSY
    assert not train.own.training.under_way
    gate.opened.set()
    ended()
    assert rate.searches.curves[-1].state == "finished"


class Faulty(Callback):
    """Raises in the midst of a training."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def after_pred(self) -> None:
        raise self.error


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ValueError("odd"), "The training failed (ValueError); the details are in the log."),
        (Problem("The disk is full."), "The disk is full."),
        (
            RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"),
            "There was not enough memory",
        ),
    ],
)
def test_what_fails_in_a_learner_is_a_sentence(
    learn: Learner, error: Exception, sentence: str
) -> None:
    learn.add_cb(Faulty(error))
    rate, train = RatePanel(learner=learn), TrainPanel(learner=learn)
    rate.form.press("search")
    ended()
    train.own.form.press("start")
    ended()
    for panel in (rate, train):
        assert panel.heading.problem.startswith(sentence)
    assert not rate.searches.under_way
    assert not train.own.training.under_way


# --- a training ---------------------------------------------------------------------------------


def test_fine_tune_trains_the_learner_and_tells_of_it(learn: Learner) -> None:
    panel, before = TrainPanel(learner=learn), weights(learn)
    panel.own.form.set(epochs=2, rate="1e-3")
    assert panel.folds.code.startswith("learn.fine_tune(2, 0.001, freeze_epochs=1)")
    panel.own.form.press("start")
    ended()
    training = panel.own.training
    assert panel.heading.problem == ""
    assert (training.state, len(training.epochs)) == ("finished", 3)
    assert [row[0] for row in panel.own.live.table.rows] == ["1", "2", "3"]
    last, recorded = training.epochs[-1], learn.recorder.values[-1]  # noqa: PD011
    assert last["train_loss"] == pytest.approx(recorded[0], abs=1e-4)
    assert last["valid_loss"] == pytest.approx(recorded[1], abs=1e-4)
    loss, right = learn.validate()[:2]
    assert last["valid_loss"] == pytest.approx(loss, abs=1e-4)
    assert last["error_rate"] == pytest.approx(1 - right, abs=1e-6)
    assert [(one["event"], one["done"], one["of"]) for one in training.batches[-1:]] == [
        ("batch", 9, 9)
    ]
    assert [len(stage["groups"]) for stage in training.stages] == [3, 3]
    assert not same(before, learn.model.state_dict())
    assert panel.own.status.value.startswith("Finished after ")
    assert "error on its validation set after 3 epochs." in panel.own.status.value
    rates = training.batches[-1]["rates"]
    assert rates == pytest.approx([float(group["lr"]) for group in learn.opt.hypers])
    planned, _ = of_stage(fine_tune(2, 1, 1e-3).stages[1], len(learn.dls.train), 3)
    assert rates == pytest.approx(planned[-1].tolist())


def test_fit_one_cycle_leaves_frozen_what_is_frozen(learn: Learner) -> None:
    panel = TrainPanel(learner=learn)
    learn.freeze()
    first = learn.model[0][0].weight.clone()
    panel.own.form.set(method="fit_one_cycle", epochs=1, rate="slice(1e-4, 1e-3)")
    assert panel.folds.code.startswith("learn.fit_one_cycle(1, slice(0.0001, 0.001))")
    panel.own.form.press("start")
    ended()
    assert panel.heading.problem == ""
    assert torch.equal(first, learn.model[0][0].weight)
    assert len(panel.own.training.epochs) == 1


def test_a_training_is_stopped_for_good(learn: Learner) -> None:
    gate = Gate()
    learn.add_cb(gate)
    panel = TrainPanel(learner=learn)
    panel.own.form.press("start")
    assert gate.reached.wait(WAIT)
    panel.own.form.press("start")
    assert panel.heading.problem.startswith("A training is under way already")
    panel.own.progress.button.click()
    gate.opened.set()
    ended()
    assert panel.own.training.state == "stopped"
    assert panel.own.training.epochs == []
    assert gate.count == 3  # nor does fine_tune's second part begin
    assert panel.own.status.value.startswith("Stopped before the first epoch ended")


def test_a_loss_that_is_no_number_ends_it(learn: Learner) -> None:
    panel = TrainPanel(learner=learn)
    with torch.no_grad():
        learn.model[1][-1].weight.fill_(torch.nan)
    panel.own.form.press("start")
    ended()
    assert panel.heading.problem.startswith(
        "The training diverged: its loss is not a number any more"
    )
    assert panel.own.training.state == "failed"


def test_a_set_without_a_whole_batch_is_a_sentence(few: Path) -> None:
    files = sorted(get_image_files(few))
    wide = ImageDataLoaders.from_name_re(
        few, files, r"(.+)_\d+.jpg$", item_tfms=Resize(32), bs=64, num_workers=0
    )
    learn = vision_learner(wide, resnet18, pretrained=False)
    rate, train = RatePanel(learner=learn), TrainPanel(learner=learn)
    for panel, form in ((rate, rate.form), (train, train.own.form)):
        form.press("search" if panel is rate else "start")
        ended()
        assert panel.heading.problem.startswith("The training set has no whole batch")


def test_what_cant_be_trained_is_a_sentence(learn: Learner, dls: Any) -> None:
    panel = TrainPanel(learner=learn)
    panel.own.form.set(rate="slice(1e-3)")
    assert "fine_tune takes one rate" in panel.heading.problem
    panel.own.form.set(rate="fast")
    assert "is not a learning rate" in panel.heading.problem
    panel.own.form.press("start")
    assert panel.own.training.state == ""
    rows = [(torch.randn(3), torch.randn(1)) for _ in range(8)]
    loader = torch.utils.data.DataLoader(rows, batch_size=4)
    from fastai.vision.all import DataLoaders, MSELossFlat

    regression = TrainPanel(
        learner=Learner(DataLoaders(loader, loader), nn.Linear(3, 1), MSELossFlat())
    )
    regression.own.form.press("start")
    ended()
    assert regression.heading.problem == NO_CLASSES
