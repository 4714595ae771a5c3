"""The book's figures of a training, beside one's own."""

from __future__ import annotations

from petwidgets.recipes.chapter import BOOK, PHOTOGRAPHS
from petwidgets.widgets.table import Table


class BookTable(Table):
    """The book's rows of a preset's epochs; empty for a preset that it does not have.

    Example:
        >>> table = BookTable(header=["epoch", "train_loss", "valid_loss", "error_rate"])
        >>> table.show("baseline")
        >>> table.rows
        []
    """

    def show(self, preset: str) -> None:
        """Show the figures of a preset."""
        printed = BOOK.get(preset)
        self.rows = []
        if printed is not None:
            self.caption = (
                f"The book's figures, not yours: {printed.call} with {printed.arch}, on"
                f" {PHOTOGRAPHS:,} other photographs. {printed.says}"
            )
            rows = enumerate(printed.rows, 1)
            self.rows = [[str(i), *(f"{figure:.6f}" for figure in row)] for i, row in rows]
