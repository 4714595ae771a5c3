"""Counts and names in sentences, as every account of a set of photographs needs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMED = 5
"""Names that a sentence gives; the others are counted."""

LONGEST = 60
"""Characters of a name in a sentence; names in files from elsewhere may have any length."""


def counted(n: int, noun: str, verb: str = "") -> str:
    """A number with its noun, and its verb, in the singular or the plural.

    Example:
        >>> counted(1, "row", "has"), counted(1200, "photograph", "is"), counted(0, "row")
        ('1 row has', '1,200 photographs are', '0 rows')
    """
    said = f"{n:,} {noun}{'s' * (n != 1)}"
    plurals = {"is": "are", "has": "have", "was": "were"}
    return f"{said} {verb if n == 1 else plurals.get(verb, verb.removesuffix('s'))}".rstrip()


def few(names: Sequence[str]) -> str:
    """The first of these names, and how many more there are.

    Example:
        >>> few(["a", "b"]), few("abcdefg")
        ('a, b', 'a, b, c, d, e and 2 more')
    """
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return ", ".join(map(short, names[:NAMED])) + more


def short(name: str) -> str:
    """The beginning of a long name, on one line; what can't be printed is a question mark."""
    plain = "".join(letter if letter.isprintable() else "?" for letter in " ".join(name.split()))
    return plain if len(plain) <= LONGEST else f"{plain[: LONGEST - 3]}..."
