"""A limit of memory that is real: torch's own error comes, and fewer photographs fit."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from petwidgets.common import memory
from petwidgets.common.errors import Problem
from petwidgets.jobs.model_cost import Measuring
from petwidgets.learning.cost import limited as module
from petwidgets.learning.cost.cost import alone
from petwidgets.learning.cost.limited import limited

LIMIT = 300_000_000

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the system sets no such limit")


def test_a_batch_that_does_not_fit_fails_and_a_smaller_one_does_not() -> None:
    large = limited("resnet18", Measuring(size=128, batch_size=64), LIMIT)
    assert "memory" in large.error
    small = limited("resnet18", Measuring(size=128, batch_size=4), LIMIT)
    assert small.error == ""
    assert 0 < small.peak < LIMIT
    assert (small.batch_size, small.limit) == (4, LIMIT)


def test_more_than_the_machine_has_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "room", lambda: LIMIT)
    with pytest.raises(Problem, match=r"has 0\.3 GB free now, half of which may be tried"):
        limited("resnet18", Measuring(), LIMIT + 100_000_000)
    with pytest.raises(Problem, match="no architecture 'resnet1'"):
        limited("resnet1", Measuring(), LIMIT)


def test_a_process_that_the_system_ends_did_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    dying = [sys.executable, "-c", "import os; os.abort()"]
    monkeypatch.setattr(module.processes, "command", lambda *_: dying)
    assert limited("resnet18", Measuring(), LIMIT).error == "The process was ended by the system"


def test_a_network_that_fails_otherwise_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    failing: Any = [sys.executable, "-c", "raise ValueError"]
    monkeypatch.setattr(module.processes, "command", lambda *_: failing)
    with pytest.raises(Problem, match="resnet18 can't be trained with 224 pixels"):
        limited("resnet18", Measuring(), LIMIT)


def test_one_measurement_at_a_time() -> None:
    with alone(), pytest.raises(Problem, match="being measured just now"):
        limited("resnet18", Measuring(), LIMIT)
