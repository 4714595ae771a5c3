"""Read the source of fastai's methods without importing fastai.

Importing it takes seconds and a gigabyte, too much for a page's kernel.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from petwidgets.common.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

FILES = {
    "callback/schedule.py": (
        *("fine_tune", "fit_one_cycle", "lr_find"),
        *("valley", "slide", "minimum", "steep"),
    ),
    "learner.py": ("freeze", "unfreeze", "freeze_to"),
}
"""The functions that the lessons show, by fastai's file; methods are functions added by `patch`."""

NAMES = tuple(name for names in FILES.values() for name in names)


@dataclass(frozen=True)
class Source:
    """A function's source.

    Args:
        code: its text with its decorators, verbatim, without the final newline.
        file: relative to the package's folder, with `/` on every system.
        line: number of the first line of `code`, from 1.
        version: fastai's.
    """

    code: str
    file: str
    line: int
    version: str


def source(name: str) -> Source:
    """Read the source of one of `NAMES` from the installed fastai.

    Raises:
        Problem: there is no such name, or fastai is not installed or defines it in another file.
    """
    file = next((file for file, names in FILES.items() if name in names), None)
    if file is None:
        raise Problem(f"There is no source of {name!r} to show: choose {', '.join(NAMES)}.")
    try:
        return _read(_folder(), file, name, version("fastai"))
    except (PackageNotFoundError, OSError, SyntaxError) as error:
        raise Problem(
            "fastai is not on the machine of this page, so its source can't be shown here: install"
            " it with pip install 'petwidgets[train]'."
        ) from error


def _folder() -> Path:
    spec = find_spec("fastai")  # a top-level package is not imported for this
    if spec is None or not spec.submodule_search_locations:
        raise PackageNotFoundError("fastai")
    return Path(next(iter(spec.submodule_search_locations)))


@lru_cache
def _read(folder: Path, file: str, name: str, release: str) -> Source:
    text = (folder / file).read_text("utf-8")
    for function in _functions(text):
        if function.name == name:
            first = min([function.lineno, *(tool.lineno for tool in function.decorator_list)])
            lines = text.splitlines()[first - 1 : function.end_lineno]
            return Source("\n".join(lines), file, first, release)
    raise Problem(
        f"fastai {release} has no {name} in {file}: look for it there, it may have another name."
    )


def _functions(text: str) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef))
