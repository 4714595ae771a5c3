"""Make file names readable: a name may contain any character, also line breaks."""

from __future__ import annotations

JOINERS = "\u200c\u200d"
"""Invisible characters that join the parts of an emoji or a word."""


def readable(name: str) -> str:
    r"""Write the bytes of a name that are not UTF-8 as escapes, as a terminal does.

    Example:
        >>> print(readable("caf\udce9"))
        caf\xe9
    """
    try:
        return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:  # half of a surrogate pair, not a byte of a name
        return name.encode("utf-8", "backslashreplace").decode()


def on_one_line(text: str) -> str:
    r"""Escape characters that end a line, move a terminal's cursor or change writing direction.

    Example:
        >>> print(on_one_line("two\nlines.jpg: pug"))
        two\nlines.jpg: pug
    """
    return "".join(
        c if c.isprintable() or c in JOINERS else c.encode("unicode_escape").decode()
        for c in readable(text)
    )
