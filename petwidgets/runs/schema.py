"""Validate the files of an imported run.

Values that a reader of runs could not handle are refused; unknown keys are dropped. Files written
by a training on this machine are not checked here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import counted
from petwidgets.common.json_types import (
    LONGEST_WORD,
    are_three,
    is_amount,
    is_count,
    is_number,
    is_sentence,
    is_share,
    is_switch,
    is_word,
)
from petwidgets.recipes.recipe import MOST_BREEDS, Recipe
from petwidgets.runs import events
from petwidgets.runs.info import STATES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Check = Callable[[Any], bool]

MOST_NAMES = 200_000
"""Maximum of photographs of a run, because a list of runs holds their names in memory."""
MOST_EVENTS = 50_000
"""Maximum of events: about three hours at five per second. Longer logs are thinned on export."""
LONGEST_LINE = 2**20
"""Maximum length of an event in bytes; it may list files that were left out."""
MOST_VALUES = 2 * MOST_NAMES
"""Maximum of values in a run.json. Each takes some 60 bytes of memory, however short its text."""
MOST_VALUES_OF_EVENTS = 1_500_000

COUNTS = ("found", "labelled", "chosen", "used")
"""Keys of an inventory's counts."""

DAMAGED = "The run.json in this file is damaged at {!r}: export the run again."


def _words(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= MOST_NAMES and all(map(is_word, value))


def _breeds(value: Any) -> bool:
    return _words(value) and len(value) == len(set(value)) <= MOST_BREEDS


def _results(value: Any) -> bool:
    return isinstance(value, dict) and all(
        is_switch(number) or is_number(number) for number in value.values()
    )


def _colours(value: Any) -> bool:
    parts = [value.get(key) for key in ("mean", "std")] if isinstance(value, dict) else [None]
    return all(map(are_three, parts))


def _versions(value: Any) -> bool:
    return isinstance(value, dict) and _words([*value.values()])


INFO: dict[str, Check] = {
    "state": lambda value: value in STATES,
    "created": is_amount,
    "recipe": lambda value: isinstance(value, dict) and _sound_recipe(value),
    "vocab": _breeds,
    "files": _words,
    "train_files": _words,
    "results": _results,
    "versions": _versions,
    "preprocessing": _colours,
    "weights": is_word,
    "keeps": lambda value: value in ("head", "all"),
    "head": lambda value: value in ("linear", "fastai"),
    "least_probability": is_share,
    "batch_size": is_count,
    "name": is_word,
    "problem": is_sentence,
    "inventory": lambda value: isinstance(value, dict) and _inventory(value),
    "licence": is_sentence,
}
"""Keys of run.json that an import keeps. Owner and parent are not among them: the parent may be
another visitor's run here."""


def taken_over(info: dict[str, Any]) -> dict[str, Any]:
    """Keep only the keys of a run.json that another home may import."""
    return {key: info[key] for key in INFO if key in info}


def checked(info: Any) -> dict[str, Any]:
    """Validate an imported run.json and keep only known keys and `id`.

    Raises:
        Problem: a value has the wrong type or is too large, or the run is not a training.
    """
    if not isinstance(info, dict) or "recipe" not in info or "state" not in info:
        raise Problem("The run.json in this file is not a training's: export the run again.")
    if info.get("kind", "training") != "training":
        raise Problem("This file holds a search of a learning rate: only trainings are imported.")
    known = taken_over(info)
    if isinstance(vocab := info.get("vocab"), list) and len(vocab) > MOST_BREEDS:
        raise Problem(
            f"This run tells {counted(len(vocab), 'class')} apart: those of {MOST_BREEDS:,} at most"
            " are imported."
        )
    names = [known[key] for key in ("files", "train_files") if isinstance(known.get(key), list)]
    if sum(map(len, names)) > MOST_NAMES:
        raise Problem(f"This run has more than {MOST_NAMES:,} photographs: that many are no run's.")
    for key, value in known.items():
        if not INFO[key](value):
            raise Problem(DAMAGED.format(key))
    return {"id": str(info.get("id", ""))[:LONGEST_WORD], "vocab": [], "files": [], **known}


def _inventory(value: dict[str, Any]) -> bool:
    counts, breeds = [value.get(name) for name in COUNTS], value.get("breeds")
    sentences = value.get("sentences")
    return (
        set(value) == {*COUNTS, "breeds", "sentences", "noun"}
        and is_word(value["noun"])
        and all(map(is_count, counts))
        and isinstance(breeds, dict)
        and _breeds([*breeds])
        and all(isinstance(side, list) and len(side) == 2 for side in breeds.values())  # noqa: PLR2004
        and all(is_count(n) for side in breeds.values() for n in side)
        and isinstance(sentences, list)
        and len(sentences) <= MOST_BREEDS
        and all(map(is_sentence, sentences))
    )


def _sound_recipe(value: dict[str, Any]) -> bool:
    try:
        recipe = Recipe.from_json(value)
    except (Problem, ArithmeticError):  # such as a rate of a thousand digits
        return False
    names = [
        *recipe.hold_out,
        *recipe.leave_out,
        *(name for pair in recipe.relabel for name in pair),
    ]
    return _words(names) and all(map(is_word, (recipe.data, recipe.pattern, recipe.arch)))


def require_few_values(name: str, content: bytes, most: int) -> None:
    """Check the number of values in a JSON text, estimated without parsing it.

    Args:
        name: the file's name, for the message.
        content: the JSON text.
        most: maximum of values.

    Raises:
        Problem: there may be more.
    """
    if sum(map(content.count, (b",", b"[", b"{"))) > most:
        raise Problem(
            f"The {name} in this file has more than {counted(most, 'value')}: no run has so many."
        )


def thinned(lines: list[bytes]) -> list[bytes]:
    """Drop every second progress event, repeatedly, until at most `MOST_EVENTS` lines are left."""
    while len(lines) > MOST_EVENTS and (passing := [i for i, x in enumerate(lines) if _passes(x)]):
        left = {*passing[::2]}
        lines = [line for i, line in enumerate(lines) if i not in left]
    return lines


def _passes(line: bytes) -> bool:
    return b'"event": "batch"' in line or b'"event": "progress"' in line


def require_events(path: Path) -> None:
    """Check that each line of events.jsonl, if it exists, is a complete and valid event.

    Raises:
        Problem: a line is cut off or not a valid event, or there are too many.
    """
    if not path.is_file():
        return
    content = path.read_bytes()
    require_few_values("events.jsonl", content, MOST_VALUES_OF_EVENTS)
    lines = content.split(b"\n")
    if lines.pop():
        raise Problem("The events.jsonl in this file is cut off: export the run again.")
    if len(lines) > MOST_EVENTS:
        raise Problem(f"This run has more than {MOST_EVENTS:,} events: no training writes so many.")
    for number, line in enumerate(lines, 1):
        event = events.parsed(line) if len(line) <= LONGEST_LINE else None
        if event is None or not events.is_whole(event):
            raise Problem(
                f"Line {number} of the events.jsonl in this file is damaged: export the run again."
            )
