"""Scikit-learn's digits as files: photographs of ten classes, none of them a breed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path

EACH = 16
SIDE = 96


def digits(folder: Path) -> None:
    """Write the first digits of each kind as pictures, by folder."""
    known = pytest.importorskip("sklearn.datasets").load_digits()
    for digit in map(int, known.target_names):
        (folder / str(digit)).mkdir(parents=True)
        for n, levels in enumerate(known.images[known.target == digit][:EACH]):
            picture = Image.fromarray(np.uint8(levels * 255 / known.images.max()))
            picture.resize((SIDE, SIDE), Image.Resampling.BICUBIC).save(
                folder / str(digit) / f"{n:02}.png"
            )


def baseline(folder: Path, seed: int = 1) -> list[str]:
    """Arguments of the command that trains on such a folder, in seconds."""
    given = ("--data", str(folder), "--recipe", "baseline", "--size", "160", "--batch-size", "16")
    return ["train", *given, "--pattern", "parent-folder", "--json", "--seed", str(seed)]
