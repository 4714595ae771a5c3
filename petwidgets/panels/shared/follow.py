"""Follow one photograph through the lessons: from wherever it is shown large, by one menu."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from petwidgets.common.errors import Problem

if TYPE_CHECKING:
    from petwidgets.session.session import Session

WAYS = {
    "presize": "Its crop",
    "batch": "Its augmentations",
    "layers": "Its maps, block by block",
    "own": "Its loss and its gradient",
    "inside": "Its heat and its neighbours",
    "map": "Its place on the map",
}
"""Lessons that show what becomes of a photograph, and what of it."""

OF_PREDICTIONS = ("inside", "map")
"""Those that need what the run said of it when it was validated."""


def ways(session: Session, path: Path) -> list[list[str]]:
    """The lessons that a photograph can be followed to, each with what it shows of it.

    There are none where a panel stands alone.

    Args:
        session: of the page.
        path: the photograph.
    """
    if not session.lesson:
        return []
    validated = bool(_name_of(session, path))
    there = path in session.data.paths
    return [
        [key, text]
        for key, text in WAYS.items()
        if key != session.lesson and (validated if key in OF_PREDICTIONS else there)
    ]


def follow(session: Session, path: Path, lesson: str) -> None:
    """Go to a lesson, with this photograph.

    Raises:
        Problem: this lesson can't show it.
    """
    if lesson not in [key for key, _ in ways(session, path)]:
        raise Problem(f"{path.name} can't be followed to this lesson: choose another one.")
    state = session.interpretation
    with state.hold_trait_notifications():
        if name := _name_of(session, path):
            state.cell, state.looked_at = ("", ""), name
    session.data.followed = str(path)
    session.lesson = lesson


def _name_of(session: Session, path: Path) -> str:
    """The photograph's name among those that the run was validated on; empty if it is not there."""
    state = session.interpretation
    places = state.places(session.runs.get(state.run_id))
    return next((name for name, place in places.items() if Path(place) == path), "")
