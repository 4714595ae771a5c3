"""How long a training will take, and what one like it came to: from what was measured before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from petwidgets.common.formatting import duration, percent
from petwidgets.jobs.model_cost import recorded_costs
from petwidgets.panels.training.training_time import of_features, of_stages
from petwidgets.runs.run import DRAWN_ID

if TYPE_CHECKING:
    from collections.abc import Sequence

    from petwidgets.jobs.model_cost import Cost
    from petwidgets.recipes.recipe import Recipe
    from petwidgets.runs.run import Run
    from petwidgets.session.session import Session

HERE, ELSEWHERE = "as measured here", "as recorded on another machine"
BOTH = f"the network {HERE}, reading the photographs {ELSEWHERE}"

TENTH = 0.1
"""Seconds; `duration` writes no less."""


def estimate(
    session: Session, recipe: Recipe, photographs: tuple[int, int] | None, parent: str = ""
) -> str:
    """Sentences about the time and the error of a training.

    Args:
        session: has the runs of before, and the costs that were measured here.
        recipe: of the training.
        photographs: numbers to train and to validate on; None if they are not known.
        parent: the run with whose weights it begins; empty for ImageNet's.
    """
    said = [_time(session, recipe, photographs), _last_time(session, recipe, parent)]
    return " ".join(filter(None, said))


def _time(session: Session, recipe: Recipe, photographs: tuple[int, int] | None) -> str:
    if photographs is None:
        return "Its time is not known before there are photographs."
    if recipe.frozen_only:
        seconds, source = _of_baseline(session, recipe, sum(photographs))
    else:
        seconds, source = _of_stages(session, recipe, photographs)
    if not seconds:
        return "Its time is not known: measure it in Choose an architecture."
    about = f"About {duration(seconds)}" if seconds >= TENTH else f"Less than {duration(TENTH)}"
    return f"{about}, {source}."


def _of_baseline(session: Session, recipe: Recipe, photographs: int) -> tuple[float, str]:
    """Seconds by the pace of the last baseline with this body.

    Only of the same photographs: of a run that found its features kept they took no time, which
    says nothing of others.
    """
    own = [run for run in _finished(session) if run.made_here and run.recipe.frozen_only]
    like = [run for run in own if _features(run.recipe) == _features(recipe)]
    run = like[0] if like else session.runs.get(DRAWN_ID)
    pace = run.info["results"].get("images_per_second")  # an imported run may have none
    if run.recipe.arch != recipe.arch or not pace:
        return 0.0, ""
    pixels = (recipe.size / run.recipe.size) ** 2
    return photographs * of_features(pace, pixels), HERE if like else ELSEWHERE


def _features(recipe: Recipe) -> tuple[Any, ...]:
    """What decides which features a baseline needs."""
    return recipe.arch, recipe.size, recipe.data, recipe.limit_per_breed


def _of_stages(session: Session, recipe: Recipe, photographs: tuple[int, int]) -> tuple[float, str]:
    own: Sequence[Cost] = list(session.settings.get("costs", ()))
    for costs, source in ((own[::-1], BOTH), (recorded_costs(), ELSEWHERE)):
        for cost in costs:
            if cost["arch"] == recipe.arch:
                return of_stages(cost, recipe, photographs), source
    return 0.0, ""


def _last_time(session: Session, recipe: Recipe, parent: str) -> str:
    for run in _finished(session):
        same = _experiment(run.recipe, run.parent_id) == _experiment(recipe, parent)
        if run.made_here and same:
            return f"Last time: {percent(run.error_rate)} error."
    return ""


def _experiment(recipe: Recipe, parent: str) -> tuple[Any, ...]:
    """All that decides an error, but for the seed; of the name, whether features are kept."""
    return {**vars(recipe), "seed": None, "name": None}, recipe.frozen_only, parent


def _finished(session: Session) -> list[Run]:
    return [run for run in session.runs.usable if run.state == "finished"]
