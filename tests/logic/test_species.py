"""Which breeds are cats, which are dogs, and of which nobody knows."""

from __future__ import annotations

import pytest

from petwidgets.data.species import KNOWN, species_of
from petwidgets.data.synthetic import sample
from petwidgets.runs.run import SHIPPED_ID
from petwidgets.runs.store import RunStore


def test_the_real_and_the_drawn_breeds_are_known() -> None:
    real = RunStore().get(SHIPPED_ID).info["vocab"]
    assert set(KNOWN) == {*real, *sample.BREEDS}
    assert len(KNOWN) == 74
    for breeds in (real, sample.BREEDS):
        assert all((kind == "cat") == b[0].isupper() for b, kind in species_of(breeds).items())
    assert [*species_of(real).values()].count("cat") == 12


@pytest.mark.parametrize(
    "breeds",
    [
        ["Golden Retriever", "persian cat"],
        ["Beagle", "Pug"],
        ["Siamese", "Golden_Retriever"],
        ["pug", "beagle", "rottweiler"],
        ["beagle_7", "beagle"],
        ["great pyrenees"],
        ["cat", "dog"],
        [""],
        [],
    ],
)
def test_no_species_is_read_off_a_name(breeds: list[str]) -> None:
    assert species_of(breeds) == {}


def test_a_part_of_a_known_set_is_known() -> None:
    assert species_of(["pug", "Siamese"]) == {"pug": "dog", "Siamese": "cat"}
    assert species_of(["boxer", "domino_hound"]) == {"boxer": "dog", "domino_hound": "dog"}
