"""Label edits: an ordered list of steps, with undo and redo."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import short
from petwidgets.common.json_types import is_number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from petwidgets.recipes.recipe import Recipe

KEEP, RELABEL, LEAVE_OUT = "keep", "relabel", "leave_out"
DECISIONS = {KEEP: "keep", RELABEL: "relabel", LEAVE_OUT: "leave out"}
"""Possible decisions about a photograph, with their texts."""

LONGEST = 1000
"""Maximum length of a name or a breed in characters."""


@dataclass(frozen=True)
class Mark:
    """A decision about a photograph, with the reason why its label was doubted.

    Args:
        do: `keep`, `relabel` or `leave_out`.
        breed: the new breed, only for `relabel`.
        label: the previous breed.
        why: why the label was doubted; may be empty.
        probability: predicted probability of the label; None if unknown.

    Raises:
        Problem: the decision is unknown, a value is invalid, `relabel` lacks a breed, or another
            decision has one.
    """

    do: str
    breed: str = ""
    label: str = ""
    why: str = ""
    probability: float | None = None

    def __post_init__(self) -> None:
        words = (self.do, self.breed, self.label, self.why)
        if not all(isinstance(word, str) and len(word) <= LONGEST for word in words):
            raise Problem("A decision is made of short words: write it anew.")
        if self.do not in DECISIONS:
            decisions = ", ".join(DECISIONS.values())
            raise Problem(f"{short(self.do)!r} is not a decision: write {decisions}.")
        if bool(self.breed) != (self.do == RELABEL):
            raise Problem("A new label belongs to relabel, and to nothing else: correct the line.")
        if self.probability is not None and not _share(self.probability):
            raise Problem(
                f"{short(repr(self.probability))} is not a probability: write 0 to 1, or nothing."
            )

    @property
    def said(self) -> str:
        """The decision in words."""
        return f"relabel: {self.breed}" if self.breed else DECISIONS[self.do]


def _share(value: Any) -> bool:
    return is_number(value) and 0 <= value <= 1


Step = dict[str, "Mark | None"]
"""Files and their decisions made in one step; None withdraws a decision."""


@dataclass(frozen=True)
class LabelEdits:
    """All decisions about the photographs of one source, in order.

    Args:
        done: steps, the newest last.
        undone: steps that were undone; the next one to redo is last.

    Example:
        >>> choices = LabelEdits().with_step({"pug_1.jpg": Mark("keep")})
        >>> choices.now, choices.undo().now, choices.undo().redo() == choices
        ({'pug_1.jpg': Mark(do='keep', breed='', label='', why='', probability=None)}, {}, True)
    """

    done: tuple[Step, ...] = ()
    undone: tuple[Step, ...] = field(default=())

    @property
    def now(self) -> dict[str, Mark]:
        """The current decision for each file, in the order of the first decisions."""
        held: dict[str, Mark | None] = {}
        for step in self.done:
            held.update(step)
        return {file: mark for file, mark in held.items() if mark is not None}

    def with_step(self, step: Mapping[str, Mark | None]) -> LabelEdits:
        """A copy with one more step; undone steps can no longer be redone."""
        return LabelEdits((*self.done, dict(step)))

    def undo(self) -> LabelEdits:
        """A copy without the last step.

        Raises:
            Problem: there is none.
        """
        if not self.done:
            raise Problem("There is nothing to undo.")
        *before, last = self.done
        return LabelEdits(tuple(before), (*self.undone, last))

    def redo(self) -> LabelEdits:
        """A copy with the step that was undone last.

        Raises:
            Problem: there is none.
        """
        if not self.undone:
            raise Problem("There is nothing to redo.")
        *others, last = self.undone
        return LabelEdits((*self.done, last), tuple(others))

    @property
    def leave_out(self) -> tuple[str, ...]:
        """Files that a training leaves out, sorted."""
        return tuple(sorted(file for file, mark in self.now.items() if mark.do == LEAVE_OUT))

    @property
    def relabel(self) -> tuple[tuple[str, str], ...]:
        """Files and their new breeds, sorted."""
        return tuple(sorted((file, mark.breed) for file, mark in self.now.items() if mark.breed))

    def recipe(self, recipe: Recipe) -> Recipe:
        """The recipe with these label edits."""
        return replace(recipe, leave_out=self.leave_out, relabel=self.relabel)

    def to_json(self) -> dict[str, Any]:
        """Plain values that `from_json` turns back into equal edits."""
        return {name: [_plain(step) for step in getattr(self, name)] for name in ("done", "undone")}

    @classmethod
    def from_json(cls, value: Any) -> LabelEdits:
        """The edits that `to_json` wrote.

        Raises:
            Problem: they are damaged.
        """
        try:
            return cls(*(tuple(map(_step, value[name])) for name in ("done", "undone")))
        except (TypeError, KeyError, AttributeError) as error:
            raise Problem("What was decided about these photographs is damaged.") from error


def _plain(step: Step) -> dict[str, Any]:
    return {file: None if mark is None else _short(mark) for file, mark in step.items()}


def _short(mark: Mark) -> dict[str, Any]:
    return {name: value for name, value in vars(mark).items() if value not in ("", None)}


def _step(value: Any) -> Step:
    return {str(file): None if mark is None else Mark(**mark) for file, mark in value.items()}


def summary(leave_out: Sequence[Any], relabel: Sequence[Any]) -> str:
    """Numbers of edited photographs, in words.

    Example:
        >>> summary(("a.jpg",), ())
        '0 relabelled, 1 left out'
    """
    return f"{len(relabel):,} relabelled, {len(leave_out):,} left out"
