"""A student's answers as a file to hand in, and what a class has answered."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from petwidgets.common.errors import Problem
from petwidgets.questions.chapter import questions
from petwidgets.questions.question import DONE, LONGEST, OPEN

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT = "petwidgets answers 1"

NONE = "This is not a sheet of answers: choose a file that Save my answers has made."

MOST = 2**18
"""Bytes of a sheet."""

LONGEST_NAME = 80


@dataclass(frozen=True)
class Sheet:
    """A student's answers.

    Args:
        name: the student's.
        answers: texts by the number of a question.
    """

    name: str
    answers: Mapping[int, str] = field(default_factory=dict)

    def states(self) -> dict[int, str]:
        """The state of each question, judged here: a sheet says no word of it itself."""
        return {q.number: q.judged(self.answers.get(q.number, "")).state for q in questions()}

    @property
    def done(self) -> int:
        """How many questions are answered rightly, or compared."""
        return sum(state in DONE for state in self.states().values())

    @property
    def begun(self) -> int:
        """How many questions have an answer."""
        return sum(state != OPEN for state in self.states().values())

    def to_json(self) -> bytes:
        """The sheet as a file."""
        made = datetime.now(timezone.utc).isoformat(timespec="seconds")
        answers = {str(number): text for number, text in sorted(self.answers.items())}
        content = {"format": FORMAT, "name": self.name, "made": made, "answers": answers}
        return json.dumps(content, ensure_ascii=False, indent=1).encode()

    @classmethod
    def from_json(cls, content: bytes) -> Sheet:
        """Read a sheet.

        Raises:
            Problem: it is none.
        """
        try:
            found = json.loads(content)
            sound = found["format"] == FORMAT
            sheet = cls(str(found["name"])[:LONGEST_NAME], answers_of(found["answers"]))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise Problem(NONE) from error
        if not sound:
            raise Problem(NONE)
        return sheet


def answers_of(kept: Any) -> dict[int, str]:
    """The sound ones among answers by their numbers as texts, from a file or a session."""
    numbers = {str(question.number): question.number for question in questions()}
    items = kept.items() if isinstance(kept, dict) else ()
    return {
        numbers[key]: text[:LONGEST]
        for key, text in items
        if key in numbers and isinstance(text, str)
    }
