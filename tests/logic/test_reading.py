"""What reading a photograph takes, against the table of measurements."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from petwidgets.jobs.reading import SECONDS

TABLE = (Path(__file__).parents[2] / "docs" / "measurements.md").read_text("utf-8")


def test_seconds_are_those_of_the_measurements() -> None:
    pipeline = r"`pipeline`.*\| 1,600 photographs \| (\d+) /s.*\| ([\d.]+) /s"
    warm, fastai = re.search(pipeline, TABLE).groups()  # type: ignore[union-attr]
    filling = re.search(r"while the cache fills and after \| (\d+); ", TABLE)[1]  # type: ignore[index]
    features = re.search(r"for the baseline takes ([\d.]+) ms of one core", TABLE)[1]  # type: ignore[index]
    assert 1 / SECONDS["fastai"] == pytest.approx(float(fastai))
    assert 1 / SECONDS["warm"] == pytest.approx(float(warm))
    assert 1 / SECONDS["filling"] == pytest.approx(float(filling))
    assert SECONDS["features"] * 2 * 1e3 == pytest.approx(float(features), abs=0.05)
