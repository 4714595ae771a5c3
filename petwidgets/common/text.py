"""Make file names readable: a name may contain any character, also line breaks."""

from __future__ import annotations

JOINERS = "\u200c\u200d"
"""Invisible, but what an emoji or a word is made of."""


def readable(name: str) -> str:
    r"""A name with the bytes that are no UTF-8 written out, as a terminal does it.

    Example:
        >>> print(readable("caf\udce9"))
        caf\xe9
    """
    try:
        return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:  # no byte of a name, but half of a pair from elsewhere
        return name.encode("utf-8", "backslashreplace").decode()


def on_one_line(text: str) -> str:
    r"""Text for a terminal, where a name may end no line, move no cursor and turn no direction.

    Example:
        >>> print(on_one_line("two\nlines.jpg: pug"))
        two\nlines.jpg: pug
    """
    return "".join(
        c if c.isprintable() or c in JOINERS else c.encode("unicode_escape").decode()
        for c in readable(text)
    )
