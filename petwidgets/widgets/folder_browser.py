"""The folders of this machine, to walk through and choose one of; a list like a file manager's.

| browser                           | Python                                                   |
|-----------------------------------|----------------------------------------------------------|
| `go`: `start`, `up` or a shortcut | `place`, `rows`, `version` change, then `texts`          |
| `into`: at, `version`             | the same; `version` tells which list the row stands in   |
| `choose`, `version`               | (calls what `chosen` was given, with the shown folder)   |
"""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING, Any

from traitlets import Bool, Dict, Int, List, Unicode

from petwidgets.common.formatting import counted
from petwidgets.data import folders as listing
from petwidgets.widgets.base import Part

if TYPE_CHECKING:
    from collections.abc import Callable

    from petwidgets.data.folders import Contents

SECONDS_BETWEEN = 0.25
"""Between two messages of what was counted since."""


class FolderBrowser(Part):
    """Shows a folder and those in it; nothing is looked at before it is opened.

    All looking is done in threads: a folder on a network may not answer at all.

    Args:
        chosen: is called with the path of the folder that was chosen.
        permitted: raises a `Problem` where no folder may be looked at.
        present: gives the folder to begin with, empty for none.

    Example:
        >>> FolderBrowser(print, lambda: None, lambda: "").opened
        False
    """

    file = "folder_browser"

    from_page = ("opened",)

    opened = Bool(default_value=False).tag(sync=True)
    place = Dict(help="`path` of the shown folder, `text`: what it holds, `top`").tag(sync=True)
    rows = List(Unicode(), help="names of the folders in it").tag(sync=True)
    texts = List(Dict(), help="`text` and `closed` of each, as it is counted").tag(sync=True)
    ways = List(List(Unicode()), help="shortcuts: key and label").tag(sync=True)
    state = Unicode(help="what is being done, or was left undone").tag(sync=True)
    version = Int().tag(sync=True)

    def __init__(
        self,
        chosen: Callable[[str], Any],
        permitted: Callable[[], None],
        present: Callable[[], str],
    ) -> None:
        super().__init__()
        self._chosen, self._permitted, self._present = chosen, permitted, present
        self._path, self._names = "", [""]
        self._lock, self._stop = threading.Lock(), threading.Event()

    def hear(self, message: Any) -> None:
        """Do what the page asks; what it asks of a list that is gone is passed over.

        Raises:
            Problem: no folder may be looked at.
        """
        self._permitted()
        if not isinstance(message, dict):
            return
        shown = self._path != "" and message.get("version") == self.version
        if "go" in message:
            self._go(str(message["go"]))
        elif shown and message.get("into") in range(len(self._names)):
            folder = os.path.join(self._path, self._names[message["into"]])  # noqa: PTH118
            self._begin(lambda: folder)
        elif shown and "choose" in message:
            self._chosen(self._path)
            self.opened = False

    def _go(self, way: str) -> None:
        above = os.path.dirname(self._path)  # noqa: PTH120
        start = {
            "up": lambda: above or listing.start(),
            "home": listing.start,
        }.get(way, lambda: listing.start(self._present()))
        self.opened = True
        self._begin(start)

    def _begin(self, find: Callable[[], str]) -> None:
        """Show the folder that is found, as soon as it answers, and none that was asked before."""
        with self._lock:
            self._stop.set()
            self._stop = stop = threading.Event()
        self._say(stop, state="Looking into the folder ...")
        threading.Thread(target=self._look, args=(find, stop), daemon=True, name="folders").start()

    def _look(self, find: Callable[[], str], stop: threading.Event) -> None:
        folder = find()
        found = listing.contents(folder, stop.is_set)
        if found.problem:
            self._say(stop, state=f"{printable(folder)} can't be opened: {found.problem}.")
            return
        names = listing.in_order(found.folders)
        self._show(stop, folder, names, found)
        texts: list[dict[str, Any]] = []
        said = time.monotonic()
        for one in listing.below(folder, names, stop.is_set):
            texts.append({"text": described(one), "closed": bool(one.problem)})
            if time.monotonic() > said + SECONDS_BETWEEN:
                said = time.monotonic()
                self._say(stop, texts=[*texts])
        self._say(stop, texts=texts, state=_left_out(found))

    def _show(self, stop: threading.Event, folder: str, names: list[str], found: Contents) -> None:
        top = os.path.dirname(folder) == folder  # noqa: PTH120
        with self._lock:
            if not stop.is_set():
                self._path, self._names = folder, names
        self._say(
            stop,
            place={"path": printable(folder), "text": described(found), "top": top},
            rows=[*map(printable, names)],
            texts=[],
            ways=self._ways(folder),
            state="Counting ...",
            version=self.version + 1,
        )

    def _say(self, stop: threading.Event, **traits: Any) -> None:
        """Set traits unless another folder was asked for since."""
        with self._lock, self.hold_sync():
            if not stop.is_set():
                for name, value in traits.items():
                    setattr(self, name, value)

    def _ways(self, folder: str) -> list[list[str]]:
        """Shortcuts that lead somewhere else."""
        home, present = listing.start(), listing.start(self._present())
        ways = {present: ["present", "Present folder"], home: ["home", "Home folder"]}
        return [way for place, way in ways.items() if place != folder]


def described(found: Contents) -> str:
    """Describe the entries of a folder in words.

    Example:
        >>> described(listing.Contents(1, ("a", "b")))
        '1 photograph, 2 folders'
    """
    if found.problem:
        return f"can't be opened: {found.problem}"
    counts = {"photograph": found.photographs, "folder": len(found.folders)}
    said = ", ".join(counted(n, noun) for noun, n in counts.items() if n)
    if found.whole:
        return said or "no photographs"
    return f"{said} and more: counting stopped there" if said else "not counted"


def printable(name: str) -> str:
    """A name as a page can be sent it, bytes that are no text as escapes."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _left_out(found: Contents) -> str:
    """Describe what the list leaves out; empty if it is complete."""
    missing = "Type the path of a folder that is missing."
    if not found.whole:
        return (
            f"The first {listing.MOST_ENTRIES:,} entries of this folder were looked at. {missing}"
        )
    more = len(found.folders) - listing.MOST_FOLDERS
    return f"The list ends here; {more:,} more are not shown. {missing}" if more > 0 else ""
