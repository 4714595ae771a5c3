"""Sources of photographs: the drawn sample, the Oxford-IIIT Pet set, and folders."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from petwidgets.common.errors import Problem
from petwidgets.data import oxford
from petwidgets.data.listing import Listing, list_folder
from petwidgets.data.synthetic import cached, sample

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SAMPLE, OXFORD = "sample", "oxford-pets"

TITLES = {
    SAMPLE: "Drawn sample: 37 invented breeds",
    OXFORD: "Oxford-IIIT Pet: 37 real breeds",
}

NOT_OFFERED = (
    "This page is open to visitors and reads no folder of their choice: choose the drawn sample, or"
    " have its owner offer a folder by PETWIDGETS_DATA."
)


def sources() -> list[str]:
    """The sources to choose from, the folder of `PETWIDGETS_DATA` first."""
    own = named(os.environ.get("PETWIDGETS_DATA", ""))
    return [*([own] if own else []), SAMPLE, OXFORD]


def named(source: str) -> str:
    """A source by its one name: a folder without separators at its end.

    Example:
        >>> named("pets/"), named("/"), named("sample")
        ('pets', '/', 'sample')
    """
    drive, path = os.path.splitdrive(source)
    return drive + (path.rstrip(f"{os.sep}{os.altsep or ''}") or path[:1])


def require_offered(source: str) -> None:
    """Check that visitors of a server may use this source: only folders in `PETWIDGETS_DATA`.

    Raises:
        Problem: it is another folder, whether it exists or not.
    """
    own = named(os.environ.get("PETWIDGETS_DATA", ""))
    if source not in (SAMPLE, OXFORD) and not (own and _is_inside(source, own)):
        raise Problem(NOT_OFFERED)


def _is_inside(source: str, own: str) -> bool:
    """Whether a path is inside `own`, both as written and with links resolved.

    The path as written counts, too: otherwise a path through other folders (`..`) would reveal
    whether these exist.
    """
    if source == own:
        return True
    named, around = (os.path.abspath(os.path.expanduser(path)) for path in (source, own))  # noqa: PTH100, PTH111
    try:
        true, root = Path(named).resolve(), Path(around).resolve()
    except (OSError, RuntimeError, ValueError):  # circular links, a null character in a name
        return False
    downwards = ".." not in Path(source).parts
    below = any(Path(named).is_relative_to(place) for place in (around, root))
    return downwards and below and true.is_relative_to(root)


def title(source: str) -> str:
    """A source's name for the user."""
    return TITLES.get(source, f"Folder {source}")


def kind(source: str, *, many: bool = True) -> str:
    """The noun for a source's pictures: drawn ones are never called photographs."""
    return ("drawn picture" if source == SAMPLE else "photograph") + "s" * many


def prepared(source: str) -> bool:
    """Whether the photographs of `source` are on this machine already."""
    if source == SAMPLE:
        return sample.complete(cached.folder())
    return oxford.present() if source == OXFORD else _folder(source) is not None


def prepare(
    source: str,
    progress: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Path:
    """Bring the photographs of `source` onto this machine and return their folder.

    The drawn sample is drawn (seconds, cached), Oxford-IIIT Pet is downloaded into fastai's cache
    (811 MB), a folder only has to exist.

    Raises:
        Problem: no such folder, no network, no space, or `stop()` was true.
    """
    if source == SAMPLE:
        return cached.draw(progress, stop)
    if source == OXFORD:
        return oxford.get(progress=progress, stop=stop) / "images"
    folder = _folder(source)
    if folder is None:
        raise Problem(f"There is no folder {source}: check the path.")
    return folder


def arrived(source: str) -> list[Path]:
    """The pictures that are here already while `source` is being drawn, in no order.

    They move when all are here.
    """
    return cached.so_far() if source == SAMPLE else []


def _folder(source: str) -> Path | None:
    # Not Path's methods: they raise for an unknown ~user, a too long name, an inaccessible folder.
    folder = os.path.expanduser(source)  # noqa: PTH111
    return Path(folder) if os.path.isdir(folder) else None  # noqa: PTH112


def listing(folder: Path) -> Listing:
    """List a folder with photographs.

    Raises:
        Problem: it has no photographs, or can't be read.
    """
    photographs = list_folder(folder)
    if not photographs.photos:
        left_out = " ".join(["", *photographs.sentences()])
        raise Problem(
            f"There are no photographs in {folder}: choose a folder that holds some.{left_out}"
        )
    return photographs


def photographs(folder: Path) -> list[Path]:
    """All files under `folder` with a picture's extension, sorted, without hidden ones.

    Raises:
        Problem: as `listing`.
    """
    return [*listing(folder).photos]


def located(source: str, names: Sequence[str]) -> dict[str, Path]:
    """Paths of photographs of a source by name; missing ones are left out.

    Args:
        source: if it is not on this machine yet, nothing is found.
        names: as of `Dataset.name`. They may come from an imported run, so names that lead out of
            the source are left out.
    """
    if not prepared(source):
        return {}
    folder = prepare(source)
    inside = [name for name in names if not {"..", "/"}.intersection(PurePosixPath(name).parts)]
    return {name: folder / name for name in inside if os.path.isfile(folder / name)}  # noqa: PTH113 - as `_folder`
