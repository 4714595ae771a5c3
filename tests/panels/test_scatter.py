"""Names on a map of photographs do not cover each other."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from petwidgets.panels.interpretation.scatter import HIGH, LETTER, LINE, WIDE, apart
from petwidgets.runs.run import SHIPPED_ID
from petwidgets.runs.store import RunStore


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("unit", [1e-3, 1, 50])
def test_names_of_all_breeds_stand_apart(seed: int, unit: float) -> None:
    vocab = RunStore().get(SHIPPED_ID).info["vocab"]
    places = np.random.default_rng(seed).random((len(vocab), 2)) * (WIDE * unit, HIGH * unit)
    corners = np.array([(0, 0), (WIDE * unit, HIGH * unit)])
    names = [(name, x, y) for name, (x, y) in zip(vocab, places.tolist(), strict=True)]
    shifts = apart(names, corners)
    boxes = [
        (x / unit, y / unit + shift, LETTER * len(name) / 2)
        for (name, x, y), shift in zip(names, shifts, strict=True)
    ]
    covered = [
        (u, v) for u, v in combinations(boxes, 2)
        if abs(u[0] - v[0]) < u[2] + v[2] - 1e-6 and abs(u[1] - v[1]) < LINE - 1e-6
    ]  # fmt: skip
    assert len(covered) <= 1  # where there was no free place near
    assert sum(shift == 0 for shift in shifts) > len(names) / 2
