"""What a training of two breeds and four photographs leaves, and zips of such files."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors.numpy import save

from petwidgets.runs.predictions import Validation

if TYPE_CHECKING:
    from petwidgets.runs.run import Run

FILES = ("pug_1.jpg", "pug_2.jpg", "Bombay_1.jpg", "Bombay_2.jpg")


def save_tensors(run: Run) -> None:
    """Write its predictions, one of them wrong, and its weights."""
    probabilities = np.array([[0.1, 0.9], [0.2, 0.8], [0.9, 0.1], [0.4, 0.6]], np.float32)
    targets = np.array([1, 1, 0, 0])
    losses = -np.log(probabilities[range(4), targets])
    run.save_validation(Validation(FILES, probabilities, targets, losses))
    (run.folder / "model.safetensors").write_bytes(
        save({"1.weight": np.ones((2, 3), np.float32), "1.bias": np.ones(2, np.float32)})
    )


def entries(content: bytes) -> dict[str, bytes]:
    """The files in a zip."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(parts: dict[str, bytes], **facts: Any) -> bytes:
    """A zip of these, with facts of a `ZipInfo` set on every one of them."""
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            for key, value in facts.items():
                setattr(entry, key, value)
            archive.writestr(entry, content)
    return into.getvalue()
