"""Sigmoid and exp as curves, and logarithms of other bases."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from petwidgets.metrics import log_numerics, losses
from petwidgets.metrics.exponentials import curve
from petwidgets.metrics.loss_batch import PRESETS

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("function", "exact"), [(losses.sigmoid, lambda x: 1 / (1 + math.exp(-x))), (np.exp, math.exp)]
)
@pytest.mark.parametrize("preset", ["chapter", "bears", "sure", "ties"])
def test_activations_stand_on_the_curve(
    function: Callable[..., Any], exact: Callable[[float], float], preset: str
) -> None:
    row = PRESETS[preset].activations[0]
    line, own = curve(function, row)
    assert [x for x, _ in own] == pytest.approx(sorted(row.tolist()), rel=1e-5)
    for points in (line, own):
        assert [y for _, y in points] == pytest.approx([exact(x) for x, _ in points], rel=1e-4)
    across = [x for x, _ in line]
    assert across == sorted(set(across))
    assert across[0] == min(-4, *row)
    assert across[-1] == max(4, *row)


def test_what_overflows_is_left_out() -> None:
    line, own = curve(np.exp, np.array([1000, 88, -np.inf], np.float32))
    assert [x for x, _ in own] == [88]
    assert line
    assert all(math.isfinite(y) for _, y in line)


@pytest.mark.parametrize("base", log_numerics.BASES)
def test_a_base_only_scales(base: str) -> None:
    b = math.e if base == "e" else float(base)
    for x, y in log_numerics.curve(base=base):
        assert y == pytest.approx(math.log(x) / math.log(b), abs=8e-3)  # x has 5 digits
    for x in (0.25, 1.0, 1e-4):
        assert log_numerics.log(x, base) == pytest.approx(math.log(x, b), rel=1e-6)
    assert log_numerics.log(0, base) == -math.inf
    assert math.isnan(log_numerics.log(-2, base))
