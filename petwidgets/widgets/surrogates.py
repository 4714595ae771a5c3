r"""Send file names that are not UTF-8 to a page and back.

Python keeps the bytes of such a name as halves of surrogate pairs, which no message to a page may
hold: Jupyter makes one and the same mark of all of them, and what comes back then names no file. A
page is shown `caf\xe9` for them, as a terminal shows it, and here it is known what that stood for.
"""

from __future__ import annotations

from typing import Any

from petwidgets.common.text import readable

_true: dict[str, str] = {}
"""What was sent in place of names, and the names."""


def outward(value: Any) -> Any:
    """A JSON value as it is sent, a copy where it holds such a name."""
    if isinstance(value, str):
        return value if value.isascii() else _text(value)
    if isinstance(value, dict):
        return {outward(key): outward(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(outward, value)) if type(value) in (list, tuple) else value
    return value


def inward(value: Any) -> Any:
    """Restore the names in a page's message."""
    if isinstance(value, str):
        return _true.get(value, value)
    if isinstance(value, dict):
        return {inward(key): inward(one) for key, one in value.items()}
    return [*map(inward, value)] if isinstance(value, list) else value


def _text(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        sent = readable(value)
        _true[sent] = value
        return sent
    return value
