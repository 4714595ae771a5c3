"""How names and shares are written in files that leave the page: they may be called anything."""

from __future__ import annotations


def plain(name: str) -> str:
    r"""A name from elsewhere on one line, without what can't be seen.

    Example:
        >>> plain("a\nb_c\x07")
        'a b_c '
    """
    return "".join(c if c.isprintable() else " " for c in name)


def readable(breed: str) -> str:
    """A breed as people write it.

    Example:
        >>> readable("german_shorthaired")
        'german shorthaired'
    """
    return plain(breed).replace("_", " ")


def percent(share: float) -> str:
    """A share of one in per cent.

    Example:
        >>> percent(0.0973)
        '9.7 %'
    """
    return f"{100 * share:.1f} %"


def span(interval: tuple[float, float]) -> str:
    """An interval of shares.

    Example:
        >>> span((0.0781, 0.1207))
        '7.8 % to 12.1 %'
    """
    return " to ".join(map(percent, interval))
