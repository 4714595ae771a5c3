"""Small sound pictures of every format and kind, and a small sound run, to be damaged."""

from __future__ import annotations

import io
import struct
import zlib
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image
from small_run import FILES, save_tensors

from petwidgets.data.decoding import formats
from petwidgets.recipes.presets import fine_tune

if TYPE_CHECKING:
    from petwidgets.runs.run import Run
    from petwidgets.runs.store import RunStore


def saved(picture: Image.Image, form: str, **options: Any) -> bytes:
    """The bytes of a file."""
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def _scene(height: int = 24, width: int = 32) -> Image.Image:
    down, across = np.mgrid[0:height, 0:width]
    grey = (down * 7 + across * 5) % 256
    return Image.fromarray(np.stack([grey, grey[::-1], grey[:, ::-1]], -1).astype(np.uint8))


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x0110] = 6, "Maker", "Maker 1"
    exif.get_ifd(0x8769).update({0x9003: "2026:01:02 03:04:05", 0x829A: 0.01, 0x8827: 100})
    exif.get_ifd(0x8825).update({1: "N", 2: (1.0, 2.0, 3.0)})
    return exif


def _jpegs(scene: Image.Image) -> list[bytes]:
    return [
        saved(scene, "JPEG", exif=_exif(), quality=60),
        saved(scene, "JPEG", progressive=True, comment=b"a comment", icc_profile=b"no profile"),
        saved(scene.convert("CMYK"), "JPEG"),
        saved(scene.convert("L"), "JPEG", optimize=True),
    ]


def _pngs(scene: Image.Image) -> list[bytes]:
    palette = scene.quantize(16)
    deep = Image.fromarray(np.asarray(scene.convert("L")).astype(np.uint16) * 257)
    return [
        saved(scene, "PNG", exif=_exif(), dpi=(72, 72)),
        saved(palette, "PNG", transparency=3),
        saved(scene.convert("RGBA"), "PNG"),
        saved(scene.convert("LA"), "PNG"),
        saved(deep, "PNG"),
        saved(scene.convert("1"), "PNG"),
        saved(scene, "PNG", save_all=True, append_images=[palette.convert("RGB")]),
    ]


def _tiffs(scene: Image.Image) -> list[bytes]:
    deep = Image.fromarray(np.asarray(scene.convert("L")).astype(np.float32) / 255)
    ways = [None, "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"]
    return [
        *(saved(scene, "TIFF", compression=way) for way in ways),
        saved(scene.convert("1"), "TIFF", compression="group4"),
        saved(deep, "TIFF"),
        saved(Image.fromarray(np.arange(48, dtype=np.int32).reshape(6, 8)), "TIFF"),
        saved(scene, "TIFF", exif=_exif(), big_tiff=True),
    ]


@cache
def pictures() -> list[bytes]:
    """Of every format that is opened here, and of each kind of it."""
    known, scene = formats(), _scene()
    made = [*_jpegs(scene), *_pngs(scene), *_tiffs(scene)]
    made += [
        saved(scene.quantize(8), "GIF", save_all=True, append_images=[scene.rotate(90)]),
        saved(scene, "BMP"),
        saved(scene.quantize(16), "BMP"),
        saved(scene, "PPM"),
        b"P5 8 6 65535\n" + bytes(96),
        b"P2 3 2 9\n1 2 3\n4 5 6\n",
        b"Pf\n2 2\n-1.0\n" + struct.pack("<4f", 0.0, 0.5, 1.0, float("nan")),
    ]
    if "WEBP" in known:
        made += [saved(scene, "WEBP"), saved(scene.convert("RGBA"), "WEBP", lossless=True)]
        made += [saved(scene, "WEBP", save_all=True, append_images=[scene.rotate(90)])]
    made += [saved(scene, form, quality=50) for form in ("HEIF", "AVIF") if form in known]
    return made


def chunks(png: bytes) -> list[tuple[bytes, bytes]]:
    """Kind and content of each part of a PNG."""
    found, at = [], 8
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        found.append((png[at + 4 : at + 8], png[at + 8 : at + 8 + length]))
        at += length + 12
    return found


def joined(parts: list[tuple[bytes, bytes]]) -> bytes:
    """The PNG of such parts, with right lengths and checksums."""
    made = b"\x89PNG\r\n\x1a\n"
    for kind, content in parts:
        checksum = zlib.crc32(kind + content)
        made += struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)
    return made


GROUP = {"parameters": 9, "trained": 9, "norms": 2, "norms_trained": 2}
EVENTS: list[dict[str, Any]] = [
    {"t": 0.0, "event": "started", "recipe": "fine-tune", "epochs": 2},
    {"t": 0.1, "event": "stage", "stage": "check", "sentence": "Looking at every photograph"},
    {"t": 0.2, "event": "progress", "done": 1, "of": 4, "stage": "check", "seconds_left": 3.0},
    {"t": 0.3, "event": "skipped", "sentence": "1 can't be read and is left out: x.jpg"},
    {
        "t": 0.4, "event": "stage", "stage": "frozen", "sentence": "Training the head",
        "groups": [{**GROUP, "first": "0", "last": "1"}, {**GROUP, "first": "2", "last": "3"}],
    },
    {
        "t": 1.0, "event": "batch", "done": 1, "of": 4, "loss": 0.7, "rates": [0.01, 0.02],
        "mom": 0.95, "images_per_second": 9.0, "seconds_left": 3.0,
    },
    {
        "t": 1.2, "event": "batch", "done": 2, "of": 4, "loss": float("nan"), "rates": [0.1, 0.2],
        "mom": 0.85, "images_per_second": 9.0, "seconds_left": 2.0,
    },
    *(
        {
            "t": 1.5 * epoch, "event": "epoch", "epoch": epoch, "of": 2, "train_loss": 1.0,
            "valid_loss": 0.5, "error_rate": 0.5, "confidence": 0.6, "temperature": 1.1,
            "calibration_error": 0.05, "bins": [[3, 0.5, 0.5], [1, 0.9, 1.0]],
        }
        for epoch in (1, 2)
    ),
    {"t": 3.5, "event": "finished", "seconds": 3.5, "epochs": 2, "error_rate": 0.25},
]  # fmt: skip
"""One of each kind that a training writes."""


def finished(store: RunStore, **recipe: Any) -> Run:
    """A run of two breeds and four photographs, as a training leaves it."""
    run = store.create(fine_tune(1, **recipe))
    save_tensors(run)
    for event in EVENTS:
        run.append(event)
    results = {"error_rate": 0.25, "valid_loss": 0.6, "seconds": 3.0, "epochs": 2}
    counts = {"found": 9, "labelled": 8, "chosen": 8, "used": 8}
    inventory = {
        **counts, "breeds": {"pug": [2, 2], "Bombay": [2, 2]}, "sentences": ["One is left out."],
        "noun": "photograph",
    }  # fmt: skip
    return run.update(
        state="finished",
        vocab=["Bombay", "pug"],
        files=[*FILES],
        train_files=["pug_3.jpg"],
        results=results,
        versions={"python": "3.11"},
        preprocessing={"mean": [0.5] * 3, "std": [0.5] * 3},
        weights="efficientnet 0.1",
        keeps="all",
        head="fastai",
        least_probability=0.5,
        batch_size=64,
        inventory=inventory,
        licence="Anybody's.",
    )
