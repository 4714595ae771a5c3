"""Recipes to choose from, each with what it does and what it costs."""

from __future__ import annotations

from traitlets import Dict, List, Unicode

from petwidgets.widgets.base import Shared


class RecipeCards(Shared):
    """A row of cards, one of which is chosen, by mouse or by the arrow keys.

    Attributes:
        cards: a list of `{"key", "title", "text", "costs"}`.
        chosen: the key of the chosen one; another one than those is marked nowhere.

    Example:
        >>> RecipeCards(cards=[{"key": "a", "title": "A", "text": "", "costs": ""}]).chosen
        ''
    """

    file = "recipe_cards"
    from_page = ("chosen",)

    cards = List(Dict()).tag(sync=True)
    chosen = Unicode().tag(sync=True)
