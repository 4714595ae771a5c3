"""The panels, one for each lesson, in the order of the page.

Classify comes first, as in the course: play the whole game once, then learn its parts.
"""

from petwidgets.panels.classify.panel import ClassifyPanel
from petwidgets.panels.data.batch import BatchPanel
from petwidgets.panels.data.browse import BrowsePanel
from petwidgets.panels.data.check import CheckPanel
from petwidgets.panels.data.label import LabelPanel
from petwidgets.panels.data.presize import PresizePanel
from petwidgets.panels.data.summary import SummaryPanel
from petwidgets.panels.interpretation.calibration import CalibrationPanel
from petwidgets.panels.interpretation.clean import CleanPanel
from petwidgets.panels.interpretation.confusion import ConfusionPanel
from petwidgets.panels.interpretation.embedding_map import MapPanel
from petwidgets.panels.interpretation.export import ExportPanel
from petwidgets.panels.interpretation.grad_cam import InsidePanel
from petwidgets.panels.interpretation.per_breed import BreedsPanel
from petwidgets.panels.interpretation.top_losses import TopLossesPanel
from petwidgets.panels.loss.cross_entropy import LossPanel
from petwidgets.panels.loss.gradient import GradientPanel
from petwidgets.panels.loss.log import LogPanel
from petwidgets.panels.loss.own_model import OwnPanel
from petwidgets.panels.loss.softmax import SoftmaxPanel
from petwidgets.panels.loss.traps import TrapsPanel
from petwidgets.panels.loss.where import WherePanel
from petwidgets.panels.training.architecture import ArchitecturePanel
from petwidgets.panels.training.epochs import EpochsPanel
from petwidgets.panels.training.lr_finder import RatePanel
from petwidgets.panels.training.runs import RunsPanel
from petwidgets.panels.training.train import TrainPanel

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
