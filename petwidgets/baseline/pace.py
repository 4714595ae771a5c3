"""The pace of a training, and the time left, from its recent batches."""

from __future__ import annotations

from collections import deque
from statistics import median

RECENT = 20
"""Batches whose median is the pace: few enough to follow a body that begins to train."""


class Pace:
    """Estimates the time left without what only the start takes.

    The first batch waits for imports, caches and threads to start. It is the first event's pace,
    for there is no other, and counts for nothing afterwards. The step into an epoch includes the
    validation of the one before, so it is counted apart. The validation at the end of all is in no
    estimate, and before the first one was seen none is.

    Args:
        batches: of one epoch.
        epochs: of the training.
        began: seconds on the training's clock.

    Example:
        >>> pace = Pace(batches=4, epochs=1, began=0.0)
        >>> [pace.add(done, 8, t)["seconds_left"] for done, t in [(1, 40.0), (2, 41.0), (3, 42.5)]]
        [None, 2.0, 1.25]
    """

    def __init__(self, batches: int, epochs: int, began: float) -> None:
        self._batches, self._total = batches, batches * epochs
        self._steps: deque[float] = deque(maxlen=RECENT)
        self._each: deque[float] = deque(maxlen=RECENT)
        self._into_epochs: deque[float] = deque(maxlen=RECENT)
        self._last, self._first = began, True

    def add(self, done: int, photographs: int, now: float) -> dict[str, float | None]:
        """Count a batch that has just ended.

        Args:
            done: batches so far, this one included, also those of an earlier process.
            photographs: in the batch.
            now: seconds on the training's clock.

        Returns:
            Two figures of a `batch` event: `images_per_second`, and `seconds_left`, which is None
            after the first batch.
        """
        step, self._last = now - self._last, now
        if self._first:
            self._first = False
            left = None if done < self._total else 0.0
            return {"images_per_second": photographs / max(step, 1e-6), "seconds_left": left}
        enters = (done - 1) % self._batches == 0
        (self._into_epochs if enters else self._steps).append(step)
        if not enters or not self._each:
            self._each.append(photographs / max(step, 1e-6))
        return {"images_per_second": median(self._each), "seconds_left": self._left(done)}

    def _left(self, done: int) -> float:
        entries = (self._total - 1) // self._batches - (done - 1) // self._batches
        step = median(self._steps or self._into_epochs)
        into_epoch = median(self._into_epochs or self._steps)
        return (self._total - done - entries) * step + entries * into_epoch
