"""A child process that decodes each photograph once, completely, and measures it.

It uses the definitions of `dark` and of near duplicates (imagehash's `phash`) of cleanvision 0.3.7,
but not the library: one damaged PNG ends its whole check, it reports no progress and can't be
stopped, loads pandas and matplotlib (100 MB), decodes everything twice (43 s for 3,700
photographs), found only 40 % of planted blurs, and only near duplicates with equal hashes.
"""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import asdict, dataclass
from functools import cache
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

SIDE = 256  # pixels of the longer side at which all pictures are measured, to be comparable
COARSER = 4  # factor by which the picture is reduced to compare the steepness of edges
BITS = 16  # rows and columns of the hash
WAVES = 4 * BITS  # rows and columns of the picture that it is made of
FLAT = 1.0  # standard deviation of grey levels, below which a picture gets no hash
FAINT = 16.0  # levels of the steepest edges, below which the sharpness is undefined


@dataclass(frozen=True)
class Look:
    """Measurements of one file.

    Args:
        file: its path.
        problem: why it can't be read, for the user; all other fields are then unset.
        cause: the same for the log.
        format: Pillow's name of its format.
        width: pixels of the file, upright; very large ones are decoded in half the size.
        height: likewise.
        brightness: of its brightest parts, 0 black to 1 white.
        sharpness: 0.25 without any detail, 0.3 blurred, 0.35 to 2.5 for photographs in focus;
            1 if there are too few edges to tell.
        digest: SHA-256 of the file.
        hash: perceptual hash; similar pictures share nearly all bits. Empty for a flat picture.
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
    """Read and measure one file: about 7 ms for 512 x 512 pixels."""
    try:
        photo, known = read_photo(path), facts(path)
        digest = _digest(path)
    except (Problem, OSError) as error:  # a file may disappear meanwhile
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
    """The steepness of the steepest edges, divided by that in the picture at a quarter of its size.

    An edge in focus spans one pixel in both sizes, so it is nearly as steep. A blurred one spans
    four times as many pixels in the full size, so it is a quarter as steep. Contrast cancels out.
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
    """The perceptual hash (https://www.hackerfactor.com/blog/?/archives/432) in hexadecimal.

    The bits are those of `imagehash.phash`, whose scipy and pywt would take 150 MB of an install.
    """
    if np.asarray(grey).std() < FLAT:
        return ""
    pixels = np.asarray(grey.resize((WAVES, WAVES), Image.Resampling.LANCZOS), float)
    low = _cosines() @ pixels @ _cosines().T
    return np.packbits(low > np.median(low)).tobytes().hex()


@cache
def _cosines() -> NDArray[np.float64]:
    """(BITS, WAVES): the slowest waves of the discrete cosine transform."""
    angles = np.pi / (2 * WAVES) * np.outer(np.arange(BITS), 2 * np.arange(WAVES) + 1)
    return np.asarray(np.cos(angles))


def main() -> int:
    """The child process of `share_out`: reads JSON paths by lines and prints a `Look` for each."""
    names = sys.stdin.read().splitlines()
    return work(names, lambda name: json.dumps(asdict(look(Path(json.loads(name))))))


if __name__ == "__main__":
    sys.exit(main())
