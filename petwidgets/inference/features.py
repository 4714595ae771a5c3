"""Features of many photographs, without torch."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from petwidgets.data.image import read_photo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from petwidgets.inference.preparation import Preparation


def features(
    see: Callable[[np.ndarray], np.ndarray],
    preparation: Preparation,
    paths: Sequence[Path],
    progress: Callable[[int, int], None],
    stop: Callable[[], bool],
    *,
    workers: int,
) -> np.ndarray | None:
    """(n, features) float32 of n photographs; None if it was stopped.

    Photographs go through the network one by one, in several threads: batches are no quicker on a
    CPU, and one at a time takes the least memory.

    Args:
        see: the features of squares, (n, 3, size, size); called in several threads.
        preparation: makes squares of photographs.
        paths: n files.
        progress: called with (photographs done, photographs in all).
        stop: called after each photograph; true ends the work.
        workers: number of threads.

    Raises:
        Problem: a photograph can't be read.
    """

    def of(path: Path) -> np.ndarray:
        row: np.ndarray = see(preparation.batch([read_photo(path)]))[0]
        return row

    rows: list[np.ndarray] = []
    with ThreadPoolExecutor(workers) as pool:
        for row in _ahead(pool, of, paths, 2 * workers):
            if stop():
                return None
            rows.append(row)
            progress(len(rows), len(paths))
    return np.stack(rows)


def _ahead(
    pool: ThreadPoolExecutor,
    see: Callable[[Path], np.ndarray],
    paths: Sequence[Path],
    most: int,
) -> Iterator[np.ndarray]:
    """Yield results in order; at most `most` are computed ahead, so that a stop waits for few."""
    rest = iter(paths)
    pending: deque[Future[np.ndarray]] = deque(
        pool.submit(see, path) for path in islice(rest, most)
    )
    while pending:
        row = pending.popleft().result()
        pending.extend(pool.submit(see, path) for path in islice(rest, 1))
        yield row
