"""How long a training will take, and what one like it came to: from what was measured before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from petwidgets.common.formatting import duration, percent
from petwidgets.jobs.model_cost import epoch, recorded_costs
from petwidgets.runs.run import DRAWN_ID

if TYPE_CHECKING:
    from collections.abc import Sequence

    from petwidgets.jobs.model_cost import Cost
    from petwidgets.recipes.recipe import Recipe
    from petwidgets.runs.run import Run
    from petwidgets.session.session import Session

HERE, ELSEWHERE = "as measured here", "as recorded on another machine"


def estimate(session: Session, recipe: Recipe, photographs: tuple[int, int] | None) -> str:
    """Sentences about the time and the error of a training.

    Args:
        session: has the runs of before, and the costs that were measured here.
        recipe: of the training.
        photographs: numbers to train and to validate on; None if they are not known.
    """
    return " ".join(
        filter(None, [_time(session, recipe, photographs), _last_time(session, recipe)])
    )


def _time(session: Session, recipe: Recipe, photographs: tuple[int, int] | None) -> str:
    if photographs is None:
        return "Its time is not known before there are photographs."
    if recipe.frozen_only:
        seconds, source = _of_baseline(session, recipe, sum(photographs))
    else:
        seconds, source = _of_stages(session, recipe, photographs[0])
    if not seconds:
        return "Its time is not known: measure it in Choose an architecture."
    return f"About {duration(max(1, seconds))}, {source}."


def _of_baseline(session: Session, recipe: Recipe, photographs: int) -> tuple[float, str]:
    """Seconds by the pace of the last baseline with this body; features that are kept take none."""
    own = [run for run in _finished(session) if run.made_here and run.recipe.frozen_only]
    like = [run for run in own if (run.recipe.arch, run.recipe.size) == (recipe.arch, recipe.size)]
    run = like[0] if like else session.runs.get(DRAWN_ID)
    pace = run.info["results"].get("images_per_second")  # an imported run may have none
    if run.recipe.arch != recipe.arch or not pace:
        return 0.0, ""
    pixels = (recipe.size / run.recipe.size) ** 2
    return photographs * pixels / pace, HERE if like else ELSEWHERE


def _of_stages(session: Session, recipe: Recipe, photographs: int) -> tuple[float, str]:
    own: Sequence[Cost] = list(session.settings.get("costs", ()))
    for costs, source in ((own[::-1], HERE), (recorded_costs(), ELSEWHERE)):
        for cost in costs:
            if cost["arch"] == recipe.arch:
                return sum(_of_stage(cost, recipe, photographs)), source
    return 0.0, ""


def _of_stage(cost: Cost, recipe: Recipe, photographs: int) -> list[float]:
    seconds = []
    for stage in recipe.stages:
        measured = cost["frozen" if stage.frozen else "unfrozen"]["seconds"]
        each, *_ = epoch(measured, photographs, cost["batch_size"])
        pixels = ((stage.size or recipe.size) / cost["size"]) ** 2
        seconds.append(stage.epochs * each * pixels)
    return seconds


def _last_time(session: Session, recipe: Recipe) -> str:
    for run in _finished(session):
        same = run.recipe.data == recipe.data and run.recipe.stages == recipe.stages
        if run.made_here and same and run.recipe.arch == recipe.arch:
            return f"Last time: {percent(run.error_rate)} error."
    return ""


def _finished(session: Session) -> list[Run]:
    return [run for run in session.runs.usable if run.state == "finished"]
