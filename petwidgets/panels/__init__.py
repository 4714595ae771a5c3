"""The lessons, one file each, in the order in which they are listed.

Classify comes first, as in the course: play the whole game once, then learn its parts.
"""

from petwidgets.panels.batch import BatchPanel
from petwidgets.panels.browse import BrowsePanel
from petwidgets.panels.check import CheckPanel
from petwidgets.panels.classify import ClassifyPanel
from petwidgets.panels.label import LabelPanel
from petwidgets.panels.presize import PresizePanel
from petwidgets.panels.summary import SummaryPanel
from petwidgets.panels.train import TrainPanel

LESSONS = (
    ClassifyPanel,
    BrowsePanel,
    CheckPanel,
    LabelPanel,
    PresizePanel,
    BatchPanel,
    SummaryPanel,
    TrainPanel,
)

PANELS = {panel.key: panel for panel in LESSONS}
