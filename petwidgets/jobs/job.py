"""Work of the engine that a page can name without importing it: a signature here, a body elsewhere.

A module of this package declares functions without bodies; `job` makes a `Job` of each, and
`implements` marks the function that does the work. mypy holds the two signatures together, and
whatever `Engine.quick` is given has that of the job.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
R = TypeVar("R")

MARK = "__job__"
"""The attribute of a function that says which job it does."""


@dataclass(frozen=True)
class Job(Generic[P, R]):
    """A function by its place, so that a page needs none of what it imports.

    Args:
        module: where it is defined, such as `petwidgets.learning.predict.classify`.
        name: of the function.
    """

    module: str
    name: str

    def load(self) -> Callable[P, R]:
        """Import the function; the first one takes seconds where it needs torch.

        Raises:
            LookupError: the function there is not marked as this job's.
        """
        found: Callable[P, R] = getattr(importlib.import_module(self.module), self.name)
        if getattr(found, MARK, None) != self:
            raise LookupError(f"{self.module}.{self.name} does not implement {self}")
        return found


def job(module: str, name: str = "") -> Callable[[Callable[P, R]], Job[P, R]]:
    """Make a job of a declaration, which has a signature and a docstring but no body.

    Args:
        module: where its body is.
        name: of the function there, if it is another one than here.
    """

    def made(declared: Callable[P, R]) -> Job[P, R]:
        return Job(module, name or declared.__name__)

    return made


def implements(done: Job[P, R]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Mark the function that does a job. It stands next to the function, below other decorators.

    Raises:
        TypeError: the function's module or name is not the job's.
    """

    def marked(function: Callable[P, R]) -> Callable[P, R]:
        if (function.__module__, function.__name__) != (done.module, done.name):
            raise TypeError(f"{function.__module__}.{function.__name__} is not at {done}")
        setattr(function, MARK, done)
        return function

    return marked
