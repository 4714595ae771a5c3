"""Coroutines of a test, in whatever thread it runs."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """What a coroutine returns.

    Its loop is in a thread of its own: once a test has opened a browser, Playwright's loop runs in
    the main thread to the end of the session, and a second one is refused there.
    """
    with ThreadPoolExecutor(1) as one:
        return one.submit(asyncio.run, work).result()
