"""The lessons, one file each, in the order in which they are listed.

Classify comes first, as in the course: play the whole game once, then learn its parts.
"""

from petwidgets.panels.classify import ClassifyPanel
from petwidgets.panels.data import DataPanel
from petwidgets.panels.train import TrainPanel

PANELS = {panel.key: panel for panel in (ClassifyPanel, DataPanel, TrainPanel)}
