"""Choose a recipe by what it does, how long it takes, and what it came to the last time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from petwidgets.common.errors import Problem
from petwidgets.data.inventory import plan_inventory
from petwidgets.panels.training.estimates import estimate
from petwidgets.recipes.plan import Plan
from petwidgets.widgets.recipe_cards import RecipeCards

if TYPE_CHECKING:
    from collections.abc import Callable

    from petwidgets.session.session import Session

CARDS = {
    "baseline": "Computes what the frozen body sees once, and trains the last layer on that.",
    "first": "One epoch with the body frozen, then two of the whole network.",
    "3+12": "3 epochs with the body frozen, then 12 of all of it, early layers slowly.",
}
"""What the recipes do that most people train; the others are under More settings."""

TITLES = {
    "baseline": "Baseline",
    "first": "The chapter's first model: fine_tune(2)",
    "3+12": "The chapter's slices: 3 + 12",
}


class RecipeChoice(RecipeCards):
    """The cards of the session's plan.

    Args:
        session: whose `plan` it is; a card begins it anew.
        guarded: makes a sentence of what a callback raises, as `Panel.guarded` does.

    Example:
        >>> RecipeChoice(session, panel.guarded).chosen  # doctest: +SKIP
        'baseline'
    """

    def __init__(self, session: Session, guarded: Callable[..., Any]) -> None:
        self._session = session
        super().__init__()
        self.observe(guarded(self._take), "chosen")

    @property
    def usual(self) -> bool:
        """Whether the plan is as one of the cards has it."""
        plan = self._session.plan
        return plan.preset in CARDS and plan == Plan().begun_from(plan.preset)

    def draw(self) -> None:
        """Show the plan, and what each recipe would cost."""
        counts = self._counts()
        with self.hold_sync():
            self.cards = [self._card(key, counts) for key in CARDS]
            self.chosen = self._session.plan.preset

    def _card(self, key: str, counts: tuple[int, int] | None) -> dict[str, str]:
        plan = self._session.plan
        usual = plan.begun_from(key)
        own = plan if key == plan.preset else usual
        changed = " With your changes." if own.stages != usual.stages else ""
        costs = estimate(self._session, self._session.recipe_of(own), counts, own.parent)
        return {"key": key, "title": TITLES[key], "text": CARDS[key] + changed, "costs": costs}

    def _take(self, change: Any) -> None:
        plan = self._session.plan
        if change["new"] in CARDS and change["new"] != plan.preset:
            self._session.plan = plan.begun_from(change["new"])

    def _counts(self) -> tuple[int, int] | None:
        """Numbers of photographs to train and to validate on, if they are known."""
        dataset = self._session.data.as_checked
        if dataset is None:
            return None
        try:
            breeds = plan_inventory(dataset, self._session.recipe_of(self._session.plan)).breeds
        except Problem:  # the plan does not fit the set, as the panel says
            return None
        return sum(n for n, _ in breeds.values()), sum(m for _, m in breeds.values())
