"""Merge what two pages of one session have changed since they read its file."""

from __future__ import annotations

from itertools import takewhile
from typing import Any

WHOLE = ("train", "bench", "cell")
"""Names of values whose parts belong together: of two changes the last one counts."""

GONE: Any = object()
"""Stands for a value that is not there; beside a dict or a list it is an empty one."""


def merged(there: Any, before: Any, now: Any, name: str = "") -> Any:
    """What is there, with a page's own changes.

    Dicts are merged key by key, and lists entry by entry; of anything else the page's own value
    counts if the page has changed it.

    Args:
        there: what the file says, perhaps written by another page.
        before: what this page read or wrote last.
        now: what it says now.
        name: of the value.

    Example:
        >>> merged({"1": "a", "2": "b"}, {"1": "a"}, {"3": "c"})
        {'2': 'b', '3': 'c'}
        >>> merged(["a", "b"], ["a"], ["a", "c"])
        ['a', 'b', 'c']
    """
    if now == before:
        return there
    if there != before and name not in WHOLE:
        for kind, merge in ((dict, _keys), (list, _entries)):
            values = [kind() if value is GONE else value for value in (there, before, now)]
            if all(isinstance(value, kind) for value in values):
                return merge(*values)
    return now


def _keys(there: dict[str, Any], before: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    values = {
        key: merged(there.get(key, GONE), before.get(key, GONE), now.get(key, GONE), key)
        for key in {**there, **now}
    }
    return {key: value for key, value in values.items() if value is not GONE}


def _entries(there: list[Any], before: list[Any], now: list[Any]) -> list[Any]:
    """Without the entries that the page has removed, and with those that it has added."""
    pairs = zip(before, now, strict=False)
    same = len([*takewhile(lambda pair: pair[0] == pair[1], pairs)])
    kept = there[::-1]
    for entry in before[same:]:
        if entry in kept:
            kept.remove(entry)  # the last one in the file
    return kept[::-1] + now[same:]
