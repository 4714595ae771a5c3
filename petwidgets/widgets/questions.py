"""Questions with fields for their answers.

A page sends an answer by custom message: `{"number", "answer"}`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from traitlets import Dict, List, Unicode

from petwidgets.questions.question import LONGEST
from petwidgets.widgets.base import Shared

if TYPE_CHECKING:
    from collections.abc import Callable


class Questions(Shared):
    """Shows questions, what was answered, and what that is worth.

    Args:
        hear: called with the number of a question and an answer.

    Attributes:
        caption: stands above them.
        items: a list of `{"number", "task", "options", "free", "answer", "state", "said",
            "model"}`. `state` is `open`, `right`, `wrong` or `compared`; `model` may be empty.
            `lesson` is the key of the one that a link leads to; without it there is none.

    Example:
        >>> Questions(print, caption="Say it").items
        []
    """

    file = "questions"

    caption = Unicode().tag(sync=True)
    items = List(Dict()).tag(sync=True)

    def __init__(self, hear: Callable[[int, str], Any], **traits: Any) -> None:
        super().__init__(**traits)
        self._hear = hear
        self.on_msg(self._take)

    def _take(self, _widget: Any, content: Any, _buffers: Any) -> None:
        number = content.get("number") if isinstance(content, dict) else None
        answer = content.get("answer") if isinstance(content, dict) else None
        known = {item["number"] for item in self.items}
        if isinstance(number, int) and number in known and isinstance(answer, str):
            self._hear(number, answer[:LONGEST])
