r"""Match file names that were written elsewhere to the photographs of a set.

The same photograph is `beagle/1.jpg` in one place, `photos\beagle\1.JPG` in another, and `1` in a
third. Names are compared from their end, folder by folder, as far as both have folders.
"""

from __future__ import annotations

import os
import unicodedata
from collections import defaultdict
from typing import TYPE_CHECKING

from petwidgets.data.image import EXTENSIONS

if TYPE_CHECKING:
    from collections.abc import Iterable

    Parts = tuple[str, ...]


class Names:
    r"""Find photographs of a set by names from elsewhere.

    Args:
        names: relative to the set's folder, with `/`, as of `Dataset.name`.

    Example:
        >>> names = Names(["beagle/1.jpg", "pug/1.jpg", "pug/2.jpg"])
        >>> names.find("C:\\pets\\pug\\1.JPG"), names.find("2"), names.find("1.jpg")
        (['pug/1.jpg'], ['pug/2.jpg'], ['beagle/1.jpg', 'pug/1.jpg'])
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = set(names)
        self._nested = any("/" in name for name in self._names)
        # From the strictest way of comparing to the most lenient.
        self._plain = _index((_parts(name), name) for name in self._names)
        self._folded = _index((_fold(_parts(name)), name) for name in self._names)
        self._bare = _index((_fold(_parts(_stem(name))), name) for name in self._names)

    def find(self, given: str) -> list[str]:
        """The photographs that a name may mean, sorted: none, one, or several where it is unclear.

        A whole match goes before a partial one, the exact spelling before another case, and a name
        without the extension is looked for last.
        """
        if given in self._names:
            return [given]
        parts = _parts(given.strip())
        if not parts:
            return []
        ways = [(self._plain, parts), (self._folded, _fold(parts)), (self._bare, _fold(parts))]
        for index, query in ways:
            if best := self._best(index.get(query[-1], []), query):
                return sorted(best)
        return []

    def _best(self, candidates: list[tuple[Parts, str]], parts: Parts) -> list[str]:
        """Those of which the most folders agree, and none differs."""
        shared: dict[int, list[str]] = defaultdict(list)
        for own, name in candidates:
            n = min(len(own), len(parts))
            # In a set of folders a file beside them is not the one that lies in a folder elsewhere.
            astray = self._nested and len(own) == 1 < len(parts)
            if own[-n:] == parts[-n:] and not astray:
                shared[n].append(name)
        return shared[max(shared)] if shared else []


def _index(pairs: Iterable[tuple[Parts, str]]) -> dict[str, list[tuple[Parts, str]]]:
    index: dict[str, list[tuple[Parts, str]]] = defaultdict(list)
    for parts, name in pairs:
        if parts:
            index[parts[-1]].append((parts, name))
    return dict(index)


def _parts(name: str) -> Parts:
    r"""Folders and file, with `/` or `\`, and letters with accents put together alike."""
    plain = unicodedata.normalize("NFC", _text(name)).replace("\\", "/")
    return tuple(part for part in plain.split("/") if part not in ("", "."))


def _text(name: str) -> str:
    """A name that is no UTF-8 as a table in the old encoding of Windows has it."""
    if name.isascii() or not any("\udc80" <= letter <= "\udcff" for letter in name):
        return name
    try:
        return os.fsencode(name).decode("cp1252", "replace")
    except UnicodeEncodeError:  # half of a pair that stands for no byte: no file is called so
        return name


def _stem(name: str) -> str:
    stem, extension = os.path.splitext(name)  # noqa: PTH122 - 7,390 times
    return stem if extension.lower() in EXTENSIONS else name


def _fold(parts: Parts) -> Parts:
    return tuple(part.casefold() for part in parts)
