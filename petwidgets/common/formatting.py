"""Format numbers, names and lists for people, on the page and in exported files."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

SHOWN = 5
"""Names that a sentence lists; the rest is counted."""

LONGEST = 60
"""Characters of a name in a sentence; names in files from elsewhere may have any length."""

MEGABYTE = 2**20
"""Bytes of a megabyte in file sizes."""

HISSING = ("s", "x", "z", "ch", "sh")
"""Endings of nouns whose plural ends in -es."""


def counted(n: float, noun: str, many: str = "") -> str:
    """Write a number with the noun that it counts.

    Args:
        n: the number; only 1 takes the singular, not 0 or 1.5.
        noun: the singular, perhaps with words before it or a verb after it.
        many: the plural, where `plural` does not form it.

    Example:
        >>> counted(1, "photograph"), counted(1200, "batch"), counted(0, "file")
        ('1 photograph', '1,200 batches', '0 files')
        >>> counted(2, "name is left out", "names are left out")
        '2 names are left out'
    """
    return f"{n:,} {noun if n == 1 else many or plural(noun)}"


def plural(noun: str) -> str:
    """Form the plural of a regular noun.

    Example:
        >>> plural("category"), plural("class"), plural("day"), plural("epoch")
        ('categories', 'classes', 'days', 'epochs')
    """
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return f"{noun[:-1]}ies"
    hisses = noun.endswith(HISSING) and not noun.endswith("och")  # spoken as a k
    return f"{noun}{'es' if hisses else 's'}"


def agreeing(n: int, noun: str, verb: str) -> str:
    """Write a number with its noun and verb.

    Example:
        >>> agreeing(1, "row", "has"), agreeing(1200, "photograph", "is")
        ('1 row has', '1,200 photographs are')
    """
    plurals = {"is": "are", "has": "have", "was": "were", "does": "do"}
    return f"{counted(n, noun)} {verb if n == 1 else plurals.get(verb, verb.removesuffix('s'))}"


def gigabytes(n: float) -> str:
    """Write an amount of memory.

    Args:
        n: bytes.

    Example:
        >>> gigabytes(6_140_000_000)
        '6.1 GB'
    """
    return f"{n / 1e9:.1f} GB"


def file_size(n: int) -> str:
    """Write the size of a file, as `js/src/lib/formatting.js` does.

    Args:
        n: bytes.

    Example:
        >>> file_size(3_500_000), file_size(700)
        ('3.34 MB', '1 kB')
    """
    if n < MEGABYTE:
        return f"{max(1, (n + 512) // 1024)} kB"
    size = n / MEGABYTE
    text = f"{size:.{2 if size < 10 else 1 if size < 100 else 0}f}"  # noqa: PLR2004
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text} MB"


def listed(names: Sequence[str], shown: int = SHOWN) -> str:
    """List the first names, and count the others.

    Example:
        >>> listed(["a", "b", "c"]), listed(["a", "b", "c"], 1)
        ('a, b and c', 'a and 2 more')
    """
    first = [short(name) for name in names[:shown]]
    rest = len(names) - len(first)
    last = f"{rest:,} more" if rest else first.pop() if first else ""
    return f"{', '.join(first)} and {last}" if first else last


def short(name: str) -> str:
    """Shorten a name to `LONGEST` characters on one line; unprintable ones become `?`."""
    plain = "".join(letter if letter.isprintable() else "?" for letter in " ".join(name.split()))
    return plain if len(plain) <= LONGEST else f"{plain[: LONGEST - 3]}..."


def plain(name: str) -> str:
    r"""Write a name from elsewhere on one line; unprintable characters become spaces.

    Example:
        >>> plain("a\nb_c\x07")
        'a b_c '
    """
    return "".join(c if c.isprintable() else " " for c in name)


def readable(breed: str) -> str:
    """Write a breed with spaces for a page, which itself handles bytes that are not UTF-8.

    Example:
        >>> readable("german_shorthaired")
        'german shorthaired'
    """
    return breed.replace("_", " ")


def printed(breed: str) -> str:
    r"""Write a breed with spaces for an exported file; unprintable characters become spaces, too.

    Example:
        >>> printed("german_shorthaired\udce9")
        'german shorthaired '
    """
    return readable(plain(breed))


def percent(share: float) -> str:
    """Write a share in per cent; a share that only rounds to 0 % or 100 % is not written so.

    Example:
        >>> percent(0.99999), percent(0.071)
        ('> 99.9 %', '7.1 %')
    """
    if 0.9995 < share < 1:  # noqa: PLR2004
        return "> 99.9 %"
    return "< 0.1 %" if 0 < share < 0.0005 else f"{100 * share:.1f} %"  # noqa: PLR2004


def span(interval: tuple[float, float]) -> str:
    """Write an interval of shares.

    Example:
        >>> span((0.0781, 0.1207))
        '7.8 % to 12.1 %'
    """
    return " to ".join(map(percent, interval))


def figure(x: float) -> str:
    """Write a number of a calculation with four decimals, as `js/src/lib/formatting.js` does.

    Example:
        >>> figure(1.80446), figure(-2e-9), figure(float("-inf"))
        ('1.8045', '-2.00e-09', '-inf')
    """
    x = x or 0.0  # not -0.0
    size = abs(x)
    if math.isnan(x) or math.isinf(x):
        return f"{x:f}"
    if size >= 1e5 or 0 < size < 5e-5:  # noqa: PLR2004
        return f"{x:.2e}"
    return f"{x:.{1 if size >= 1000 else 3 if size >= 100 else 4}f}"  # noqa: PLR2004


def duration(seconds: float) -> str:
    """Write a time as `42 s`, `3 min 20 s` or `1 h 5 min`.

    Example:
        >>> duration(200)
        '3 min 20 s'
    """
    if seconds < 9.95:  # noqa: PLR2004 - tenths matter in what is short
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
