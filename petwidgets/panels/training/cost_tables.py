"""Costs of measured architectures, as tables and bars."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal

import ipywidgets as widgets

from petwidgets.common.formatting import duration
from petwidgets.jobs.model_cost import epoch
from petwidgets.panels.training.memory_fit import MemoryFit
from petwidgets.widgets.bars import Bars
from petwidgets.widgets.base import PLAIN, VBox, note, plain
from petwidgets.widgets.table import Table

if TYPE_CHECKING:
    from petwidgets.jobs.model_cost import Cost, Group
    from petwidgets.widgets.bars import Bar

    Part = Literal["weights", "gradients", "moments", "activations", "all"]

BODIES: tuple[Literal["frozen"], Literal["unfrozen"]] = ("frozen", "unfrozen")
HEADER = [
    *("architecture", "settings", "parameters", "images/s frozen", "images/s unfrozen"),
    *("memory", "measured"),
]
EPOCHS = ["", "frozen", "fastest to slowest", "unfrozen", "fastest to slowest", "measured on"]
PARTS: dict[Part, str] = {
    "weights": "weights",
    "gradients": "gradients",
    "moments": "Adam's two moments",
    "activations": "activations kept for the backward pass",
    "all": "together (of a GPU, the peak)",
}
GROUPS = ["layer group", "from", "to", "parameters", "trained while frozen"]


class Costs(VBox):
    """A row and two bars an architecture; the memory and the layer groups of the newest.

    Example:
        >>> costs = Costs()
        >>> costs.show([], 5912, "over the chapter's photographs")
        >>> costs.children
        ()

    Attributes:
        fit: beside the bars, which architectures fit into a card.
    """

    def __init__(self) -> None:
        super().__init__(layout=PLAIN)
        self.fit = MemoryFit()

    def _build(self) -> None:
        """Its parts: a page is sent none of them before there is something to show."""
        self.table = Table(header=HEADER, caption="Measured on random weights and pixels")
        self.bars, self.said, self.epochs = Bars(), note(), Table(header=EPOCHS)
        self.memory, self.groups = Table(header=["", *BODIES]), Table(header=GROUPS)
        both = plain(widgets.HBox, [self.bars, self.fit], css="petwidgets-columns")
        lines = [both, self.table, self.epochs, self.said]
        self.children = [*lines, self.memory, self.groups]

    def show(
        self, rows: list[Cost], photographs: int, over: str, *, recorded: bool = False
    ) -> None:
        """Show what was measured, the newest last.

        Args:
            rows: of each measurement.
            photographs: of an epoch.
            over: which these are, in words.
            recorded: whether it was measured on another machine.
        """
        if not rows:
            return
        if not self.children:
            self._build()
        epochs = [(_label(row, rows), _epochs(row, photographs)) for row in rows]
        self.table.rows = [_row(row) for row in rows]
        self.bars.items = [bar for label, times in epochs for bar in _bars(label, times)]
        source = f"Recorded on another machine ({rows[-1]['device']})" if recorded else "Live"
        self.bars.caption = f"{source}: an epoch, {over}"
        self.epochs.rows = [
            [label, *_spreads(times), row["device"]]
            for row, (label, times) in zip(rows, epochs, strict=True)
        ]
        self.said.value = _said(source, over)
        self._show_newest(rows[-1])

    def show_fit(self, rows: list[Cost], batch: int, limit: int, *, recorded: bool = False) -> None:
        """Show which architectures fit into a card of `limit` bytes with batches of `batch`."""
        named = [(_label(row, rows), row) for row in rows]
        self.fit.show(named, batch, limit, "Recorded" if recorded else "Live")

    def _show_newest(self, row: Cost) -> None:
        self.memory.caption = f"Memory of {row['arch']} with batches of {row['batch_size']}"
        self.memory.rows = [
            [label, *(_bytes(row[body]["memory"][part]) for body in BODIES)]
            for part, label in PARTS.items()
        ]
        self.groups.caption = f"Layer groups of {row['arch']}, as fastai splits it"
        self.groups.rows = [_group(n, group) for n, group in enumerate(row["groups"])]


def _row(row: Cost) -> list[str]:
    at = time.strftime("%d %b, %H:%M", time.localtime(row["when"]))
    return [
        row["arch"],
        _settings(row),
        f"{(row['parameters']['body'] + row['parameters']['head']) / 1e6:.1f} M",
        *(f"{row[body]['images_per_second']:.1f}" for body in BODIES),
        _bytes(row["unfrozen"]["memory"]["all"]),
        at,
    ]


def _settings(row: Cost) -> str:
    return f"{row['size']} px, {row['batch_size']}, {row['precision']}"


def _label(row: Cost, rows: list[Cost]) -> str:
    """An architecture's name, and where it was measured more than once what was asked, too."""
    if sum(row["arch"] == other["arch"] for other in rows) == 1:
        return str(row["arch"])
    return f"{row['arch']} {_settings(row)}"


def _epochs(row: Cost, photographs: int) -> list[tuple[float, ...]]:
    return [epoch(row[body]["seconds"], photographs, row["batch_size"]) for body in BODIES]


def _bars(label: str, times: list[tuple[float, ...]]) -> list[Bar]:
    return [
        {"label": f"{label}, {body}", "value": mean, "text": duration(mean), "tone": tone}
        for body, tone, (mean, *_) in zip(BODIES, ("quiet", ""), times, strict=True)
    ]


def _spreads(times: list[tuple[float, ...]]) -> list[str]:
    cells = ((duration(a), f"{duration(b)} to {duration(c)}") for a, b, c in times)
    return [cell for pair in cells for cell in pair]


def _group(n: int, group: Group) -> list[str]:
    counts = (f"{count:,}" for count in (group["parameters"], group["trained"]))
    return [str(n), f"model.{group['first']}", f"model.{group['last']}", *counts]


def _bytes(n: float) -> str:
    return f"{n / 1e9:.2f} GB" if n >= 1e9 else f"{n / 1e6:.0f} MB"  # noqa: PLR2004


def _said(source: str, over: str) -> str:
    return (
        f"{source}; settings are the size, the batch and the precision. An epoch"
        f" {over} is estimated from three batches, and as if all were like the fastest or the"
        " slowest of them. It is the network's work alone: reading and augmenting the photographs,"
        " and validating, come on top. Memory is what the network holds unfrozen, without what"
        " single operations need in passing."
    )
