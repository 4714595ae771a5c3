"""How names, shares and times are written on the page."""

import math

from petwidgets.lessons.intervals import wilson


def readable(breed: str) -> str:
    """`german_shorthaired` as `german shorthaired`.

    Example:
        >>> readable("Egyptian_Mau")
        'Egyptian Mau'
    """
    return breed.replace("_", " ")


def percent(share: float) -> str:
    """A share of one in per cent; never 100 % or 0 % for what is not quite that.

    Example:
        >>> percent(0.99999), percent(0.071)
        ('> 99.9 %', '7.1 %')
    """
    if 0.9995 < share < 1:  # noqa: PLR2004
        return "> 99.9 %"
    return "< 0.1 %" if 0 < share < 0.0005 else f"{100 * share:.1f} %"  # noqa: PLR2004


def interval(errors: int, n: int) -> str:
    """The 95 % interval of a share, by Wilson.

    Example:
        >>> interval(72, 740)
        '7.8 % to 12.1 %'
    """
    return " to ".join(map(percent, wilson(errors, n)))


def figure(x: float) -> str:
    """A number of a calculation, with four digits behind the point; `ui/sheet.js` writes alike.

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
    """`42 s`, `3 min 20 s` or `1 h 5 min`.

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
