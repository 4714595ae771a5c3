"""Where one is in the course: the chapters, the steps of one, what comes next."""

from __future__ import annotations

import ipywidgets as widgets
from traitlets import Dict, HasTraits, Instance, List, Unicode

from petwidgets.widgets.base import Part, Shared


class ChapterList(Part):
    """The chapters beside the panel, a menu on a phone; the lesson stands in the page's address.

    Attributes:
        chapters: a list of `{"title", "lead", "steps"}`; a step is `{"key", "title", "tab",
            "why"}`.
        chosen: the key of the open lesson; the address says `#lesson=...`.
        seen: keys of the lessons that were opened.
        run: which run the lessons use; a press on it opens the lesson `runs`.

    Example:
        >>> steps = [{"key": "browse", "title": "Look at the data", "tab": "Look"}]
        >>> ChapterList(chapters=[{"title": "Data", "steps": steps}], chosen="browse").chosen
        'browse'
    """

    file = "chapter_list"
    from_page = ("chosen",)

    chapters = List(Dict()).tag(sync=True)
    chosen = Unicode().tag(sync=True)
    seen = List(Unicode()).tag(sync=True)
    run = Unicode().tag(sync=True)


class _OfCourse(HasTraits):
    """A view of a `ChapterList`, which knows all: nothing is sent of this one but itself."""

    course = Instance(ChapterList).tag(sync=True, **widgets.widget_serialization)


class StepTabs(_OfCourse, Shared):
    """The steps of the open chapter, above the panel.

    Attributes:
        course: the list of chapters, whose `chosen` a press sets.

    Example:
        >>> StepTabs(course=ChapterList()).course.chosen
        ''
    """

    file = "step_tabs"


class NextStep(_OfCourse, Shared):
    """What comes after the open lesson, and why; nothing after the last.

    Attributes:
        course: the list of chapters, whose `chosen` a press sets.

    Example:
        >>> NextStep(course=ChapterList()).course.chosen
        ''
    """

    file = "next_step"


class ChapterCards(_OfCourse, Shared):
    """The chapters on the start page, each with its question and what of it was opened.

    Attributes:
        course: the list of chapters, whose `chosen` a press sets.

    Example:
        >>> ChapterCards(course=ChapterList()).course.chosen
        ''
    """

    file = "chapter_cards"
