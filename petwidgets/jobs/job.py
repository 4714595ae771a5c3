"""Functions of the engine that a page can name without importing them.

The other modules of this package declare functions without bodies. `job` turns each declaration
into a `Job`, and `implements` marks the function that does the work. mypy checks that both have the
same signature, and that `Engine.quick` gets the arguments of the job.
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
"""The attribute that holds the job of an implementing function."""


@dataclass(frozen=True)
class Job(Generic[P, R]):
    """A reference to a function by its module and name, so that a page need not import it.

    Args:
        module: the defining module, such as `petwidgets.inference.classify`.
        name: of the function.
    """

    module: str
    name: str

    def load(self) -> Callable[P, R]:
        """Import the function. The first import of torch takes seconds.

        Raises:
            LookupError: the function is not marked as the implementation of this job.
        """
        function: Callable[P, R] = getattr(importlib.import_module(self.module), self.name)
        if getattr(function, MARK, None) != self:
            raise LookupError(f"{self.module}.{self.name} does not implement {self}")
        return function


def job(module: str, name: str = "") -> Callable[[Callable[P, R]], Job[P, R]]:
    """Decorate a declaration (a signature and a docstring without a body) to make it a job.

    Args:
        module: the module of the implementation.
        name: of the function there, if it differs from the declaration's.
    """

    def decorate(declared: Callable[P, R]) -> Job[P, R]:
        return Job(module, name or declared.__name__)

    return decorate


def implements(job: Job[P, R]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Mark a function as the implementation of a job. Must be the innermost decorator.

    Raises:
        TypeError: the function's module or name is not the job's.
    """

    def mark(function: Callable[P, R]) -> Callable[P, R]:
        if (function.__module__, function.__name__) != (job.module, job.name):
            raise TypeError(f"{function.__module__}.{function.__name__} is not at {job}")
        setattr(function, MARK, job)
        return function

    return mark
