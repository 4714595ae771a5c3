"""The part of `petwidgets bench` that needs a GPU, at a tiny size on this processor."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import torchvision
from fastai.vision.all import Learner, torch
from light import ARCH

from petwidgets.bench import fine_tunes, gpu
from petwidgets.bench.plan import Plan
from petwidgets.learning.models.backbones import pretrained

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RESNET = "resnet18"
TINY = {"photographs": 32, "size": 64, "presize": 96, "batch_size": 8, "precisions": ("fp32",)}
HOUR = 3600.0

Told = list[tuple[dict[str, Any], str]]


@contextmanager
def meagre(_size: float) -> Iterator[None]:
    """No batch of more than 4 fits: as a GPU's error, on both sides."""
    backward = Learner._backward

    def limited(learn: Learner) -> None:
        if len(learn.y) > 4:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")
        backward(learn)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Learner, "_backward", limited)
        yield


def compared(plan: Plan, folder: Path, until: float) -> Told:
    told: Told = []
    gpu.compare(plan, folder, lambda value, text: told.append((value, text)), until, meagre)
    return told


def test_both_sides_train_and_ours_goes_on_where_memory_lacks(few: Path, light: str) -> None:
    [first, own, fastais] = compared(Plan(archs=(ARCH,), **TINY), few, time.monotonic() + HOUR)
    facts, text = first
    assert facts["ratio"] == pytest.approx(facts["ours_per_s"] / facts["theirs_per_s"])
    assert facts["ours_per_s"] > 0
    assert facts["ours_MB"] is None
    assert "photographs a second" in text
    assert (own[0]["finished"], own[0]["smaller"]) == (True, (4,))
    assert own[1].endswith("petwidgets went on with batches of 4, and finished.")
    assert (fastais[0]["finished"], fastais[0]["error"]) == (False, "OutOfMemoryError")
    assert fastais[1].endswith("fastai ended by OutOfMemoryError.")


def test_a_precision_that_is_not_here_is_said(few: Path, light: str) -> None:
    if torch.cuda.is_available():
        pytest.skip("a GPU has fp16")
    plan = Plan(archs=(ARCH,), **{**TINY, "precisions": ("fp16",)})
    [facts, _], *_ = compared(plan, few, time.monotonic() + HOUR)
    assert "fp16 needs an NVIDIA GPU" in facts["missing"]


def test_nothing_begins_when_the_time_is_over(few: Path, light: str) -> None:
    told = compared(Plan(archs=(ARCH,), **TINY), few, time.monotonic() - 1)
    assert ["the time for all of it is over" in facts["missing"] for facts, _ in told] == [True] * 2


def test_both_sides_stop_when_the_time_is_over(few: Path, light: str) -> None:
    plan, until = Plan(archs=(ARCH,), **TINY), time.monotonic() - 1
    for side in (fine_tunes.ours, fine_tunes.fastais):
        took = side(plan, few, ARCH, "fp32", until)
        assert (took.finished, took.rate, took.error) == (False, 0.0, "")


def test_random_weights_lie_where_a_download_would(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.hub, "download_url_to_file", None)  # nothing is downloaded
    before = torch.hub.get_dir()
    with fine_tunes.random_weights((RESNET, ARCH)):
        body = pretrained(RESNET).body
        drawn = torchvision.models.resnet18()
    assert body["0.weight"].shape == drawn.conv1.weight.shape
    assert torch.hub.get_dir() == before
    assert not pretrained.cache_info().currsize
