r"""The drawn sample: pictures of 37 invented breeds that the package draws itself.

With them everything runs without a network. As in the Oxford-IIIT Pet set, names of cats begin with
a capital, and file names match `(.+)_\d+.jpg$`. Each picture depends only on its seed, breed and
index, so pictures can be drawn in any order and by several processes. Some labels are wrong on
purpose (`wrong_labels.py`), so that there is something to clean.
"""

import errno
import hashlib
import io
import shutil
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from petwidgets.common import processes
from petwidgets.common.errors import Problem
from petwidgets.data.subprocess_pool import StoppedError, share_out, work
from petwidgets.data.synthetic.drawing.breeds import FAMILIES
from petwidgets.data.synthetic.drawing.compose import compose
from petwidgets.data.synthetic.wrong_labels import WRONG_LABELS

SEED = 42
VERSION = 2  # increased when the drawings change, so that a cached older sample is not used
PER_BREED = 40
BREEDS: tuple[str, ...] = tuple(sorted(FAMILIES))
COUNT = PER_BREED * len(BREEDS)

QUALITY = 88
STOPPED = "The drawing was stopped."
STALE = 3600.0  # seconds after which an unfinished folder counts as abandoned
SKETCHED = (  # pictures whose colours are not near a step of the fingerprint
    ("snowdrift_spitz", 39),
    ("Barley_Mouser", 1),
    ("Porcelain_Oracle", 27),
    ("apricot_puddler", 8),
    ("wire_whiskered_tinker", 10),
    ("border_juggler", 8),
    ("copper_runner", 6),
    ("foggy_spitz", 21),
)

Progress = Callable[[int, int], None]
Stop = Callable[[], bool]


def picture(breed: str, index: int, seed: int = SEED) -> Image.Image:
    """Draw one picture, which depends only on the arguments.

    Args:
        breed: one of `BREEDS`.
        index: number of the breed's picture, from 1, without an upper limit.
        seed: another seed gives another sample.

    Returns:
        An RGB picture, upright, wide or square, whose longer side is 260 to 500 pixels.

    Raises:
        KeyError: no such breed.
    """
    if breed not in FAMILIES:
        raise KeyError(breed)
    rng = np.random.default_rng([seed, zlib.crc32(breed.encode()), index])
    return compose(breed, rng)


def content(name: str) -> Image.Image:
    """Draw the picture of a file of the sample.

    Args:
        name: one of `names()`.
    """
    breed, index = name.removesuffix(".jpg").rsplit("_", 1)
    if name in WRONG_LABELS:  # none of its breed's own pictures, or it would be there twice
        return picture(WRONG_LABELS[name], PER_BREED + int(index))
    return picture(breed, int(index))


def names(limit_per_breed: int | None = None) -> list[str]:
    """The file names of the sample, `breed_index.jpg`, one of each breed in turn.

    Args:
        limit_per_breed: maximum of pictures of each breed; all 40 by default.

    Returns:
        The names; a limited sample is a part of the whole one.

    Raises:
        Problem: a limit below one.
    """
    last = PER_BREED if limit_per_breed is None else min(limit_per_breed, PER_BREED)
    if last < 1:
        raise Problem("Ask for at least one picture of each breed.")
    return [f"{breed}_{index}.jpg" for index in range(1, last + 1) for breed in BREEDS]


def draw_sample(
    folder: Path,
    *,
    progress: Progress | None = None,
    stop: Stop | None = None,
    limit_per_breed: int | None = None,
) -> Path:
    """Draw the sample into a folder atomically.

    It is drawn beside `folder` and renamed at the end, so that a crash or a stop leaves nothing
    incomplete. A folder with exactly the requested pictures is kept; one with a smaller or larger
    part of the sample is replaced; one with anything else in it is refused.

    Args:
        folder: the destination of the JPEG files; parents are created.
        progress: called with (pictures done, pictures in all), at least twice a second.
        stop: called several times a second; true ends the drawing within a second.
        limit_per_breed: number of pictures of each breed instead of 40.

    Returns:
        `folder`.

    Raises:
        Problem: stopped, the disk is full, or the folder can't be written or holds other files.
    """
    wanted = names(limit_per_breed)
    report = progress or (lambda _done, _total: None)
    with _explained(folder):
        if _complete(folder, wanted):
            report(len(wanted), len(wanted))
            return folder
        _refuse_others(folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        _sweep(folder)
        draft = Path(tempfile.mkdtemp(prefix=_draft_prefix(folder), dir=folder.parent))
        try:
            _draw(draft, wanted, report, stop or (lambda: False))
            _publish(draft, folder, wanted)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return folder


def fingerprint(seed: int = SEED) -> str:
    """Digest of the drawings, to detect changes independently of Pillow's version.

    A few pictures are reduced to 2 x 2 colours in steps of 51 levels, so that rounding differences
    at edges and blurs have no effect, but changes of the drawing do.

    Args:
        seed: the sample's seed.

    Returns:
        16 hexadecimal digits.
    """
    digest = hashlib.sha256()
    for breed, index in SKETCHED:
        drawn = picture(breed, index, seed)
        digest.update(repr((breed, index, drawn.size, _sketch(drawn).tolist())).encode())
    return digest.hexdigest()[:16]


def _sketch(drawn: Image.Image) -> NDArray[np.int64]:
    level = np.asarray(drawn.resize((2, 2), Image.Resampling.BOX), dtype=np.float64)
    return np.floor(level / 51).astype(np.int64)


def complete(folder: Path) -> bool:
    """Whether `folder` holds the whole sample."""
    return _complete(folder, names())


def drawn_so_far(folder: Path) -> list[Path]:
    """The pictures that a process has drawn that is drawing into `folder`, in no order.

    They move when all are drawn.
    """
    drafts = folder.parent.glob(f"{_draft_prefix(folder)}*")
    return max(([*draft.glob("*.jpg")] for draft in drafts), key=len, default=[])


def _complete(folder: Path, wanted: Sequence[str]) -> bool:
    return folder.is_dir() and sorted(entry.name for entry in folder.iterdir()) == sorted(wanted)


def _refuse_others(folder: Path) -> None:
    if not folder.exists():
        return
    ours = set(names())
    if not folder.is_dir() or any(entry.name not in ours for entry in folder.iterdir()):
        raise Problem(f"{folder} holds other things than the drawn sample: choose another folder.")


def _draft_prefix(folder: Path) -> str:
    return f".{folder.name}.drawing-"


def _sweep(folder: Path) -> None:
    # Remove drafts of killed processes; a recent draft may still be in use.
    for left in folder.parent.iterdir():
        if left.name.startswith(_draft_prefix(folder)):
            with suppress(FileNotFoundError):  # it was renamed meanwhile
                if time.time() - left.stat().st_mtime > STALE:
                    shutil.rmtree(left, ignore_errors=True)


def _publish(draft: Path, folder: Path, wanted: Sequence[str]) -> None:
    if _complete(folder, wanted):  # another process was quicker
        return
    draft.chmod(0o755)  # mkdtemp makes it private, but all users may read the sample
    if folder.exists():
        before = draft.with_name(f"{draft.name}-before")
        folder.rename(before)
        shutil.rmtree(before, ignore_errors=True)
    draft.rename(folder)


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise Problem(_sentence(error.errno, folder, why)) from error


def _sentence(number: int | None, folder: Path, otherwise: str) -> str:
    if number in {errno.ENOSPC, errno.EDQUOT}:
        return f"The disk of {folder} is full: make 100 MB of room there, or choose another folder."
    if number in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return f"{folder} can't be written: choose a folder of your own."
    if number in {errno.EEXIST, errno.ENOTDIR}:
        return f"{folder} can't be made, for a file stands in its way: choose another folder."
    return f"The sample could not be drawn into {folder} ({otherwise}): choose another folder."


def _draw(draft: Path, wanted: Sequence[str], report: Progress, stop: Stop) -> None:
    command = processes.command("petwidgets.data.synthetic.sample", str(draft))
    try:
        share_out(command, wanted, report, stop)
    except StoppedError:
        raise Problem(STOPPED) from None


def _save(folder: Path, name: str) -> None:
    jpeg = io.BytesIO()  # writing by Pillow hides the error of a full disk
    content(name).save(jpeg, "JPEG", quality=QUALITY)
    draft = folder / f".{name}"
    draft.write_bytes(jpeg.getvalue())
    draft.rename(folder / name)  # a page shows what is drawn so far, but nothing half


def main(arguments: Sequence[str]) -> int:
    """Run a child process: read file names from stdin and draw the pictures into a folder.

    Args:
        arguments: the folder.

    Returns:
        The exit status: 0 done, 1 the folder could not be written.
    """
    return work(sys.stdin.read().split(), partial(_save, Path(arguments[0])))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
