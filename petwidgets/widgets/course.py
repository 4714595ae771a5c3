"""Where one is in the course: the chapters, the steps of one, what comes next."""

from __future__ import annotations

from traitlets import Dict, List, Unicode

from petwidgets.widgets.base import Part


class ChapterList(Part):
    """The chapters beside the panel, a menu on a phone; the lesson stands in the page's address.

    Attributes:
        chapters: a list of `{"title", "lead", "steps"}`; a step is `{"key", "title", "tab"}`.
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


class StepTabs(Part):
    """The steps of a chapter above the panel; nothing for a chapter of one step.

    Attributes:
        steps: a list of `{"key", "title", "tab"}`.
        chosen, seen: as of `ChapterList`.

    Example:
        >>> StepTabs(steps=[{"key": "log", "title": "Why the log", "tab": "The log"}]).chosen
        ''
    """

    file = "step_tabs"
    from_page = ("chosen",)

    steps = List(Dict()).tag(sync=True)
    chosen = Unicode().tag(sync=True)
    seen = List(Unicode()).tag(sync=True)


class NextStep(Part):
    """What comes after a lesson, and why.

    Attributes:
        key, title, why: of the next lesson; nothing is shown without a key.
        chosen: set by the page to where it goes.

    Example:
        >>> NextStep(key="log", title="Why the log", why="It tells 0.99 from 0.999.").chosen
        ''
    """

    file = "next_step"
    from_page = ("chosen",)

    key = Unicode().tag(sync=True)
    title = Unicode().tag(sync=True)
    why = Unicode().tag(sync=True)
    chosen = Unicode().tag(sync=True)


class ChapterCards(Part):
    """The chapters on the start page, each with its question and what of it was opened.

    Attributes:
        chapters, seen: as of `ChapterList`.
        chosen: set by the page to where it goes.

    Example:
        >>> ChapterCards(chapters=[]).chosen
        ''
    """

    file = "chapter_cards"
    from_page = ("chosen",)

    chapters = List(Dict()).tag(sync=True)
    seen = List(Unicode()).tag(sync=True)
    chosen = Unicode().tag(sync=True)
