"""The chapters of the page, in the book's order, and the steps of each.

The start comes first, as in the course: play the whole game once, then learn its parts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

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
from petwidgets.panels.questions.panel import QuestionsPanel
from petwidgets.panels.training.architecture import ArchitecturePanel
from petwidgets.panels.training.epochs import EpochsPanel
from petwidgets.panels.training.layers import LayersPanel
from petwidgets.panels.training.lr_finder import RatePanel
from petwidgets.panels.training.runs import RunsPanel
from petwidgets.panels.training.train import TrainPanel

if TYPE_CHECKING:
    from petwidgets.panels.base import Panel


class Step(NamedTuple):
    """A step of a chapter.

    Attributes:
        panel: its lesson.
        tab: its name on the tab.
        why: one sentence for the step before it: why go there.
    """

    panel: type[Panel]
    tab: str
    why: str


@dataclass(frozen=True)
class Chapter:
    """A chapter of the page.

    Args:
        title: its name in the list.
        lead: what it asks, on the start page.
        steps: its lessons, in order.
    """

    title: str
    lead: str
    steps: tuple[Step, ...]


CHAPTERS = (
    Chapter(
        "Try it",  # not Start, as the button of a training is called
        "What is on this photograph?",
        (Step(ClassifyPanel, "Classify", "Show the model a photograph, and see what it says."),),
    ),
    Chapter(
        "1 The data",
        "What is there, and where does it say what it is?",
        (
            Step(BrowsePanel, "Look", "A model learns what its photographs show: look at them."),
            Step(LabelPanel, "Label", "A file's name may hold its label: take it from there."),
            Step(
                CheckPanel,
                "Check",
                "A damaged or duplicate file spoils a training, and nothing says so.",
            ),
        ),
    ),
    Chapter(
        "2 Into batches",
        "How do files become what a network is shown?",
        (
            Step(PresizePanel, "Presize", "A GPU needs squares of one size: don't lose a detail."),
            Step(BatchPanel, "Batch", "The network never sees the file: see what it does see."),
            Step(SummaryPanel, "DataBlock", "Watch one file go through every transform."),
        ),
    ),
    Chapter(
        "3 A first model",
        "How good is the simplest thing that can work?",
        (
            Step(LayersPanel, "Layers", "Most of the network is there already: see what is new."),
            Step(TrainPanel, "Train", "An early model tells you more than a long plan: train one."),
        ),
    ),
    Chapter(
        "4 The loss",
        "What does a training make smaller?",
        (
            Step(
                SoftmaxPanel,
                "Softmax",
                "A network gives any numbers: turn them into probabilities.",
            ),
            Step(WherePanel, "Many classes", "Two classes need one column; 37 need an index."),
            Step(LogPanel, "The log", "0.99 and 0.999 look alike, and one is ten times surer."),
            Step(LossPanel, "Step by step", "Put the parts together: six rows, one number."),
            Step(TrapsPanel, "Traps", "See which loss function expects what."),
            Step(
                GradientPanel,
                "Gradient",
                "A loss is useful because its gradient says which way to go.",
            ),
            Step(OwnPanel, "Your model", "Take the same steps with what a real model predicts."),
        ),
    ),
    Chapter(
        "5 Where it is wrong",
        "Which mistakes does it make, and whose are they?",
        (
            Step(
                ConfusionPanel, "Confusion", "One error rate hides which class is taken for which."
            ),
            Step(TopLossesPanel, "Top losses", "The worst mistakes may be those of the labels."),
            Step(BreedsPanel, "Classes", "See which classes are hard, and how sure that is."),
            Step(InsidePanel, "Look inside", "See which part of a photograph decided."),
            Step(MapPanel, "Map", "Photographs that the network finds alike lie together."),
            Step(CleanPanel, "Clean", "A model finds wrong labels faster than you do: decide."),
        ),
    ),
    Chapter(
        "6 A better model",
        "What is worth your time?",
        (
            Step(RatePanel, "Learning rate", "No other number matters as much: find it."),
            Step(EpochsPanel, "Epochs", "More epochs help, until they only make the model surer."),
            Step(RunsPanel, "Compare", "Is one model better, or only luckier?"),
            Step(ArchitecturePanel, "Architecture", "See what a deeper network costs first."),
        ),
    ),
    Chapter(
        "7 Take it along",
        "Can others rely on it?",
        (
            Step(
                CalibrationPanel,
                "Honest?",
                "Of the answers that say 90 %, nine in ten should be right.",
            ),
            Step(ExportPanel, "Export", "Save the model so that it runs without this page."),
            Step(QuestionsPanel, "Questions", "23 questions end the chapter: see what you know."),
        ),
    ),
)

STEPS = tuple(step for chapter in CHAPTERS for step in chapter.steps)
"""All steps in their order."""

PANELS = {step.panel.key: step.panel for step in STEPS}
"""The panels by lesson key, in the same order."""


def chapter_of(key: str) -> Chapter:
    """The chapter of a lesson."""
    return next(c for c in CHAPTERS if key in [step.panel.key for step in c.steps])
