"""Temperature and reliability, against torch's optimiser and counts made by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F  # noqa: N812 - as everybody calls it

from petwidgets.lessons import calibration
from petwidgets.runs import SHIPPED_ID, RunStore


def drawn(sharpness: float, n: int = 600, c: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities whose temperature is known: targets are drawn from softmax(logits)."""
    random = np.random.default_rng(1)
    logits = random.normal(size=(n, c)) * 2
    true = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    targets = np.array([random.choice(c, p=row) for row in true])
    sharp = np.exp(logits * sharpness)
    return (sharp / sharp.sum(1, keepdims=True)).astype(np.float32), targets


def torchs(probabilities: np.ndarray, targets: np.ndarray) -> float:
    logits, targ = torch.tensor(probabilities).double().log(), torch.tensor(targets)
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
