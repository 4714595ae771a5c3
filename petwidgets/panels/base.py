"""Base of every panel: a heading, a body, and the folds Code and Why."""

from __future__ import annotations

import functools
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import ipywidgets as widgets

from petwidgets.common.errors import Problem, sentence
from petwidgets.panels.link import of_form
from petwidgets.session.session import Session
from petwidgets.widgets.base import PLAIN, VBox, plain
from petwidgets.widgets.folds import Folds
from petwidgets.widgets.heading import Heading
from petwidgets.widgets.theme import theme

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from concurrent.futures import Future

    from traitlets import HasTraits

    from petwidgets.panels.link import Setting
    from petwidgets.session.task import Task
    from petwidgets.widgets.form import Form

R = TypeVar("R")

PRESS, ANSWER = "press", "answer"
"""Origins of a problem, beside a task, a drawing and the link."""


class Panel(VBox):
    """One lesson. Subclasses set the class attributes and fill `body`.

    Args:
        session: whose choices are shown; a panel alone makes its own.
    """

    key = ""
    title = ""
    lead = ""
    why = ""

    def __init__(self, session: Session | None = None) -> None:
        self.session = session or _own_session()
        self.heading = Heading(title=self.title, lead=self.lead)
        self.body = plain(widgets.VBox)
        self.folds = Folds(why=self.why)
        parts = [theme(), self.heading, self.body, self.folds]
        super().__init__(parts, layout=PLAIN, _dom_classes=("petwidgets-panel",))
        self._alone, self._drawing = False, False
        self._late: dict[Callable[[], None], None] = {}
        """What is drawn once the panel is in sight, in order."""
        self._shared: list[Callable[[], list[Setting]]] = []
        self._asking: list[Callable[[], None]] = []
        """What is drawn whenever the lesson comes into sight."""
        self.session.observe(self._catch_up, "lesson")

    def guarded(self, callback: Callable[..., Any]) -> Callable[..., None]:
        """The callback, whose exceptions become a sentence on this panel.

        Voila shows an exception of a callback nowhere, not even in its log: so every callback of
        every panel goes through here.
        """

        @functools.wraps(callback)
        def run(*args: Any, **kwargs: Any) -> None:
            if not self._drawing:  # a form that a drawing sets is no press
                self.heading.clear()
            self._attempt(lambda: callback(*args, **kwargs), PRESS)

        return run

    def _attempt(self, act: Callable[[], object], origin: object) -> None:
        self.heading.say("", origin)
        try:
            act()
        except Exception as error:  # noqa: BLE001 - the page must say something and live on
            self.heading.say(sentence(error), origin)

    def when(
        self,
        future: Future[R],
        show: Callable[[R], object],
        *,
        failed: Callable[[], object] = lambda: None,
        wanted: Callable[[], bool] = lambda: True,
        about: str = "",
    ) -> None:
        """Show a result once the engine has it, or say on this panel why there is none.

        That happens in the engine's thread, or at once if the result is there already. Nothing
        happens if the request is cancelled.

        Args:
            future: of `Engine.quick` or `Latest.ask`.
            show: is given the result.
            failed: is called first where there is none.
            wanted: whether the result is of use still, when it comes.
            about: the name of what the problem is about, such as a photograph's.
        """

        def answered() -> None:
            if problem := future.exception():
                failed()
                raise Problem(f"{about}: {problem}" if about else str(problem))
            show(future.result())

        def heard(done: Future[R]) -> None:
            with self._draws():  # answers come in threads, several at a time
                if not done.cancelled() and wanted():
                    self._attempt(answered, ANSWER)

        future.add_done_callback(heard)

    def forget_answer(self) -> None:
        """Say no more why there was no answer to a question that nobody asks now."""
        self.heading.say("", ANSWER)

    def share(self, form: Form, private: Collection[str] = (), never: Collection[str] = ()) -> None:
        """Have a link to this lesson carry what a form says.

        Args:
            form: whose values.
            private: names of fields that no link carries.
            never: values that no link carries.
        """
        self._shared.append(lambda: of_form(form, private, never))

    def shared(self) -> list[Setting]:
        """What a link to this lesson carries, in the order in which it is taken."""
        return [setting for settings in self._shared for setting in settings()]

    def keep(self, form: Form, key: str = "", private: Collection[str] = ()) -> None:
        """Have the session remember what a form says, and links carry it.

        Args:
            form: whose values a reload brings back.
            key: under which they are kept; by default the panel's own.
            private: names of fields that no link carries.
        """
        key = key or self.key
        self.share(form, private)

        def said(values: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
            own = {**settings.get(key, {}), **values}  # a panel may keep several forms
            return {**settings, key: own}

        # In sight or not: its values are asked for.
        self.bind(form, self.session, "settings", lambda s: s.get(key, {}), said, always=True)

    def bind(
        self,
        form: Form,
        model: HasTraits,
        name: str,
        shown: Callable[[Any], dict[str, Any]],
        said: Callable[[dict[str, Any], Any], object],
        *,
        always: bool = False,
    ) -> None:
        """Show a trait of a model in a form, and set it to what is said there.

        Args:
            form: which shows it.
            model: which has the trait.
            name: the trait's.
            shown: the form's values for a value of the trait.
            said: the trait's value for the form's values, given its value until now.
            always: whether it is shown while the panel is out of sight, too.
        """

        def show() -> None:
            with form.showing():
                form.set(**shown(getattr(model, name)))

        def say() -> None:
            setattr(model, name, said(form.values, getattr(model, name)))

        if always:
            model.observe(lambda _: self._draw_now(show), name)
            # What was chosen may become an option just now; where it is none, nobody chose another.
            form.observe(lambda _: self._draw_now(show), "fields")
            self._draw_now(show)
        else:
            self.follow(name, show, of=model)
        form.on_said(self.guarded(say))

    @property
    def shown(self) -> bool:
        """Whether it is in sight: as the lesson of the page, or by itself."""
        return self._alone or self.session.lesson in ("", self.key)

    def follow(
        self,
        names: str | list[str],
        draw: Callable[[], None],
        of: HasTraits | None = None,
        *,
        asks: bool = False,
    ) -> None:
        """Draw now, and again after each change of one of these traits, once it is in sight.

        Args:
            names: traits of the session or its parts: `settings`, `data.dataset`.
            draw: is called without arguments.
            of: what has the traits, instead of the session.
            asks: whether drawing asks for work: the first one, too, waits until it is in sight,
                and whenever the lesson comes into sight it is drawn, for what has failed.
        """
        changed = self.in_sight(draw)
        for name in [names] if isinstance(names, str) else names:
            *parts, trait = name.split(".")
            functools.reduce(getattr, parts, of or self.session).observe(changed, trait)
        if asks:
            self._asking.append(draw)
        changed() if asks else self._draw_now(draw)

    def tell_of(self, task: Task) -> None:
        """Say on this panel why a task failed, was broken off or could not start.

        That is said when the task begins or ends, not with each event of it: what a press was
        refused for stays to be read. Of other photographs or labels nothing is said.
        """

        def say() -> None:
            if task.problem or task.state != "running":
                self.heading.say("", PRESS)  # it may have been refused for the task's sake
                self.heading.say(self.problem_of(task), task)

        self.follow(["state", "problem"], say, of=task)
        self.follow(["data.source", "data.pattern"], say)

    def problem_of(self, task: Task) -> str:
        """Why a task failed; empty if that was about other photographs or labels."""
        return task.problem if self.session.concerns(task) else ""

    def in_sight(self, draw: Callable[[], None]) -> Callable[..., None]:
        """A callback that draws now if the panel is in sight, else once it is."""

        def changed(_change: Any = None) -> None:
            if self.shown:
                self._draw_now(draw)
            else:
                self._late[draw] = None

        return changed

    def _draw_now(self, draw: Callable[[], None]) -> None:
        with self._draws():
            self._attempt(draw, draw)

    @contextmanager
    def _draws(self) -> Iterator[None]:
        """What is set in two threads at a time would be drawn twice at a time, too."""
        with self.session.drawing:
            outer, self._drawing = self._drawing, True
            try:
                yield
            finally:
                self._drawing = outer

    def _catch_up(self, _change: Any = None) -> None:
        """Draw what has changed while it was not in sight, and what asks for work."""
        if self.session.lesson == self.key:
            self._late |= dict.fromkeys(self._asking)
        while self.shown and self._late:
            draw = next(iter(self._late))
            del self._late[draw]
            self._draw_now(draw)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        self._alone = True
        self._catch_up()
        return super()._repr_mimebundle_(**kwargs)


def _own_session() -> Session:
    from petwidgets.engine.client import Engine
    from petwidgets.runs.store import RunStore

    return Session(Engine(), RunStore())
