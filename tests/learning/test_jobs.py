"""Every job that a page can ask for is done by a function of the engine's, under its own name."""

from __future__ import annotations

import importlib
import inspect
import pkgutil

import pytest

from petwidgets import jobs
from petwidgets.jobs.job import MARK, Job, implements, job

MODULES = [f"{jobs.__name__}.{found.name}" for found in pkgutil.iter_modules(jobs.__path__)]
JOBS = {
    one
    for module in map(importlib.import_module, MODULES)
    for one in vars(module).values()
    if isinstance(one, Job)
}


def test_all_are_found() -> None:
    names = {one.name for one in JOBS}
    assert {"classify", "grad_cam", "process_id", "packed", "cost"} <= names
    assert len(JOBS) >= 22


@pytest.mark.parametrize("one", sorted(JOBS, key=str), ids=lambda one: f"{one.module}.{one.name}")
def test_a_job_is_done_by_the_function_that_it_names(one: Job[..., object]) -> None:
    function = one.load()
    assert getattr(function, MARK) == one
    plain = inspect.unwrap(function)
    assert (plain.__module__, plain.__name__) == (one.module, one.name)


def test_a_function_that_is_not_marked_is_not_run() -> None:
    with pytest.raises(LookupError, match="does not implement"):
        Job("os", "getpid").load()


def test_a_function_that_is_elsewhere_can_not_be_marked() -> None:
    @job(__name__)
    def work(n: int) -> int: ...  # type: ignore[empty-body]

    def other(n: int) -> int:
        return n

    with pytest.raises(TypeError, match="other is not at"):
        implements(work)(other)
