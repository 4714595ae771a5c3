"""The top of a panel: title, instruction, and the sentence of a problem."""

from __future__ import annotations

from typing import Any

from traitlets import Unicode

from petwidgets.widgets.base import Shared


class Heading(Shared):
    """A title, one sentence that says what to do, and a place for a problem.

    All text is shown as text, whatever is in it.

    Example:
        >>> Heading(title="Data", lead="Choose photographs.").problem
        ''
    """

    file = "heading"

    title = Unicode().tag(sync=True)
    lead = Unicode().tag(sync=True)
    problem = Unicode().tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self._problems: dict[object, str] = {}

    def say(self, problem: str, origin: object) -> None:
        """Show a problem in place of the last one of the same origin; empty: there is none now.

        Each origin speaks for itself: an answer that comes late must not take away what a press or
        a link was refused for.

        Example:
            >>> heading = Heading()
            >>> heading.say("The link is too long.", "link")
            >>> heading.say("", "answer")
            >>> heading.problem
            'The link is too long.'
        """
        self._problems.pop(origin, None)
        if problem:
            self._problems[origin] = problem
        self.problem = " ".join(dict.fromkeys([*self._problems.values()]))

    def clear(self) -> None:
        """Show no problem, of whatever origin."""
        self._problems.clear()
        self.problem = ""
