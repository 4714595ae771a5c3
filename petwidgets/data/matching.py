r"""Match file names from elsewhere to the photographs of a set.

The same photograph may be called `beagle/1.jpg`, `photos\beagle\1.JPG` or `1`. Names are compared
from their end, folder by folder, as far as both have folders.
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
        # From the strictest comparison to the most lenient.
        self._plain = _index((_parts(name), name) for name in self._names)
        self._folded = _index((_fold(_parts(name)), name) for name in self._names)
        self._bare = _index((_fold(_parts(_stem(name))), name) for name in self._names)

    def find(self, given: str) -> list[str]:
        """The photographs that a name may refer to, sorted: none, one, or several if ambiguous.

        Full matches take precedence over partial ones, and exact spelling over a different case. A
        name without extension is tried last.
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
        """The candidates with the most matching folders, and no differing one."""
        shared: dict[int, list[str]] = defaultdict(list)
        for own, name in candidates:
            n = min(len(own), len(parts))
            # In a set with folders, a file outside of them does not match one inside a folder.
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
    r"""Split a name at `/` or `\` into folders and file, in Unicode form NFC."""
    plain = unicodedata.normalize("NFC", _text(name)).replace("\\", "/")
    return tuple(part for part in plain.split("/") if part not in ("", "."))


def _text(name: str) -> str:
    """Decode a name that is not UTF-8 as Windows-1252, as in a table with that encoding."""
    if name.isascii() or not any("\udc80" <= letter <= "\udcff" for letter in name):
        return name
    try:
        return os.fsencode(name).decode("cp1252", "replace")
    except UnicodeEncodeError:  # a surrogate that stands for no byte: no file has this name
        return name


def _stem(name: str) -> str:
    stem, extension = os.path.splitext(name)  # noqa: PTH122 - 7,390 times
    return stem if extension.lower() in EXTENSIONS else name


def _fold(parts: Parts) -> Parts:
    return tuple(part.casefold() for part in parts)
