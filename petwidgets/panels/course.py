"""The frame of the app: chapters beside the lesson, its steps above, what comes next below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from petwidgets.panels.chapters import CHAPTERS, PANELS, after, chapter_of
from petwidgets.widgets.base import plain
from petwidgets.widgets.course import ChapterCards, ChapterList, NextStep, StepTabs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from petwidgets.panels.base import Panel
    from petwidgets.panels.chapters import Chapter, Step
    from petwidgets.session.session import Session

SETTINGS = "course"
"""The key in the session's settings under which it keeps which lessons were opened."""


class Course:
    """Shows the lesson that is open, and the ways to all others.

    Args:
        session: remembers which lessons were opened.
        panels: the panels by lesson key.
        go: called with the key of the lesson that a page wants.
    """

    def __init__(
        self, session: Session, panels: Mapping[str, Panel], go: Callable[[str], None]
    ) -> None:
        self._session, self._panels, self._go = session, panels, go
        chapters = [_chapter(one) for one in CHAPTERS]
        self.list = ChapterList(chapters=chapters, chosen=next(iter(PANELS)))
        self.tabs, self.next = StepTabs(), NextStep()
        self.cards = ChapterCards(chapters=chapters[1:])
        self.stage = plain(widgets.VBox, css="petwidgets-stage")
        for part in (self.list, self.tabs, self.next, self.cards):
            part.observe(self._choose, "chosen")
        session.observe(lambda _: self._mark(), "settings")

    def show(self, key: str) -> None:
        """Open a lesson."""
        chapter, following = chapter_of(key), after(key)
        self.list.chosen = key
        with self.tabs.hold_sync():
            self.tabs.steps, self.tabs.chosen = _steps(chapter), key
        if following:
            with self.next.hold_sync():
                self.next.key, self.next.title = following.panel.key, following.panel.title
                self.next.why, self.next.chosen = following.why, ""
        self.cards.chosen = ""
        self._see(key)
        first = chapter is CHAPTERS[0]
        below = [self.cards] if first else [self.next] if following else []
        above = [self.tabs] if len(chapter.steps) > 1 else []
        self.stage.children = [*above, self._panels[key], *below]

    def _choose(self, change: Any) -> None:
        """Go where a page wants to; one that wants what there is not stays where it is."""
        wanted, here = change["new"], self._session.lesson
        if wanted in PANELS and wanted != here:
            self._go(wanted)
        elif change["owner"] in (self.list, self.tabs):
            change["owner"].chosen = here

    @property
    def seen(self) -> list[str]:
        """Keys of the lessons that were opened, in their order."""
        kept = self._session.settings.get(SETTINGS, {}).get("seen", ())
        return [key for key in PANELS if key in kept] if isinstance(kept, list | tuple) else []

    def _see(self, key: str) -> None:
        if key not in self.seen:
            own = {"seen": [*self.seen, key]}
            self._session.settings = {**self._session.settings, SETTINGS: own}

    def _mark(self) -> None:
        self._see(self._session.lesson)  # a session that comes back has not opened this one
        for part in (self.list, self.tabs, self.cards):
            part.seen = self.seen


def _steps(chapter: Chapter) -> list[dict[str, str]]:
    return [_step(one) for one in chapter.steps]


def _step(step: Step) -> dict[str, str]:
    return {"key": step.panel.key, "title": step.panel.title, "tab": step.tab}


def _chapter(chapter: Chapter) -> dict[str, Any]:
    return {"title": chapter.title, "lead": chapter.lead, "steps": _steps(chapter)}
