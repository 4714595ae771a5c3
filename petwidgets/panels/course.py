"""The frame of the app: chapters beside the lesson, its steps above, what comes next below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from petwidgets.panels.chapters import CHAPTERS, PANELS, chapter_of
from petwidgets.panels.link import written
from petwidgets.panels.questions.below import StepQuestions
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
        self.tabs, self.next = StepTabs(course=self.list), NextStep(course=self.list)
        self.cards = ChapterCards(course=self.list)
        self.stage = plain(widgets.VBox, css="petwidgets-stage")
        self._questions = StepQuestions(session)
        self.list.observe(self._choose, "chosen")
        self.list.on_msg(lambda _widget, message, _buffers: self._hear(message))
        session.observe(lambda _: self._mark(), "settings")

    def show(self, key: str) -> None:
        """Open a lesson."""
        with self.list.hold_sync():
            self.list.chosen = key
            self._see(key)
        chapter = chapter_of(key)
        above = [self.tabs] if len(chapter.steps) > 1 else []
        way = self.cards if chapter is CHAPTERS[0] else self.next
        self.stage.children = [*above, self._panels[key], *self._questions.show(key), way]

    def _choose(self, change: Any) -> None:
        """Go where a page wants to; one that wants what there is not stays where it is."""
        wanted, here = change["new"], self._session.lesson
        if wanted not in PANELS:
            self.list.chosen = here
        elif wanted != here:
            self._go(wanted)

    def _hear(self, message: Any) -> None:
        """Give a page the link to its lesson."""
        if message == {"share": True}:
            self.list.send({"link": written(self._panels[self._session.lesson])})

    @property
    def seen(self) -> list[str]:
        """Keys of the lessons that were opened, in their order."""
        kept = self._session.settings.get(SETTINGS, {}).get("seen", ())
        return [key for key in PANELS if key in kept] if isinstance(kept, list | tuple) else []

    def _see(self, key: str) -> None:
        if key in PANELS and key not in self.seen:
            own = {"seen": [*self.seen, key]}
            self._session.settings = {**self._session.settings, SETTINGS: own}

    def _mark(self) -> None:
        self._see(self._session.lesson)  # a session that comes back has not opened this one
        self.list.seen = self.seen


def _steps(chapter: Chapter) -> list[dict[str, str]]:
    return [_step(one) for one in chapter.steps]


def _step(step: Step) -> dict[str, str]:
    return {
        "key": step.panel.key,
        "title": step.panel.title,
        "tab": step.tab,
        "why": step.why,
    }


def _chapter(chapter: Chapter) -> dict[str, Any]:
    return {"title": chapter.title, "lead": chapter.lead, "steps": _steps(chapter)}
