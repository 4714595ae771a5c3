"""A network as a row of blocks in layer groups: what trains, what is frozen, at which rates."""

from __future__ import annotations

from typing import TypedDict

from traitlets import Bytes, Dict, Float, Int, List

from petwidgets.widgets.base import Shared


class DrawnBlock(TypedDict):
    """A block: its name, a sentence about it, and how large it is drawn, from 0 to 1."""

    name: str
    said: str
    side: float


class DrawnGroup(TypedDict):
    """A layer group, or an old head that is cut off.

    `state` is `frozen`, `trains`, `new` or `cut`; `said` stands below it.
    """

    name: str
    said: str
    state: str
    blocks: list[DrawnBlock]


class Network(Shared):
    """Groups of blocks from the photograph to the answer.

    A group that trains is the bluer, the higher its rate. `rates` has the present one of each
    group, and may be empty. `maps` is a WebP of square tiles, one of each block of the body, from
    left to right; it may be empty, too.

    Example:
        >>> Network(rates=[1e-6, 1e-5, 1e-4]).rates
        [1e-06, 1e-05, 0.0001]
    """

    file = "network"

    from_page = ("chosen",)

    groups = List(Dict()).tag(sync=True)
    rates = List(Float()).tag(sync=True)
    maps = Bytes().tag(sync=True)
    tiles = Int(help="how many there are in `maps`").tag(sync=True)
    chosen = Int(-1, help="position of the block that is looked at; -1: none").tag(sync=True)
