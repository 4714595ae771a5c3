"""Temperature and reliability, against torch's optimiser and counts made by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from scipy.stats import binomtest
from sklearn.calibration import calibration_curve
from torch.nn import functional as F  # noqa: N812 - as everybody calls it

from petwidgets.metrics import calibration
from petwidgets.runs.run import SHIPPED_ID
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from petwidgets.runs.predictions import Validation


def drawn(sharpness: float, n: int = 600, c: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities whose temperature is known: targets are drawn from softmax(logits)."""
    random = np.random.default_rng(1)
    logits = random.normal(size=(n, c)) * 2
    true = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    targets = np.array([random.choice(c, p=row) for row in true])
    sharp = np.exp(logits * sharpness)
    return (sharp / sharp.sum(1, keepdims=True)).astype(np.float32), targets


def torchs(probabilities: np.ndarray, targets: np.ndarray) -> float:
    logits = torch.tensor(probabilities).double().clamp_min(calibration.LEAST).log()
    targ = torch.tensor(targets)
    log_t = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([log_t], max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        loss = F.cross_entropy(logits / log_t.exp(), targ)
        loss.backward()
        return loss

    optimiser.step(closure)
    return float(log_t.exp())


@pytest.mark.parametrize("sharpness", [0.3, 1.0, 4.0])
def test_temperature_is_the_one_that_torch_finds(sharpness: float) -> None:
    probabilities, targets = drawn(sharpness)
    found = calibration.temperature(probabilities, targets)
    assert found == pytest.approx(torchs(probabilities, targets), rel=1e-3)
    assert found == pytest.approx(sharpness, rel=0.2)
    cooler = calibration.cooled(probabilities, found)
    assert calibration.nll(cooler, targets) <= calibration.nll(probabilities, targets)


def test_temperature_of_the_shipped_run() -> None:
    validation = RunStore().get(SHIPPED_ID).validation()
    found = calibration.temperature(validation.probabilities, validation.targets)
    assert found == pytest.approx(torchs(validation.probabilities, validation.targets), rel=1e-3)


def only_right(n: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """Answers that are all right, as of a small folder."""
    sure = np.linspace(0.6, 0.99, n)
    return np.stack([sure, 1 - sure], 1).astype(np.float32), np.zeros(n, int)


def test_no_temperature_is_fitted_to_answers_that_are_all_right() -> None:
    p, targets = only_right()
    assert torchs(p, targets) < calibration.WIDEST[0], "torch runs away, too"
    assert calibration.temperature(p, targets) == calibration.UNFITTED
    assert calibration.cross_fitted(p, targets).probabilities == pytest.approx(p)
    assert calibration.figures(p, targets)["temperature"] == 1
    assert calibration.by_chance(p) > 0.05
    targets[3] = 1  # one wrong answer of twelve has an optimum
    found = calibration.temperature(p, targets)
    assert found == pytest.approx(torchs(p, targets), rel=1e-3) != calibration.UNFITTED


def test_answers_that_are_worse_than_chance_are_made_as_unsure_as_can_be() -> None:
    p, targets = only_right()
    assert calibration.temperature(p, 1 - targets) == pytest.approx(20, rel=1e-3)


def test_no_loss_is_minus_zero() -> None:
    assert f"{calibration.nll(np.eye(3), np.arange(3)):.4f}" == "0.0000"


def test_what_probabilities_are_worth() -> None:
    assert "as trained, because no temperature can be fitted" in calibration.worth(1.0)
    assert "nearer to" not in calibration.worth(1.0)
    assert "the temperature 0.75, which was fitted" in calibration.worth(0.747)
    assert calibration.worth(0.747).endswith("nearer to how often it is right")


def test_probabilities_of_zero_and_one_are_no_trouble() -> None:
    probabilities, targets = np.eye(3, dtype=np.float32)[[0, 1, 2, 0]], np.array([0, 1, 2, 1])
    assert 0.05 <= calibration.temperature(probabilities, targets) <= 20
    assert np.isfinite(calibration.nll(probabilities, targets))


def test_reliability_counts_each_answer_once() -> None:
    top = np.array([0.95, 0.91, 1.0, 0.55, 0.58])
    probabilities = np.stack([top, 1 - top], 1)
    bins = calibration.reliability(probabilities, np.array([0, 1, 0, 0, 1]))
    assert [b.count for b in bins] == [2, 3]
    assert [b.accuracy for b in bins] == pytest.approx([0.5, 2 / 3])
    assert [b.confidence for b in bins] == pytest.approx([0.565, 2.86 / 3])
    gaps = [abs(0.565 - 0.5), abs(2.86 / 3 - 2 / 3)]
    assert calibration.calibration_error(bins) == pytest.approx((2 * gaps[0] + 3 * gaps[1]) / 5)


@pytest.fixture(params=[SHIPPED_ID, "recorded-head-40", "recorded-3e-3"])
def kept(request: pytest.FixtureRequest) -> Validation:
    return RunStore().get(request.param).validation()


@pytest.mark.parametrize("bins", [5, 10, 15])
def test_reliability_is_sklearns(kept: Validation, bins: int) -> None:
    top = kept.probabilities.max(1)
    right = kept.probabilities.argmax(1) == kept.targets
    accuracy, confidence = calibration_curve(right, top, n_bins=bins)
    found = calibration.reliability(kept.probabilities, kept.targets, bins)
    assert [b.accuracy for b in found] == pytest.approx(accuracy)
    assert [b.confidence for b in found] == pytest.approx(confidence)
    assert sum(b.count for b in found) == len(top)
    for b in found:
        assert b.at / bins <= b.confidence <= (b.at + 1) / bins
        interval = binomtest(b.right, b.count).proportion_ci(method="wilson")
        assert b.interval == pytest.approx(tuple(interval))


def test_cross_fitted_temperatures_have_not_seen_what_they_cool(kept: Validation) -> None:
    p, targets = kept.probabilities, kept.targets
    found = calibration.cross_fitted(p, targets)
    of = np.random.default_rng(0).permutation(len(targets)) % 5
    assert len(found.temperatures) == 5
    for fold, fitted in enumerate(found.temperatures):
        others = of != fold
        assert fitted == pytest.approx(torchs(p[others], targets[others]), rel=1e-3)
        logits = torch.tensor(p[~others]).double().clamp_min(calibration.LEAST).log() / fitted
        assert found.probabilities[~others] == pytest.approx(logits.softmax(1).numpy(), abs=1e-6)
    assert (found.probabilities.argmax(1) == p.argmax(1)).all()


@pytest.mark.parametrize("n", [1, 2, 3])
def test_cross_fitting_of_few_answers(n: int) -> None:
    probabilities, targets = drawn(1.0, n)
    found = calibration.cross_fitted(probabilities, targets)
    assert found.probabilities.shape == (n, 5)
    assert np.isfinite(found.probabilities).all()


def test_by_chance_is_what_honest_models_show(kept: Validation) -> None:
    top = kept.probabilities.max(1)
    draw, errors = np.random.default_rng(5), []
    for _ in range(200):
        right = draw.random(len(top)) < top
        rows = np.stack([top, 1 - top], 1).clip(0, 1)
        rows[:, 1] = 0  # never on top
        bins = calibration.reliability(rows, np.where(right, 0, 1))
        errors.append(calibration.calibration_error(bins))
    assert calibration.by_chance(kept.probabilities) == pytest.approx(np.mean(errors), rel=0.05)


def test_a_temperature_changes_no_error(kept: Validation) -> None:
    for t in (0.2, 0.9, 3.0):
        cool = calibration.cooled(kept.probabilities, t)
        assert (cool.argmax(1) == kept.probabilities.argmax(1)).all()
        assert cool.sum(1) == pytest.approx(np.ones(len(cool)))


def test_the_code_prints_what_it_computes(capsys: pytest.CaptureFixture[str]) -> None:
    exec(calibration.snippet(SHIPPED_ID, 2.0), {})  # noqa: S102 - that it runs is the point
    lines = capsys.readouterr().out.splitlines()
    v = RunStore().get(SHIPPED_ID).validation()
    loss = calibration.nll(v.probabilities, v.targets, 2.0)
    assert lines[1].startswith(f"T 2.000: nll {loss:.4f}, calibration error ")
    assert len(lines) >= 9
