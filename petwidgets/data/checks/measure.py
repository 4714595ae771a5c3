"""A child process that decodes each photograph once, completely, and measures it.

Of cleanvision 0.3.7 this keeps the definitions of `dark` and of near duplicates (imagehash's
`phash`), but not the library: one damaged PNG ends its whole check, it reports no progress and
can't be stopped, loads pandas and matplotlib (100 MB), decodes everything twice (43 s for 3,700
photographs), found only 40 % of planted blurs, and only near duplicates with equal hashes.
"""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from petwidgets.common.errors import Problem
from petwidgets.common.os_errors import refusal
from petwidgets.data.image import read_photo
from petwidgets.data.metadata import facts
from petwidgets.data.subprocess_pool import work

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIDE = 256  # pixels of the longer side at which pictures are measured, so that sizes compare
COARSER = 4  # how much smaller the picture is with whose edges its own are compared
BITS = 16  # the hash has as many rows and columns of bits
FLAT = 1.0  # levels of standard deviation of grey; below it there is nothing to compare
FAINT = 16.0  # levels of the steepest edges, below which no picture is called sharp or blurred


@dataclass(frozen=True)
class Look:
    """Measurements of one file.

    Args:
        file: its path.
        problem: why it can't be read, for people; nothing else is known then.
        cause: the same for the log.
        format: what Pillow calls its content.
        width: pixels of the file, upright; a very large one is decoded in half of them.
        height: likewise.
        brightness: of its brightest parts, 0 black to 1 white.
        sharpness: 0.25 without any detail, 0.3 blurred, 0.35 to 2.5 for photographs in focus;
            1 where there are no edges to tell by.
        digest: SHA-256 of the file.
        hash: what pictures that look the same share nearly all bits of; empty for a flat one.
    """

    file: str
    problem: str = ""
    cause: str = ""
    format: str = ""
    width: int = 0
    height: int = 0
    brightness: float = 1.0
    sharpness: float = 1.0
    digest: str = ""
    hash: str = ""


def look(path: Path) -> Look:
    """Reads and measures one file: about 7 ms for 512 x 512 pixels."""
    try:
        photo, known = read_photo(path), facts(path)
        digest = _digest(path)
    except (Problem, OSError) as error:  # a file may go while it is looked at
        sentence = refusal(error, path) if isinstance(error, OSError) else str(error)
        return Look(str(path), sentence, repr(error.__cause__ or error))
    photo.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    grey = photo.convert("L")
    values = (brightness(photo), sharpness(grey))
    form, size = known.format, (known.width, known.height)
    return Look(str(path), "", "", form, *size, *values, digest, fingerprint(grey))


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(2**20):
            digest.update(part)
    return digest.hexdigest()


def brightness(photo: Image.Image) -> float:
    """The 99th percentile of the perceived brightness, cleanvision's measure of `dark`."""
    colours = np.asarray(photo, dtype=np.float32) / 255
    weights = np.array(
        [0.241, 0.691, 0.068], dtype=np.float32
    )  # http://alienryderflex.com/hsp.html
    return float(np.percentile(np.sqrt(colours**2 @ weights), 99))


def sharpness(grey: Image.Image) -> float:
    """How steep the steepest edges are, as a share of those of the picture in a quarter its size.

    An edge in focus spans a pixel in both, so that they are nearly as steep; a blurred one spans
    four times as many pixels here, and is a quarter as steep. Contrast cancels out.
    """
    coarse = _steepest(grey.reduce(COARSER))
    return _steepest(grey) / coarse if coarse >= FAINT else 1.0


def _steepest(grey: Image.Image) -> float:
    levels: NDArray[np.float32] = np.asarray(grey, dtype=np.float32)
    if min(levels.shape) < 2:  # noqa: PLR2004 - neighbours
        return 0.0
    across, down = np.diff(levels, axis=1)[1:], np.diff(levels, axis=0)[:, 1:]
    return float(np.percentile(np.hypot(across, down), 99))


def fingerprint(grey: Image.Image) -> str:
    """The perceptual hash (https://www.hackerfactor.com/blog/?/archives/432) in hexadecimal."""
    import imagehash

    if np.asarray(grey).std() < FLAT:
        return ""
    bits = imagehash.phash(grey, hash_size=BITS).hash
    return np.packbits(bits).tobytes().hex()


def main() -> int:
    """The child's side of `share_out`: paths in JSON come in by lines, and go out as looks."""
    names = sys.stdin.read().splitlines()
    return work(names, lambda name: json.dumps(asdict(look(Path(json.loads(name))))))


if __name__ == "__main__":
    sys.exit(main())
