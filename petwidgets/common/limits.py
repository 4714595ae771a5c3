"""Limits of visitors, each with an option of `petwidgets serve`.

`petwidgets serve` passes them on as environment variables, which the kernels of pages read. Limits
of runs and trainings apply to visitors only (`petwidgets.session.store.multi_user`). The owner of
the home is limited by the disk alone.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from petwidgets.common.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

MB = 10**6
"""Bytes of a megabyte, the unit of sizes."""


@dataclass(frozen=True)
class Limit:
    """A limit that the operator of a server can set.

    Args:
        name: words with hyphens, from which the option and the variable are named.
        default: the value if nothing is set.
        what: completes the sentence "the most ...", with the unit.
        least: the smallest valid value.
        whole: whether it is a whole number.
    """

    name: str
    default: float
    what: str
    least: float = 1
    whole: bool = True

    @property
    def option(self) -> str:
        """Its option on the command line."""
        return f"--{self.name}"

    @property
    def key(self) -> str:
        """Its name in Python."""
        return self.name.replace("-", "_")

    @property
    def variable(self) -> str:
        """Its environment variable."""
        return f"PETWIDGETS_{self.key.upper()}"

    @property
    def value(self) -> float:
        """The value in this process.

        Raises:
            Problem: the environment variable holds no valid number.
        """
        text = os.environ.get(self.variable)
        return self.read(text, self.variable) if text else self.default

    @property
    def count(self) -> int:
        """The value as an integer, for a limit that counts things.

        Raises:
            Problem: as `value`.
        """
        return int(self.value)

    def read(self, text: str, where: str = "") -> float:
        """Read a valid number from a text.

        Args:
            text: the text.
            where: the option or variable that it comes from; default: the option.

        Raises:
            Problem: it is no such number, or too small.
        """
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        fits = math.isfinite(number) and number >= self.least
        if not fits or (self.whole and number != int(number)):
            kind = "whole number" if self.whole else "number"
            raise Problem(
                f"{where or self.option} is the most {self.what}: a {kind} from {self.least:g} on,"
                f" such as {self.default:g}, not {text!r}."
            )
        return number


TRAIN_MINUTES = Limit(
    "max-train-minutes", 60, "minutes that a visitor's training takes", least=0.1, whole=False
)
"""After this time a training ends, and keeps the state of its last completed epoch."""

EPOCHS = Limit("max-epochs", 500, "epochs of a visitor's training")
"""Of all stages together."""

RUNS = Limit("max-runs", 100, "runs that a visitor keeps")
"""Trainings, searches and imports together."""

RUNS_MB = Limit("max-runs-mb", 2000, "megabytes that a visitor's runs take")
"""Size of their folders; a run that is being written may exceed it."""

HOME_MB = Limit("max-home-mb", 20_000, "megabytes that all visitors keep")
"""Size of the runs and sessions of all visitors together."""

LABELS_MB = Limit("max-labels-mb", 200, "megabytes that tables of labels take")
"""Size of the tables that visitors uploaded, which are kept as long as sessions."""

QUICK = Limit("max-quick", 2, "questions of a page that the engine works on at a time")
"""Further requests wait in the page's own queue, so that other pages' requests run meanwhile."""

WAITING = Limit("max-waiting", 200, "questions of a page that wait for the engine")
"""Further requests are refused."""

WAITING_MB = Limit("max-waiting-mb", 250, "megabytes of the questions of a page that wait")
"""Photographs are kept in the kernel's memory while their requests wait."""

LIMITS = (
    *(TRAIN_MINUTES, EPOCHS, RUNS, RUNS_MB, HOME_MB, LABELS_MB),
    *(QUICK, WAITING, WAITING_MB),
)
"""All limits that are options of `petwidgets serve`."""


def variables(options: Iterable[tuple[Limit, str | None]]) -> dict[str, str]:
    """Return the environment variables that pass on the given limits; the others stay as set.

    Raises:
        Problem: a limit is no valid number, among the options or in the environment.
    """
    values = {limit.variable: f"{limit.read(s):.12g}" for limit, s in options if s is not None}
    for limit in LIMITS:
        if limit.variable not in values:
            _ = limit.value
    return values
