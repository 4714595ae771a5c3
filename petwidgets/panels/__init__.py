"""The lessons, one file each, in the order in which they are listed.

Classify comes first, as in the course: play the whole game once, then learn its parts.
"""

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

LESSONS = (
    ClassifyPanel,
    BrowsePanel,
    CheckPanel,
    LabelPanel,
    PresizePanel,
    BatchPanel,
    SummaryPanel,
    RatePanel,
    TrainPanel,
    EpochsPanel,
    RunsPanel,
    ArchitecturePanel,
    ConfusionPanel,
    TopLossesPanel,
    BreedsPanel,
    InsidePanel,
    MapPanel,
    CleanPanel,
    CalibrationPanel,
    ExportPanel,
    LossPanel,
    SoftmaxPanel,
    WherePanel,
    LogPanel,
    TrapsPanel,
    GradientPanel,
    OwnPanel,
)

PANELS = {panel.key: panel for panel in LESSONS}
