"""The list of lessons beside the panel, a row of choices on a phone."""

from __future__ import annotations

from traitlets import Dict, List, Unicode

from petwidgets.widgets.base import Part


class LessonList(Part):
    """Choices of which one is open; it stands in the page's address as `#lesson=...`.

    `lessons` is a list of `{"key", "title"}`, `chosen` the key of the open one. Those that follow
    each other with the same `"group"` stand under its name. `run` says which run the lessons use;
    a press on it opens the lesson `runs`.

    Example:
        >>> LessonList(lessons=[{"key": "data", "title": "Data"}], chosen="data").chosen
        'data'
    """

    file = "lesson_list"

    from_page = ("chosen",)

    lessons = List(Dict()).tag(sync=True)
    chosen = Unicode().tag(sync=True)
    run = Unicode().tag(sync=True)
