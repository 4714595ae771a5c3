"""Nouns with numbers before them: one photograph, two photographs."""

from __future__ import annotations

HISSING = ("s", "x", "z", "ch", "sh")
"""Ends of nouns whose plural has one syllable more."""


def counted(n: float, noun: str, many: str = "") -> str:
    """A number and what it counts.

    Args:
        n: how many; one alone takes the singular, so neither 0 nor 1.5 does.
        noun: the singular, perhaps with words before it or a verb behind it.
        many: the plural, where an ending does not make it.

    Example:
        >>> counted(1, "photograph"), counted(1200, "batch"), counted(0, "file")
        ('1 photograph', '1,200 batches', '0 files')
        >>> counted(2, "name is left out", "names are left out")
        '2 names are left out'
    """
    return f"{n:,} {noun if n == 1 else many or plural(noun)}"


def plural(noun: str) -> str:
    """The plural of a noun that has a regular one.

    Example:
        >>> plural("category"), plural("class"), plural("day"), plural("epoch")
        ('categories', 'classes', 'days', 'epochs')
    """
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return f"{noun[:-1]}ies"
    hisses = noun.endswith(HISSING) and not noun.endswith("och")  # spoken as a k
    return f"{noun}{'es' if hisses else 's'}"
