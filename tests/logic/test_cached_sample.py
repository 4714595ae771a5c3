"""Processes that want the sample at once draw it once."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from petwidgets.common.errors import Problem
from petwidgets.data.synthetic import cached, sample

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("Harlequin_1.jpg", "Harlequin_2.jpg")


@pytest.fixture
def drawing(
    monkeypatch: pytest.MonkeyPatch,
) -> tuple[threading.Thread, threading.Event, list[Path]]:
    """A thread whose drawing has begun, what lets it go on, and the folders that were drawn."""
    begun, goes_on, drawn = threading.Event(), threading.Event(), []

    def draw(draft: Path, *_: object) -> None:
        drawn.append(draft)
        (draft / NAMES[0]).touch()
        begun.set()
        assert goes_on.wait(30)
        (draft / NAMES[1]).touch()

    monkeypatch.setattr(sample, "names", lambda *_: [*NAMES])
    monkeypatch.setattr(sample, "_draw", draw)
    first = threading.Thread(target=cached.draw)
    first.start()
    assert begun.wait(30)
    return first, goes_on, drawn


def test_the_second_waits_and_watches(
    drawing: tuple[threading.Thread, threading.Event, list[Path]],
) -> None:
    first, goes_on, drawn = drawing
    watched = threading.Event()
    seen: list[tuple[int, int]] = []

    def progress(done: int, total: int) -> None:
        seen.append((done, total))
        watched.set()

    second = threading.Thread(target=cached.draw, args=(progress,))
    second.start()
    assert watched.wait(30)
    assert seen[0] == (1, sample.COUNT)
    goes_on.set()
    for one in (first, second):
        one.join(30)
    assert len(drawn) == 1
    assert sorted(path.name for path in cached.folder().iterdir()) == [*NAMES]
    assert seen[-1][0] == len(NAMES)


def test_who_waits_may_stop(
    drawing: tuple[threading.Thread, threading.Event, list[Path]],
) -> None:
    first, goes_on, drawn = drawing
    with pytest.raises(Problem, match="The drawing was stopped"):
        cached.draw(stop=lambda: True)
    goes_on.set()
    first.join(30)
    assert len(drawn) == 1
