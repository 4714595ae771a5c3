"""The layer groups of a network: which train, and their present learning rates."""

from __future__ import annotations

from traitlets import Dict, Float, List

from petwidgets.widgets.base import Shared


class LayerGroups(Shared):
    """Layer groups from the first layers to the last, as `learning.models.layer_groups` has them.

    `groups` is a list of `{"first", "last", "parameters", "trained", "norms", "norms_trained"}`;
    `rates` has the present rate of each, and may be empty.

    Example:
        >>> LayerGroups(rates=[1e-6, 1e-5, 1e-4]).rates
        [1e-06, 1e-05, 0.0001]
    """

    file = "layer_groups"

    groups = List(Dict()).tag(sync=True)
    rates = List(Float()).tag(sync=True)
