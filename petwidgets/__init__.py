"""petwidgets: image classification of 37 pet breeds as an instrument panel."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from petwidgets.app import PetLab
    from petwidgets.panels.classify import ClassifyPanel
    from petwidgets.panels.data import DataPanel
    from petwidgets.panels.train import TrainPanel
    from petwidgets.problem import Problem

_HOMES = {
    "ClassifyPanel": "panels.classify",
    "DataPanel": "panels.data",
    "PetLab": "app",
    "Problem": "problem",
    "TrainPanel": "panels.train",
}

__all__ = ["ClassifyPanel", "DataPanel", "PetLab", "Problem", "TrainPanel"]


def __getattr__(name: str) -> Any:
    # Imported when asked for: a worker of the engine needs no widgets, the page no more than these.
    if name not in _HOMES:
        raise AttributeError(f"petwidgets has no {name!r}")
    return getattr(import_module(f"petwidgets.{_HOMES[name]}"), name)
