"""A whole head: ears behind the skull, skull, ears in front of it, face."""

# ruff: noqa: PLR2004 - a drawing is made of its own numbers

from petwidgets.data.synthetic.drawing import catface, dogface, headmarks
from petwidgets.data.synthetic.drawing.breeds import Animal
from petwidgets.data.synthetic.drawing.curves import Points, tufts
from petwidgets.data.synthetic.drawing.ears import ears
from petwidgets.data.synthetic.drawing.pen import Pen


def head(pen: Pen, pet: Animal, turn: float) -> None:
    """Draw a head of half-width 1 around the pen's origin, looking `turn` (-1 to 1) aside."""
    kind = catface if pet.cat else dogface
    ears(pen, pet, turn, behind=True)
    pen.part(_fur(pet, kind.skull(pet)), pet.coat.tone("head"), headmarks.head(pet, turn))
    ears(pen, pet, turn, behind=False)
    kind.face(pen, pet, turn)


def _fur(pet: Animal, skull: Points) -> Points:
    hair = pet.traits.hair
    return tufts(skull, pet.rng, 0.05 + 0.17 * hair, 0.17) if hair > 0.25 else skull
