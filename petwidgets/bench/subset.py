"""Smaller sets of the photographs, to see how a measurement grows."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def spread(photographs: Path, number: int) -> list[Path]:
    """So many photographs, evenly spread over the sorted folder.

    Raises:
        Problem: there are fewer.
    """
    paths = sorted(photographs.glob("*.jpg"))
    if len(paths) < number:
        raise Problem(f"Not measured: there are only {counted(len(paths), 'photograph')}.")
    return [paths[i * len(paths) // number] for i in range(number)]


def of_breeds(photographs: Path, breeds: int, each: int) -> list[Path]:
    """At most `each` photographs of the first breeds by name.

    Raises:
        Problem: there are fewer breeds.
    """
    by_breed: dict[str, list[Path]] = {}
    for path in sorted(photographs.glob("*.jpg")):
        by_breed.setdefault(path.name.rsplit("_", 1)[0], []).append(path)
    if len(by_breed) < breeds:
        raise Problem(f"Not measured: there are only {counted(len(by_breed), 'breed')}.")
    return [path for name in [*by_breed][:breeds] for path in by_breed[name][:each]]


@contextmanager
def linked(paths: Sequence[Path]) -> Iterator[Path]:
    """A folder of links to photographs, for the block."""
    with tempfile.TemporaryDirectory(prefix="petwidgets-") as folder:
        for path in paths:
            (Path(folder) / path.name).symlink_to(path.resolve())
        yield Path(folder)
