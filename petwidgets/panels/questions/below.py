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


def below(session: Session, key: str) -> Sequence[Questions]:
    """The widget of a lesson's questions; none for a lesson that answers none."""
    asked, answers = of_step(key), Answers(session)
    if not asked:
        return ()
    made = Questions(answers.give, caption=CAPTION)

    def draw(_change: Any = None) -> None:
        made.items = [item(question, answers) for question in asked]

    session.observe(draw, "settings")  # other settings change nothing: equal items are not sent
    draw()
    return (made,)
