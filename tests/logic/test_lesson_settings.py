"""What a page may ask of the lessons about data; the rest is refused in a sentence."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petwidgets.common.errors import Problem
from petwidgets.common.validate import made
from petwidgets.jobs.datablock_summary import Stepping
from petwidgets.jobs.presize import METHODS, PAD_MODES, Presizing
from petwidgets.jobs.show_batch import SWITCHES, Showing

WRONG: list[tuple[type, dict[str, Any]]] = [
    *((kind, {"presize": side}) for kind in (Presizing, Showing, Stepping) for side in (223, 1025)),
    *((kind, {"size": side}) for kind in (Presizing, Showing, Stepping) for side in (31, 461)),
    *((kind, {"size": 224.0}) for kind in (Presizing, Showing, Stepping)),
    *((kind, {"size": True}) for kind in (Presizing, Showing, Stepping)),
    *((kind, {"presize": "460"}) for kind in (Presizing, Showing, Stepping)),
    *(
        (Presizing, {"rotate": value})
        for value in (-45.1, 46, math.nan, math.inf, "30", None, True)
    ),
    *((Presizing, {"zoom": value}) for value in (0.79, 2.01, 0)),
    *((Presizing, {"warp": value}) for value in (-0.51, 0.6)),
    *((Presizing, {"method": value}) for value in ("Crop", "", None, ["crop"])),
    *((Presizing, {"pad_mode": value}) for value in ("wrap", 3)),
    *((kind, {"seed": value}) for kind in (Presizing, Showing) for value in (-1, 2**32, 1.5)),
    *((Showing, {name: value}) for name in ("nrows", "ncols") for value in (0, 7, 2.0, True)),
    *((Showing, {"min_scale": value}) for value in (0.01, 1.1, math.nan)),
    (Showing, {"part": "test"}),
    *((Showing, {name: value}) for name in ("unique", *SWITCHES) for value in (1, "yes", None)),
    *((Stepping, {"resize": value}) for value in (0, "no")),
    *((kind, {"colour": 1}) for kind in (Presizing, Showing, Stepping)),
]


@pytest.mark.parametrize(("kind", "settings"), WRONG)
def test_what_is_out_of_range_is_refused_in_a_sentence(
    kind: type, settings: dict[str, Any]
) -> None:
    with pytest.raises(Problem, match=r"^[A-Z].*\.$"):
        made(kind, settings)


@pytest.mark.parametrize("kind", [Presizing, Showing, Stepping])
def test_the_defaults_are_the_chapters(kind: type) -> None:
    settings = made(kind, {})
    assert (settings.presize, settings.size) == (460, 224)


@given(
    presize=st.integers(32, 1024),
    rotate=st.floats(-45, 45),
    zoom=st.floats(0.8, 2),
    warp=st.floats(-0.5, 0.5),
    method=st.sampled_from(sorted(METHODS)),
    pad_mode=st.sampled_from(sorted(PAD_MODES)),
    seed=st.integers(0, 2**32 - 1),
)
def test_all_within_range_is_taken(**settings: Any) -> None:
    asked = made(Presizing, {**settings, "size": 32})
    assert len(asked.draws()) == (asked.rotate != 0) + (asked.zoom != 1) + (asked.warp != 0)
    assert set(asked.one_by_one()) == set(asked.draws())


def test_operations_that_do_nothing_are_left_out() -> None:
    assert list(Presizing().draws()) == ["Rotate", "Zoom", "Warp"]
    assert Presizing().one_by_one() == ["Warp", "Rotate", "Zoom"]
    assert list(Presizing(rotate=0).draws()) == ["Zoom", "Warp"]
    assert Presizing(zoom=1, warp=0).one_by_one() == ["Rotate"]
    assert Presizing(rotate=0, zoom=1, warp=0).draws() == {}


def test_switches_are_arguments_of_aug_transforms() -> None:
    assert Showing().augmentation() == {"size": 224, "min_scale": 0.75}
    assert Showing(crop=False).augmentation()["min_scale"] == 1
    off = Showing(**dict.fromkeys(SWITCHES, False)).augmentation()
    assert off == {
        "size": 224,
        "min_scale": 1,
        "do_flip": False,
        "max_rotate": 0,
        "max_zoom": 1,
        "max_warp": 0,
        "max_lighting": 0,
    }
