"""petwidgets: image classification of 37 pet breeds as an instrument panel."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from petwidgets.app import PetLab
    from petwidgets.panels.architecture import ArchitecturePanel
    from petwidgets.panels.batch import BatchPanel
    from petwidgets.panels.breeds import BreedsPanel
    from petwidgets.panels.browse import BrowsePanel
    from petwidgets.panels.calibration import CalibrationPanel
    from petwidgets.panels.check import CheckPanel
    from petwidgets.panels.classify import ClassifyPanel
    from petwidgets.panels.clean import CleanPanel
    from petwidgets.panels.confusion import ConfusionPanel
    from petwidgets.panels.epochs import EpochsPanel
    from petwidgets.panels.export import ExportPanel
    from petwidgets.panels.gradient import GradientPanel
    from petwidgets.panels.inside import InsidePanel
    from petwidgets.panels.label import LabelPanel
    from petwidgets.panels.log import LogPanel
    from petwidgets.panels.loss import LossPanel
    from petwidgets.panels.map import MapPanel
    from petwidgets.panels.own import OwnPanel
    from petwidgets.panels.presize import PresizePanel
    from petwidgets.panels.rate import RatePanel
    from petwidgets.panels.runs import RunsPanel
    from petwidgets.panels.softmax import SoftmaxPanel
    from petwidgets.panels.summary import SummaryPanel
    from petwidgets.panels.top import TopLossesPanel
    from petwidgets.panels.train import TrainPanel
    from petwidgets.panels.traps import TrapsPanel
    from petwidgets.panels.where import WherePanel
    from petwidgets.problem import Problem

_HOMES = {
    "ArchitecturePanel": "panels.architecture",
    "BatchPanel": "panels.batch",
    "BreedsPanel": "panels.breeds",
    "BrowsePanel": "panels.browse",
    "CalibrationPanel": "panels.calibration",
    "CheckPanel": "panels.check",
    "ClassifyPanel": "panels.classify",
    "ConfusionPanel": "panels.confusion",
    "CleanPanel": "panels.clean",
    "EpochsPanel": "panels.epochs",
    "ExportPanel": "panels.export",
    "GradientPanel": "panels.gradient",
    "InsidePanel": "panels.inside",
    "LabelPanel": "panels.label",
    "LogPanel": "panels.log",
    "LossPanel": "panels.loss",
    "MapPanel": "panels.map",
    "OwnPanel": "panels.own",
    "PetLab": "app",
    "PresizePanel": "panels.presize",
    "Problem": "problem",
    "RatePanel": "panels.rate",
    "RunsPanel": "panels.runs",
    "SoftmaxPanel": "panels.softmax",
    "SummaryPanel": "panels.summary",
    "TopLossesPanel": "panels.top",
    "TrainPanel": "panels.train",
    "TrapsPanel": "panels.traps",
    "WherePanel": "panels.where",
}

__all__ = [
    "ArchitecturePanel",
    "BatchPanel",
    "BreedsPanel",
    "BrowsePanel",
    "CalibrationPanel",
    "CheckPanel",
    "ClassifyPanel",
    "CleanPanel",
    "ConfusionPanel",
    "EpochsPanel",
    "ExportPanel",
    "GradientPanel",
    "InsidePanel",
    "LabelPanel",
    "LogPanel",
    "LossPanel",
    "MapPanel",
    "OwnPanel",
    "PetLab",
    "PresizePanel",
    "Problem",
    "RatePanel",
    "RunsPanel",
    "SoftmaxPanel",
    "SummaryPanel",
    "TopLossesPanel",
    "TrainPanel",
    "TrapsPanel",
    "WherePanel",
]


def __getattr__(name: str) -> Any:
    # Imported when asked for: a worker of the engine needs no widgets, the page no more than these.
    if name not in _HOMES:
        raise AttributeError(f"petwidgets has no {name!r}")
    return getattr(import_module(f"petwidgets.{_HOMES[name]}"), name)
