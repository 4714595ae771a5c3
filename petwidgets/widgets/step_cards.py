"""Steps as cards with input and output, shown one after the other."""

from __future__ import annotations

from traitlets import Dict, Int, List

from petwidgets.widgets.base import Part


class StepCards(Part):
    """`cards` is a list of `{"stage", "name", "why", "came", "went", "failed", "problem"}`.

    `came` and `went` are `{"type", "shape", "dtype", "range", "text", "jpeg"}`, of which any may
    be missing. `at` is the card that one stands at; those after it are not shown yet.

    Example:
        >>> StepCards(cards=[{"stage": "item", "name": "ToTensor", "why": "..."}]).at
        0
    """

    file = "step_cards"

    from_page = ("at",)

    cards = List(Dict()).tag(sync=True)
    at = Int(0).tag(sync=True)
