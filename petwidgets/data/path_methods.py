"""What fastcore's `path.ls()` and the attributes of a `Path` give for a set's folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from petwidgets.data.dataset import root

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from petwidgets.data.dataset import Dataset

SHOWN = 3
"""Items of a list that are printed; fastcore prints more."""

HEADER = ("in Python", "gives")


def path_methods(dataset: Dataset, *, entries: bool) -> list[list[str]]:
    """Expressions on the set's folder with their values, as fastai prints them.

    Args:
        dataset: whose folder is read now.
        entries: whether all entries of the folders may be named, or photographs alone.

    Returns:
        (expression, value) pairs. Paths are relative to the set's folder, as with `BASE_PATH`.

    Raises:
        OSError: the folder can't be read.
    """
    path = root(dataset)
    photographs = sorted(dataset.listing.photos if dataset.listing else dataset.paths)
    searched = f"get_image_files({_below(dataset.folder, path)}).sorted()"
    found = [
        ["Path.BASE_PATH = path", ""],
        ["path", path_repr(path, path)],
        [searched, list_repr(photographs, path)],
    ]
    first, file = searched, photographs[0]
    if entries:
        for folder in dict.fromkeys((path, file.parent)):
            first = f"({_below(folder, path)}).ls()" if folder != path else "path.ls()"
            listed = [*folder.iterdir()]  # in no order, as `ls` has them
            found.append([first, list_repr(listed, path)])
            file = next(iter(listed), file)
    return [
        *found,
        [f"fname = {first}[0]", path_repr(file, path)],
        ["fname.name", repr(file.name)],
        ["fname.stem", repr(file.stem)],
        ["fname.suffix", repr(file.suffix)],
        ["fname.parent", path_repr(file.parent, path)],
    ]


def _below(folder: Path, path: Path) -> str:
    """An expression for a folder below `path`, or for `path` itself."""
    below = folder.relative_to(path).as_posix()
    quoted = f'"{below}"' if '"' not in below and "\\" not in below else repr(below)
    return "path" if folder == path else f"path/{quoted}"


def path_repr(path: Path, base: Path) -> str:
    """A path as fastcore prints it where `Path.BASE_PATH` is `base`."""
    return f"Path({path.relative_to(base).as_posix()!r})"


def list_repr(paths: Sequence[Path], base: Path) -> str:
    """A list of paths as fastcore's `L` prints it: their number, then the first few."""
    first = ", ".join(path_repr(path, base) for path in paths[:SHOWN])
    return f"(#{len(paths)}) [{first}{'...' if len(paths) > SHOWN else ''}]"
