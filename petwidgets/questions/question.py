"""A question of the chapter, and what an answer to it is worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

OPEN, RIGHT, WRONG, COMPARED = "open", "right", "wrong", "compared"
"""States of a question. A free answer is compared with ours: it is neither right nor wrong."""

DONE = (RIGHT, COMPARED)

LONGEST = 600
"""Characters of an answer."""


class Verdict(NamedTuple):
    """What an answer is worth.

    Attributes:
        state: one of the states above.
        said: one sentence about this answer.
    """

    state: str
    said: str


@dataclass(frozen=True)
class Question:
    """One of the 23 questions, in our own words.

    Args:
        number: the book's.
        step: key of the lesson that answers it.
        task: what to do or to say.
        check: judges an answer that is not empty.
        model: the answer as we would give it; shown once there is an answer that is done.
        options: texts to choose from; empty where an answer is written.
        free: whether the answer is a text of some sentences.
    """

    number: int
    step: str
    task: str
    check: Callable[[str], Verdict]
    model: str
    options: Sequence[str] = ()
    free: bool = False

    def judged(self, answer: str) -> Verdict:
        """What an answer is worth; an empty one leaves the question open."""
        answer = answer[:LONGEST].strip()
        return self.check(answer) if answer else Verdict(OPEN, "")
