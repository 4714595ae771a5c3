"""The buttons of a training: start, pause, go on, train again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from petwidgets.common.formatting import counted
from petwidgets.metrics.epochs import best
from petwidgets.runs.info import ENDED
from petwidgets.runs.replay import SPEEDS
from petwidgets.widgets.fields import button, choice
from petwidgets.widgets.form import Form

if TYPE_CHECKING:
    from petwidgets.session.training import TrainingState
    from petwidgets.widgets.fields import Field

SPEED_OPTIONS = [(str(speed), f"{speed} times") for speed in SPEEDS]


class TrainButtons(Form):
    """The buttons, of which each state of a training shows some, and the speed of a replay.

    Example:
        >>> TrainButtons().fields[0]["label"]
        'Start'
    """

    def __init__(self) -> None:
        super().__init__(_buttons())

    def draw(self, training: TrainingState, *, chosen: bool, incomplete: bool) -> None:
        """Show the buttons that a training's state allows.

        Args:
            training: of the session.
            chosen: whether its run is used in the other lessons already.
            incomplete: whether a start was refused because photographs would be left out.
        """
        facts = _changes(training, chosen=chosen, incomplete=incomplete)
        changed = [{**f, **facts[f["name"]]} for f in self.fields]
        if changed != self.fields:
            self.fields = changed


def _changes(
    training: TrainingState, *, chosen: bool, incomplete: bool
) -> dict[str, dict[str, Any]]:
    """What changes of each button: whether it is hidden or disabled, and its label."""
    state, epochs, replaying = training.state, training.epochs, training.replaying
    ended = state in ENDED and not replaying
    paused = training.event.get("event") == "paused"
    top = best(epochs)
    least = top["epoch"] if top else 0
    return {
        "start": {"disabled": training.under_way and not replaying},
        "anyway": {"hidden": not incomplete and not training.event.get("incomplete")},
        "speed": {"hidden": not replaying},
        "pause": {"hidden": state != "running", "label": "Go on" if paused else "Pause"},
        "see": {"hidden": not ended or not epochs},
        "use": {"hidden": not ended or not epochs or chosen},
        "go_on": {"hidden": state != "stopped" or replaying or not epochs},
        "on_from": {"hidden": not ended or not epochs},
        "again": {
            "hidden": not ended or least == len(epochs),
            "label": f"Again with {counted(least, 'epoch')}, as of the best",
        },
    }


def _buttons() -> list[Field]:
    return [
        button("start", "Start", primary=True, shows=True),
        button("anyway", "Train without the rest", hidden=True),
        button("pause", "Pause", hidden=True),
        choice("speed", "Speed of the replay", SPEED_OPTIONS, hidden=True),
        button("see", "See where it is wrong", hidden=True),
        button("use", "Use this model", hidden=True),
        button("go_on", "Go on after the last epoch", hidden=True),
        button("on_from", "Train on from here", hidden=True),
        button("again", "Again", hidden=True),
    ]
