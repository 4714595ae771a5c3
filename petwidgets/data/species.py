"""Tell cats from dogs, and breeds from other classes, by the breeds that are known here."""

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
"""The species of 37 real and 37 invented breeds, by their names in file names."""


def species_of(breeds: Iterable[str]) -> dict[str, str]:
    """The species of each breed of a set; empty unless all of them are known.

    A capital letter is no evidence: in a user's own folder `Golden Retriever` is not a cat. For a
    partly known set the result is empty, because its other breeds would seem to be neither.

    Example:
        >>> species_of(["Siamese", "pug"])
        {'Siamese': 'cat', 'pug': 'dog'}
        >>> species_of(["Siamese", "Golden Retriever"])
        {}
    """
    by_breed = {breed: KNOWN.get(breed, "") for breed in breeds}
    return by_breed if all(by_breed.values()) else {}


def noun(vocab: Iterable[str]) -> str:
    """What the labels of a set are called: breeds if all of them are known, else classes.

    A class is the right word for breeds, too; a breed is the wrong one for digits.

    Example:
        >>> noun(["Siamese", "pug"]), noun(["3", "8"]), noun(["Siamese", "teapot"])
        ('breed', 'class', 'class')
    """
    return "breed" if species_of(vocab) else "class"
