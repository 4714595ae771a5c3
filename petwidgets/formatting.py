"""How counts and lists of names become words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

SHOWN = 5
"""Names that a sentence lists; the rest is counted."""


def counted(n: int, noun: str, plural: str = "") -> str:
    """A number and its noun.

    Example:
        >>> counted(1, "photograph"), counted(2000, "photograph"), counted(2, "copy", "copies")
        ('1 photograph', '2,000 photographs', '2 copies')
    """
    return f"{n:,} {noun if n == 1 else plural or f'{noun}s'}"


def listed(names: Sequence[str], shown: int = SHOWN) -> str:
    """The first names, and how many more there are.

    Example:
        >>> listed(["a", "b", "c"]), listed(["a", "b", "c"], 1)
        ('a, b and c', 'a and 2 more')
    """
    first = [str(name) for name in names[:shown]]
    rest = len(names) - len(first)
    last = f"{rest:,} more" if rest else first.pop() if first else ""
    return f"{', '.join(first)} and {last}" if first else last
