"""The book's figures, and the rules for a finder's curve."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from petwidgets.common.errors import Problem
from petwidgets.metrics import lr_suggest
from petwidgets.recipes.chapter import BOOK

if TYPE_CHECKING:
    from pathlib import Path


def test_the_books_rows_stand_in_the_chapter(real: Path) -> None:
    path = real.parent / "chapter-pet-breeds.txt"
    if not path.is_file():
        pytest.skip("the chapter does not lie beside the photographs")
    chapter = path.read_text("utf-8")
    for printed in BOOK.values():
        assert f"## ▼ {printed.section}" in chapter
        for row in printed.rows:
            assert re.search(r"\s".join(f"{figure:.6f}" for figure in row), chapter), row
        for figure in re.findall(r"0\.\d{6}", printed.says):
            assert figure in chapter


@pytest.mark.parametrize("key", BOOK)
def test_presets_have_the_books_epochs(key: str) -> None:
    recipe = BOOK[key].make(data="sample", size=64, presize=128)
    assert recipe.size == 64
    assert recipe.epochs >= len(BOOK[key].rows)
    assert recipe.stages[0].frozen
    assert not recipe.stages[-1].frozen


def curve(n: int = 100) -> tuple[np.ndarray, np.ndarray]:
    """Flat to 1e-4, falling steadily to 1e-2, a minimum at 1e-1, rising then."""
    lrs = np.geomspace(1e-7, 1, n)
    u = np.log10(lrs)
    return lrs, np.interp(u, [-7, -4, -2, -1, 0], [4.0, 4.0, 1.0, 0.9, 4.0])


def test_the_last_clear_fall_is_before_the_flat_bottom() -> None:
    assert lr_suggest.last_fall(*curve()) == pytest.approx(1e-2, rel=0.5)


def test_a_curve_that_never_falls_gives_its_first_rate() -> None:
    lrs = np.geomspace(1e-7, 1, 50)
    assert lr_suggest.last_fall(lrs, np.linspace(1, 2, 50)) == pytest.approx(1e-7)


def test_a_guess_is_judged_in_decades() -> None:
    hints = {"valley": 1e-3, "steep": 4e-3}
    assert "lies among the hints" in lr_suggest.verdict(2e-3, hints)
    assert "lies 2.0 decades below all hints" in lr_suggest.verdict(1e-5, hints)
    assert "lies 1.0 decades above all hints" in lr_suggest.verdict(4e-2, hints)
    assert "0.6 decades apart" in lr_suggest.verdict(2e-3, hints)


@pytest.mark.parametrize(
    "wrong", [{"num_it": 3}, {"num_it": 1.5}, {"start": 0.0}, {"end": 1e-8}, {"frozen": 1}]
)
def test_a_search_out_of_range_is_a_sentence(wrong: dict[str, float]) -> None:
    with pytest.raises(Problem):
        lr_suggest.Search(**wrong)  # type: ignore[arg-type]
