"""Keep one warning of torch, which fastai causes when it is imported, off stderr."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def without_script_warnings() -> Iterator[None]:
    """Ignore within the context that `torch.jit.script` is deprecated.

    `fastai.layers` (fastai 2.8) compiles four activations with it on import, and torch 2.14 warns
    of each. No user of this package can change that.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", r"`torch\.jit\.script` is ", FutureWarning, r"torch\.jit\._script$"
        )
        yield
