"""What a run's files say about it, held against what they may say.

For files from elsewhere: a training's own are read as they are. Nothing here is a matter of taste;
what would make a reader of runs stumble is refused, what no reader knows is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from petwidgets import events
from petwidgets.kinds import (
    LONGEST_WORD,
    are_three,
    is_amount,
    is_count,
    is_number,
    is_sentence,
    is_switch,
    is_word,
)
from petwidgets.problem import Problem
from petwidgets.recipes import Recipe
from petwidgets.runs import STATES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Check = Callable[[Any], bool]

MOST_NAMES = 1_000_000
MOST_BREEDS = 10_000
MOST_EVENTS = 500_000
COUNTS = ("found", "labelled", "chosen", "used")
"""Numbers of an inventory."""

DAMAGED = "The run.json in this file is damaged at {!r}: export the run again."


def _words(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= MOST_NAMES and all(map(is_word, value))


def _breeds(value: Any) -> bool:
    return _words(value) and len(value) == len(set(value)) <= MOST_BREEDS


def _results(value: Any) -> bool:
    return isinstance(value, dict) and all(
        is_switch(one) or is_number(one) for one in value.values()
    )


def _colours(value: Any) -> bool:
    parts = [value.get(key) for key in ("mean", "std")] if isinstance(value, dict) else [None]
    return all(map(are_three, parts))


def _versions(value: Any) -> bool:
    return isinstance(value, dict) and _words([*value.values()])


def _share(value: Any) -> bool:
    return is_number(value) and 0 <= value <= 1


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
    "least_probability": _share,
    "batch_size": is_count,
    "problem": is_sentence,
    "inventory": lambda value: isinstance(value, dict) and _inventory(value),
    "licence": is_sentence,
}
"""What is taken over of run.json. Not whose it is, nor what it begins with: that run may be another
visitor's here."""


def taken_over(info: dict[str, Any]) -> dict[str, Any]:
    """Of a run's run.json what another home takes over."""
    return {key: info[key] for key in INFO if key in info}


def checked(info: Any) -> dict[str, Any]:
    """The same of a run.json from elsewhere, and its `id`; every value is of its kind.

    Raises:
        Problem: one is not, or it is no training.
    """
    if not isinstance(info, dict) or "recipe" not in info or "state" not in info:
        raise Problem("The run.json in this file is none of a training: export the run again.")
    if info.get("kind", "training") != "training":
        raise Problem("This file holds a search of a learning rate: only trainings are imported.")
    known = taken_over(info)
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
    except Problem:
        return False
    names = [*recipe.hold_out, *recipe.leave_out, *(one for pair in recipe.relabel for one in pair)]
    return _words(names) and all(map(is_word, (recipe.data, recipe.pattern, recipe.arch)))


def demand_events(path: Path) -> None:
    """See that events.jsonl, if there is one, has whole lines that each tell of an event.

    Raises:
        Problem: a line is cut off, is none, or has a value that is not of its kind.
    """
    if not path.is_file():
        return
    lines = path.read_bytes().split(b"\n")
    if lines.pop():
        raise Problem("The events.jsonl in this file is cut off: export the run again.")
    if len(lines) > MOST_EVENTS:
        raise Problem(f"This run has more than {MOST_EVENTS:,} events: no training writes so many.")
    for number, line in enumerate(lines, 1):
        event = events.parsed(line)
        if event is None or not events.is_whole(event):
            raise Problem(
                f"Line {number} of the events.jsonl in this file is damaged: export the run again."
            )
