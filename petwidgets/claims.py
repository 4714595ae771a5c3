"""What a run's files say about it, held against what they may say.

For files from elsewhere: a training's own are read as they are. Nothing here is a matter of taste;
what would make a reader of runs stumble is refused, what no reader knows is left out.
"""

from __future__ import annotations

import json
import math
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from petwidgets.home import bounded_int
from petwidgets.problem import Problem
from petwidgets.recipes import MOST_BREEDS, Recipe, Stage, baseline
from petwidgets.runs import STATES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Check = Callable[[Any], bool]

LONGEST = 1000
"""Characters of a name; sentences and a licence may have `LONGEST_TEXT`."""
LONGEST_TEXT = 20_000
MOST_NAMES = 1_000_000
MOST_EVENTS = 500_000
LATEST = 1e9
"""Seconds of an event: thirty years."""

COUNTS = ("found", "labelled", "chosen", "used")
"""Numbers of an inventory."""

DAMAGED = "The run.json in this file is damaged at {!r}: export the run again."


def _number(value: Any) -> bool:
    """As a training that diverged writes it, too: NaN and Infinity."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LATEST


def _word(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST


def _text(value: Any) -> bool:
    """Several sentences, which may list names."""
    return isinstance(value, str) and len(value) <= LONGEST_TEXT


def _words(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= MOST_NAMES and all(map(_word, value))


def _breeds(value: Any) -> bool:
    return _words(value) and len(value) == len(set(value)) <= MOST_BREEDS


def _results(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(one, bool) or _number(one) for one in value.values()
    )


def _numbers(value: Any) -> bool:
    return isinstance(value, list) and all(map(_number, value))


def _three(value: Any) -> bool:
    """Red, green and blue; or count, confidence and accuracy."""
    return _numbers(value) and len(value) == 3  # noqa: PLR2004


def _colours(value: Any) -> bool:
    parts = [value.get(key) for key in ("mean", "std")] if isinstance(value, dict) else [None]
    return all(map(_three, parts))


def _versions(value: Any) -> bool:
    return isinstance(value, dict) and _words([*value.values()])


def _share(value: Any) -> bool:
    return _number(value) and 0 <= value <= 1


def _moment(value: Any) -> bool:
    return _number(value) and math.isfinite(value) and value >= 0


INFO: dict[str, Check] = {
    "state": lambda value: value in STATES,
    "created": _moment,
    "recipe": lambda value: isinstance(value, dict) and _sound_recipe(value),
    "vocab": _breeds,
    "files": _words,
    "train_files": _words,
    "results": _results,
    "versions": _versions,
    "preprocessing": _colours,
    "weights": _word,
    "keeps": lambda value: value in ("head", "all"),
    "head": lambda value: value in ("linear", "fastai"),
    "least_probability": _share,
    "batch_size": _whole,
    "problem": _text,
    "inventory": lambda value: isinstance(value, dict) and _inventory(value),
    "licence": _text,
}
"""What is taken over of run.json. Not whose it is, nor what it begins with: that run may be another
visitor's here."""

EVENT: dict[str, Check] = {
    **dict.fromkeys(("event", "stage", "recipe"), _word),
    **dict.fromkeys(("sentence", "problem"), _text),
    **dict.fromkeys(("epoch", "of", "done", "epochs", "batch_size"), _whole),
    **dict.fromkeys(("loss", "train_loss", "valid_loss"), _number),
    "error_rate": _share,
    **dict.fromkeys(("images_per_second", "seconds_left", "seconds", "mom"), _number),
    **dict.fromkeys(("confidence", "temperature", "calibration_error"), _number),
    "rates": _numbers,
    "bins": lambda value: isinstance(value, list) and all(map(_three, value)),
    "groups": lambda value: isinstance(value, list) and all(isinstance(g, dict) for g in value),
    "t": lambda value: _moment(value) and value <= LATEST,
}
"""What is looked at where an event has it."""

NEEDED = {
    "epoch": ("t", "epoch", "of", "train_loss", "valid_loss", "error_rate"),
    "batch": ("done", "of", "loss", "rates", "images_per_second"),
    "progress": ("done", "of", "stage"),
}
"""What events must have."""


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
    if isinstance(vocab := info.get("vocab"), list) and len(vocab) > MOST_BREEDS:
        raise Problem(
            f"This run tells {len(vocab):,} breeds apart: those of {MOST_BREEDS:,} at most are"
            " imported."
        )
    for key, value in known.items():
        if not INFO[key](value):
            raise Problem(DAMAGED.format(key))
    return {"id": str(info.get("id", ""))[:LONGEST], "vocab": [], "files": [], **known}


def _inventory(value: dict[str, Any]) -> bool:
    counts, breeds = [value.get(name) for name in COUNTS], value.get("breeds")
    sentences = value.get("sentences")
    return (
        set(value) == {*COUNTS, "breeds", "sentences", "noun"}
        and _word(value["noun"])
        and all(map(_whole, counts))
        and isinstance(breeds, dict)
        and _breeds([*breeds])
        and all(isinstance(side, list) and len(side) == 2 for side in breeds.values())  # noqa: PLR2004
        and all(_whole(n) for side in breeds.values() for n in side)
        and isinstance(sentences, list)
        and len(sentences) <= MOST_BREEDS
        and all(map(_text, sentences))
    )


def _sound_recipe(value: dict[str, Any]) -> bool:
    try:
        recipe = Recipe.from_json(value)
    except Problem:
        return False
    like = baseline()
    stage = like.stages[0]
    pairs = len(recipe.relabel) <= MOST_NAMES and all(_words([*pair]) for pair in recipe.relabel)
    return (
        pairs
        and _of_a_kind(recipe, like, Recipe)
        and all(_of_a_kind(one, stage, Stage) and _rate(one.rate) for one in recipe.stages)
    )


def _of_a_kind(given: Any, sample: Any, kind: type[Recipe | Stage]) -> bool:
    """Whether each setting has the type that it has in a sound recipe."""
    special = ("stages", "rate", "relabel")
    names = [field.name for field in fields(kind) if field.name not in special]
    return all(_same_type(getattr(given, name), getattr(sample, name)) for name in names)


def _same_type(given: Any, sample: Any) -> bool:
    if sample is None:
        return given is None or _whole(given)
    if isinstance(sample, tuple):
        return _words([*given])
    if isinstance(sample, bool):
        return isinstance(given, bool)
    if isinstance(sample, float):
        return _number(given)
    return _word(given) if isinstance(sample, str) else _whole(given)


def _rate(rate: Any) -> bool:
    if isinstance(rate, tuple):
        low, *high = rate if len(rate) == 2 else (rate, None)  # noqa: PLR2004
        return all(map(_number, high)) and (low is None or _number(low))
    return _number(rate)


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
        if not _sound_event(line):
            raise Problem(
                f"Line {number} of the events.jsonl in this file is damaged: export the run again."
            )


def _sound_event(line: bytes) -> bool:
    try:
        event = json.loads(line, parse_int=bounded_int)
    except (ValueError, RecursionError):
        return False
    if not isinstance(event, dict) or "event" not in event:
        return False
    of_a_kind = all(check(event[key]) for key, check in EVENT.items() if event.get(key) is not None)
    return of_a_kind and all(event.get(key) is not None for key in NEEDED.get(event["event"], ()))
