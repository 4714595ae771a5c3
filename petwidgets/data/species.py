"""Tell cats from dogs, for the breeds of the Oxford set and the drawn sample only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from petwidgets.data import oxford
from petwidgets.data.synthetic.drawing import breeds as drawing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CAT, DOG = "cat", "dog"

KNOWN: Mapping[str, str] = {
    **dict.fromkeys(oxford.CATS, CAT),
    **dict.fromkeys(oxford.DOGS, DOG),
    **{breed: CAT for family in drawing.CATS.values() for breed in family},
    **{breed: DOG for family in drawing.DOGS.values() for breed in family},
}
"""The species of 37 real and 37 invented breeds, by the name that they have in file names."""


def species_of(breeds: Iterable[str]) -> dict[str, str]:
    """The species of each breed of a set; empty unless all of them are known.

    Nothing is read off a capital: in a folder of one's own `Golden Retriever` is no cat. Of a set
    that is known in part nothing is said, for the rest of it would seem to be neither.

    Example:
        >>> species_of(["Siamese", "pug"])
        {'Siamese': 'cat', 'pug': 'dog'}
        >>> species_of(["Siamese", "Golden Retriever"])
        {}
    """
    by_breed = {breed: KNOWN.get(breed, "") for breed in breeds}
    return by_breed if all(by_breed.values()) else {}
