"""The table of `petwidgets bench`, line by line as the rows are measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from petwidgets.common.formatting import counted

if TYPE_CHECKING:
    from petwidgets.bench.row import Figure, Row

COLUMNS = (("row", 15), ("size", 19), ("ours", 12), ("theirs", 15), ("times", 10))

DIGITS = 3


def short(value: float) -> str:
    """A figure to three digits, without an exponent."""
    if abs(value) >= 10 ** (DIGITS - 1):
        return f"{value:,.0f}"
    return f"{value:#.{DIGITS}g}".rstrip(".")


def header() -> str:
    """The first line."""
    return "".join(f"{name:<{width}}" for name, width in COLUMNS) + "against"


def line(row: Row, size: int, figure: Figure) -> str:
    """One row at one size."""
    bound = "> " if figure.at_least else ""
    cells = (
        row.name,
        counted(size, row.grows_with.removesuffix("s")) if row.grows_with else "",
        f"{short(figure.ours)} {row.unit}",
        f"{bound}{short(figure.theirs)} {row.unit}",
        f"{bound}{short(figure.ratio)}",
    )
    padded = (f"{cell:<{width}}" for cell, (_, width) in zip(cells, COLUMNS, strict=True))
    return "".join(padded) + row.theirs


def missing_line(name: str, sentence: str) -> str:
    """A row that can't be measured here, and why."""
    return f"{name:<{COLUMNS[0][1]}}{sentence}"
