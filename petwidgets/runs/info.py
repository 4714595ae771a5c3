"""Read and check a run.json; the run counts as damaged if a key is missing or has a wrong type."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from petwidgets.common.errors import Problem
from petwidgets.common.json_types import is_amount, is_count, is_number, is_text
from petwidgets.common.os_errors import refusal
from petwidgets.common.owner import Owner
from petwidgets.common.paths import bounded_int
from petwidgets.recipes.labelling import table_id
from petwidgets.recipes.recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

UNSOUND = (
    *(ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError),
    Problem,
)
"""Exceptions that reading an invalid run.json may raise."""

STATES = ("queued", "running", "finished", "stopped", "failed")
ENDED = ("finished", "stopped", "failed", "damaged")


def read(folder: Path) -> dict[str, Any]:
    """The content of a run's run.json; `{"state": "damaged", "problem": sentence}` if damaged."""
    try:
        info = json.loads((folder / "run.json").read_text("utf-8"), parse_int=bounded_int)
        return _sound({"vocab": [], "files": [], **info})
    except PermissionError as error:
        refused = refusal(error, folder / "run.json")
        return {"state": "damaged", "problem": f"The run.json of {folder.name}: {refused}"}
    except (OSError, *UNSOUND):
        if not folder.is_dir():
            sentence = f"The run {folder.name} is gone: it was deleted, perhaps in another page."
            return {"state": "damaged", "problem": sentence}
        sentence = f"The run {folder.name} is damaged: delete it with petwidgets runs delete."
        return {"state": "damaged", "problem": sentence}


def owner_of(info: dict[str, Any]) -> Owner:
    """Read the owner from a run.json."""
    recipe = info.get("recipe", {})
    pattern = recipe.get("pattern", "") if isinstance(recipe, dict) else ""
    visitor = info.get("visitor", "")
    known = visitor if isinstance(visitor, str) else ""
    return Owner(known, "imported" in info, table_id(str(pattern)))


def _are_words(value: Any) -> bool:
    return isinstance(value, list) and all(map(is_text, value))


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


KINDS: dict[str, Callable[[Any], bool]] = {
    **dict.fromkeys(("vocab", "files", "train_files"), _are_words),
    **dict.fromkeys(("results", "versions", "search", "inventory"), _is_object),
    **dict.fromkeys(("kind", "name", "parent", "visitor", "problem", "licence"), is_text),
    **dict.fromkeys(("created", "imported"), is_amount),
    **dict.fromkeys(("attempt", "deaths", "died_at", "batch_size"), is_count),
}
"""Schema of the optional keys of a run.json."""

FIGURES = {"seconds": is_amount, "epochs": is_count, "error_rate": is_number}
"""Schema of its results."""


def _sound(info: dict[str, Any]) -> dict[str, Any]:
    Recipe.from_json(info["recipe"])
    if info["state"] not in STATES:
        raise ValueError(info["state"])
    results = info.get("results", {})
    for values, kinds in ((info, KINDS), (results, FIGURES)):
        if wrong := [key for key, fits in kinds.items() if key in values and not fits(values[key])]:
            raise ValueError(wrong)
    for train, valid in info.get("inventory", {}).get("breeds", {}).values():
        if not (is_count(train) and is_count(valid)):
            raise TypeError("inventory")
    return info
