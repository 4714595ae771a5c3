"""The questions that a lesson answers, below it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from petwidgets.questions.chapter import of_step
from petwidgets.questions.question import DONE
from petwidgets.session.answers import Answers
from petwidgets.widgets.questions import Questions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from petwidgets.questions.question import Question
    from petwidgets.session.session import Session

CAPTION = "Can you say it?"


def item(question: Question, answers: Answers) -> dict[str, Any]:
    """A question as `Questions.items` has it; the model answer comes with one that is done."""
    state, said = answers.verdict(question)
    return {
        "number": question.number, "task": question.task, "options": [*question.options],
        "free": question.free, "answer": answers.texts.get(question.number, ""), "state": state,
        "said": said, "model": question.model if state in DONE else "",
    }  # fmt: skip


class StepQuestions:
    """Shows the questions of the open lesson.

    One widget for all lessons: a widget of each would cost a page 1 kB more.

    Args:
        session: keeps the answers.

    Attributes:
        widget: stands below the lesson.
    """

    def __init__(self, session: Session) -> None:
        self._answers = Answers(session)
        self._asked: Sequence[Question] = ()
        self.widget = Questions(self._answers.give, caption=CAPTION)
        # Other settings change nothing: equal items are not sent.
        session.observe(lambda _: self._draw(), "settings")

    def show(self, key: str) -> Sequence[Questions]:
        """Show those of a lesson; returns the widget, or nothing where the lesson has none."""
        self._asked = of_step(key)
        self._draw()
        return (self.widget,) if self._asked else ()

    def _draw(self) -> None:
        self.widget.items = [item(question, self._answers) for question in self._asked]
