"""The app: one session and a panel for each lesson."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from petwidgets.common.errors import Problem, missing
from petwidgets.common.formatting import percent, short
from petwidgets.common.logs import keep_log
from petwidgets.engine.client import Engine
from petwidgets.panels import PANELS
from petwidgets.panels.course import Course
from petwidgets.panels.link import opened
from petwidgets.runs.store import RunStore
from petwidgets.session.session import Session
from petwidgets.widgets.base import plain
from petwidgets.widgets.page_link import PageLink

if TYPE_CHECKING:
    from petwidgets.panels.base import Panel


DRAWS = True
"""Whether lessons draw the sample unasked: without photographs each of them has pictures then."""


class _Panels(Mapping[str, "Panel"]):
    """The panels by lesson key; each is built at its first use."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._built: dict[str, Panel] = {}

    def __getitem__(self, key: str) -> Panel:
        if key not in self._built:
            self._built[key] = PANELS[key](self._session)
        return self._built[key]

    def __iter__(self) -> Iterator[str]:
        return iter(PANELS)

    def __len__(self) -> int:
        return len(PANELS)


class PetLab:
    """The app. A notebook cell shows it as its last value.

    Args:
        engine: address of a Dask scheduler such as `tcp://gpu-box:8786`. Default:
            `PETWIDGETS_ENGINE`, else a worker process of the page's own, started at its first use.
        home: folder of runs and cache. Default: `PETWIDGETS_HOME`, else the user's data folder.

    Example:
        >>> lab = PetLab()
        >>> lab.show("train")
        >>> lab.panels["train"].recipe().epochs
        12
    """

    def __init__(self, engine: str | None = None, home: str | Path | None = None) -> None:
        if home is not None:
            # The engine's worker inherits it, so that both sides speak of the same runs.
            os.environ["PETWIDGETS_HOME"] = str(Path(home).expanduser().absolute())
        keep_log()
        self.session = Session(Engine(engine), RunStore())
        self.session.data.draws = DRAWS
        self.panels: Mapping[str, Panel] = _Panels(self.session)
        self.session.lesson = first = next(iter(PANELS))
        self._course = Course(self.session, self.panels, self.show)
        self._course.show(first)
        parts = [PageLink(self.session, self._open), self._course.list, self._course.stage]
        self._frame = plain(widgets.HBox, parts, css="petwidgets-app")
        self.session.runs.observe(lambda _: self._tell_run(), ["chosen_id", "usable"])
        self._tell_run()
        self.session.observe(lambda change: self._course.show(change["new"]), "lesson")

    def show(self, lesson: str) -> None:
        """Go to a lesson.

        Raises:
            Problem: there is no such lesson.
        """
        if lesson not in PANELS:
            raise Problem(f"There is no lesson {short(lesson)!r}: choose {', '.join(PANELS)}.")
        self.session.lesson = lesson

    def _open(self, link: str) -> None:
        """Show what a link holds that somebody has shared."""
        here = self.panels[self.session.lesson]
        here.guarded(lambda: opened(link, self.panels, self.show))()

    def _tell_run(self) -> None:
        """Say in one place which run the lessons use."""
        with suppress(Problem):  # it is gone, as the lessons say
            runs = self.session.runs
            run = runs.get(runs.chosen_id) if runs.chosen_id else runs.chosen
            wrong = "" if math.isnan(run.error_rate) else f", {percent(run.error_rate)} error"
            self._course.list.run = f"Model: {run.title}{wrong}"

    def learner(self) -> Any:
        """A fastai `Learner` with the chosen run's weights and `DataLoaders` (imports torch here).

        Where the run's photographs are not on this machine, it predicts, and its `dls` is empty.

        Raises:
            Problem: the run has no weights, or fastai is not installed.
        """
        try:
            from petwidgets.learning.train.learner import learner
        except ModuleNotFoundError as error:
            raise missing(error) or error from error
        return learner(self.session.runs.chosen)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        return self._frame._repr_mimebundle_(**kwargs)
