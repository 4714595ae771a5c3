"""What is looked at of the chosen run: the run it is compared with, and some photographs."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from traitlets import HasTraits, Tuple, Unicode

from petwidgets.common.errors import Problem
from petwidgets.data import sources
from petwidgets.metrics.predictions import Interpretation, read
from petwidgets.runs.run import DRAWN_ID, SHIPPED_ID, Run
from petwidgets.session.store import multi_user

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from petwidgets.session.data import DataState
    from petwidgets.session.runs import VisibleRuns


class InterpretationState(HasTraits):
    """Shared state of the lessons that interpret a run.

    Args:
        runs: those that the page may see.
        data: the photographs of the page.
    """

    versus_id = Unicode(help="the run that it is compared with; empty: none")
    cell = Tuple(
        Unicode(),
        Unicode(),
        default_value=("", ""),
        help="true and predicted breed of the photographs that are looked at; empty: any",
    )
    looked_at = Unicode(help="name of the one that is looked into; empty: the largest loss")

    def __init__(self, runs: VisibleRuns, data: DataState) -> None:
        super().__init__()
        self._runs, self._data = runs, data

    @property
    def run_id(self) -> str:
        """The run whose validation predictions are looked at: the chosen one.

        While none is chosen it is one that is shipped. Without the photographs of real pets it is
        the drawn one, so that every lesson has pictures.
        """
        return self._runs.chosen_id or (DRAWN_ID if self._only_drawn() else SHIPPED_ID)

    def _only_drawn(self) -> bool:
        """Whether the drawn pictures are here, or will be, and no photograph of `pets37` is."""
        data = self._data
        if data.source == sources.SAMPLE:
            return True
        read = bool(data.paths) or not data.reading.under_way
        return read and sources.prepared(sources.SAMPLE) and not self._real()

    def _real(self) -> bool:
        shipped = set(self._runs.get(SHIPPED_ID).info["files"])
        return any(path.name in shipped for path in self._data.paths)

    def notice_deleted(self) -> None:
        """See whether the run that it is compared with is still there, as `VisibleRuns` does."""
        if self._runs.is_gone(self.versus_id):
            self.versus_id = ""
            self._runs.refresh()

    @property
    def predictions(self) -> Interpretation:
        """The predictions that are looked at.

        Raises:
            Problem: their run is gone, has none, or they are damaged.
        """
        return interpretation(self._runs.get(self.run_id))

    @property
    def versus(self) -> Interpretation | None:
        """Those that they are compared with, if any.

        Raises:
            Problem: as `predictions`.
        """
        return interpretation(self._runs.get(self.versus_id)) if self.versus_id else None

    def places(self, run: Run, names: Sequence[str] | None = None) -> dict[str, Path]:
        """Where a run's photographs lie on this machine; those that are not here are left out.

        They are looked for where the run has them from, then by their names, folders included,
        among the photographs of this page: a run that comes with the package has seen the Oxford
        set somewhere else. A name that several of those have tells nothing.

        Args:
            run: whose photographs.
            names: some of them; by default those that it was validated on.
        """
        names = run.info["files"] if names is None else names
        found: dict[str, Path] = {}
        with suppress(Problem):  # a folder that is not offered to visitors
            if multi_user():
                sources.require_offered(run.recipe.data)
            found = sources.located(run.recipe.data, names)
        if found:
            return found
        return _by_name(names, self._data.paths)


def _by_name(names: Sequence[str], paths: Sequence[Path]) -> dict[str, Path]:
    """The only path that ends in each name; names that none or several end in are left out."""
    here: dict[str, list[Path]] = defaultdict(list)
    for path in paths:
        here[path.name].append(path)
    found: dict[str, Path] = {}
    for name in names:
        end = PurePosixPath(name).parts
        ending = [p for p in here.get(end[-1] if end else "", ()) if p.parts[-len(end) :] == end]
        if len(ending) == 1:
            found[name] = ending[0]
    return found


@lru_cache(maxsize=4)
def _interpretation(folder: Path, _written_ns: int) -> Interpretation:
    return read(Run(folder))


def interpretation(run: Run) -> Interpretation:
    """A run's predictions, kept in memory until they change.

    Raises:
        Problem: it has none, or they are damaged.
    """
    if not run.validated:
        return read(run)  # which says what is wrong
    return _interpretation(run.folder, (run.folder / "validation.safetensors").stat().st_mtime_ns)
