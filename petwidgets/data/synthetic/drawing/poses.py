"""The poses by name. Each draws an animal that looks to the right; the pen mirrors it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from petwidgets.data.synthetic.drawing.breeds import Animal, Traits
from petwidgets.data.synthetic.drawing.collar import collar
from petwidgets.data.synthetic.drawing.curves import Pair, smooth, symmetric
from petwidgets.data.synthetic.drawing.lying import lying
from petwidgets.data.synthetic.drawing.pen import Pen
from petwidgets.data.synthetic.drawing.sitting import sitting
from petwidgets.data.synthetic.drawing.standing import standing
from petwidgets.data.synthetic.drawing.trunk import raised_head, trunk


@dataclass(frozen=True)
class Pose:
    """How to draw a pose, and its extent to the left, above and right of the ground point."""

    draw: Callable[[Pen, Animal, float], None]
    left: float
    top: float
    right: float
    shadow: float  # half its width; 0 if no ground is visible
    stretch: float = 0.0  # extra extent of a long or tall body

    def room(self, traits: Traits) -> tuple[float, float, float]:
        """Space to the left, above and to the right for this build."""
        more = self.stretch * (traits.length - 1)
        higher = self.stretch * (0.95 * (traits.legs - 1) + 0.9 * (traits.girth - 1))
        return self.left + more, self.top + higher, self.right + more


def _portrait(pen: Pen, pet: Animal, turn: float) -> None:
    girth = pet.traits.girth
    right: list[Pair] = [
        (0.0, -1.25),
        (0.5, -1.1),
        (0.72 * girth, -0.6),
        (1.05 * girth, 0.1),
        (1.2 * girth, 1.0),
        (0.0, 1.2),
    ]
    trunk(pen, pet, smooth(symmetric(right), 7), "front")
    collar(pen, pet, (0.0, -0.72), 0.66 * (0.6 + 0.4 * girth), tilt=0)
    raised_head(pen, pet, (0.1 * turn, -1.0), 1.0, turn)


POSES: Mapping[str, Pose] = MappingProxyType(
    {
        "sitting": Pose(sitting, 1.15, 3.75, 1.45, 1.1),
        "standing": Pose(standing, 1.75, 3.5, 2.35, 1.5, stretch=1.0),
        "lying": Pose(lying, 1.9, 2.75, 2.1, 1.7, stretch=1.0),
        "portrait": Pose(_portrait, 1.35, 3.1, 1.35, 0),
    }
)
