"""The time left of a training, by hand: what starts it counts for nothing."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

import pytest

from petwidgets.baseline.pace import Pace

if TYPE_CHECKING:
    from collections.abc import Sequence


def told(
    steps: Sequence[float], batches: int, epochs: int, *, done: int = 0
) -> list[dict[str, float | None]]:
    """What is said after each batch that took so many seconds, of 8 photographs each."""
    pace = Pace(batches, epochs, 5.0)
    times = list(accumulate(steps, initial=5.0))[1:]
    return [pace.add(done + n, 8, now) for n, now in enumerate(times, 1)]


def left(steps: Sequence[float], batches: int, epochs: int, *, done: int = 0) -> list[float | None]:
    return [figures["seconds_left"] for figures in told(steps, batches, epochs, done=done)]


def test_the_first_batch_is_no_measure() -> None:
    """40 s of imports and caches, then a second a batch: 8 s are left after the second of ten."""
    assert left([40.0, 1.0, 1.0], 10, 1) == [None, 8.0, 7.0]


def test_nor_is_it_of_the_pace() -> None:
    first, second, third = told([40.0, 1.0, 3.0], 10, 1)
    assert first["images_per_second"] == 8 / 40
    assert second["images_per_second"] == 8.0
    assert third["images_per_second"] == (8 / 1 + 8 / 3) / 2


def test_the_pace_is_of_recent_batches_without_validations() -> None:
    said = told([40.0, *[1.0] * 9, 5.0, *[1.0] * 9, 5.0, *[2.0] * 40], 10, 6)
    assert said[19]["images_per_second"] == 8.0
    assert said[-1]["images_per_second"] == 4.0


def test_a_slow_one_does_not_lengthen_the_rest() -> None:
    assert left([9.0, 1.0, 1.0, 30.0], 10, 1)[-1] == 6.0


def test_validations_to_come_are_counted_apart() -> None:
    """Batches of 1 s and a validation of 4 s, 3 epochs of 4: of 12 batches 8 follow."""
    steps = [20.0, 1.0, 1.0, 1.0, 5.0, 1.0, 1.0, 1.0, 5.0, 1.0, 1.0, 1.0]
    said = left(steps, 4, 3)
    assert said[3] == 8.0  # none was seen yet
    assert said[4:] == [7 + 4, 6 + 4, 5 + 4, 4 + 4, 3, 2, 1, 0]
    assert said[4:] == [sum(steps[n:]) for n in range(5, 13)]


def test_it_follows_a_body_that_begins_to_train() -> None:
    assert left([9.0, *[1.0] * 49, *[3.0] * 25], 50, 2)[-1] == pytest.approx(25 * 3.0)


def test_epochs_of_a_process_before_are_done() -> None:
    assert left([30.0, 2.0], 4, 3, done=4) == [None, 12.0]


@pytest.mark.parametrize(("batches", "epochs"), [(1, 1), (1, 3), (2, 1), (3, 2)])
def test_nothing_is_left_at_the_end(batches: int, epochs: int) -> None:
    said = left([1.0] * (batches * epochs), batches, epochs)
    assert said[-1] == 0.0
    assert said[1:] == [float(batches * epochs - n) for n in range(2, batches * epochs + 1)]


def test_a_clock_that_stands_still_gives_a_number() -> None:
    assert left([0.0, 0.0], 2, 1) == [None, 0.0]
