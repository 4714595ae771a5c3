"""A few drawn pictures, of which some are spoiled: something for the check to find."""

from __future__ import annotations

import io
import shutil
import tempfile
from pathlib import Path

from PIL import Image, ImageFilter

from petwidgets.common.paths import cache, complaints
from petwidgets.data.synthetic import sample

SOUND = sample.BREEDS[::4]
"""Breeds of which there is one sound picture."""


def spoiled() -> Path:
    """The folder of the pictures, which is made at its first use, atomically.

    Raises:
        Problem: the disk is full, or the home can't be written.
    """
    folder = cache(f"spoiled-{sample.VERSION}")
    if folder.is_dir():
        return folder
    with complaints(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        try:
            for name, content in _pictures().items():
                (draft / name).write_bytes(content)
            draft.rename(folder)
        except OSError:
            if not folder.is_dir():  # else another process was quicker
                raise
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return folder


def _pictures() -> dict[str, bytes]:
    sound = {f"{breed}_1.jpg": _file(sample.picture(breed, 1)) for breed in SOUND}
    others = [sample.picture(breed, 2) for breed in SOUND]
    first, second, third, fourth, fifth, sixth, seventh, *_ = SOUND
    cut = _file(others[3])
    return {
        **sound,
        f"{second}_2.jpg": sound[f"{first}_1.jpg"],  # one picture with two labels
        f"{third}_2.jpg": _file(sample.picture(third, 1).resize((300, 300)), quality=60),
        f"{first}_2.jpg": _file(others[0].point(lambda level: level // 12)),
        f"{fourth}_2.jpg": cut[: len(cut) // 2],
        f"{fifth}_2.jpg": _file(others[4].filter(ImageFilter.GaussianBlur(6))),
        f"{sixth}_2.jpg": _file(others[5], "PNG"),
        f"{seventh}_2.jpg": _file(others[6].resize((24, 24))),
        f"{first}_3.jpg": b"This is a text, whatever its name says.\n",
    }


def _file(picture: Image.Image, form: str = "JPEG", quality: int = sample.QUALITY) -> bytes:
    content = io.BytesIO()
    picture.save(content, form, quality=quality)
    return content.getvalue()
