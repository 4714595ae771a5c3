"""What was answered to the chapter's questions; kept with the session's settings alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from petwidgets.questions.sheet import Sheet, answers_of

if TYPE_CHECKING:
    from petwidgets.questions.question import Question, Verdict
    from petwidgets.session.session import Session

SETTINGS = "answers"
"""The key in the session's settings."""


class Answers:
    """The answers of a page's session.

    Args:
        session: keeps them.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def texts(self) -> dict[int, str]:
        """Answers by the number of a question."""
        return answers_of(self._session.settings.get(SETTINGS))

    def give(self, number: int, answer: str) -> None:
        """Answer a question, in place of what was answered before."""
        texts = {str(n): text for n, text in {**self.texts, number: answer}.items()}
        self._session.settings = {**self._session.settings, SETTINGS: texts}

    def verdict(self, question: Question) -> Verdict:
        """What the answer to a question is worth."""
        return question.judged(self.texts.get(question.number, ""))

    def sheet(self, name: str) -> Sheet:
        """All answers under a student's name."""
        return Sheet(name, self.texts)
