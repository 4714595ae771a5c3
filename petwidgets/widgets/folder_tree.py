"""A folder and what is below it, with counts; a click chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from traitlets import Dict, Unicode

from petwidgets.widgets.base import Part

if TYPE_CHECKING:
    from collections.abc import Iterator

    from petwidgets.data.folder_tree import Folder


class FolderTree(Part):
    """`chosen` is the path of a folder below the root, empty for all.

    Example:
        >>> FolderTree().chosen
        ''
    """

    file = "folder_tree"

    from_page = ("chosen",)

    root = Dict().tag(sync=True)
    chosen = Unicode().tag(sync=True)

    def show(self, root: Folder) -> None:
        """Show this folder; a chosen one that is not in it is chosen no more."""
        self.root = _plain(root)
        if self.chosen not in _paths(root):
            self.chosen = ""


def _paths(folder: Folder) -> Iterator[str]:
    yield folder.path
    for below in folder.folders:
        yield from _paths(below)


def _plain(folder: Folder) -> dict[str, Any]:
    kinds = [f"{count:,} {kind or 'without extension'}" for kind, count in folder.kinds.items()]
    return {
        "path": folder.path,
        "name": folder.name,
        "text": ", ".join([*kinds[:4], *(["..."] if kinds[4:] or not folder.whole else [])]),
        "files": folder.files,
        "folders": [_plain(below) for below in folder.folders],
    }
