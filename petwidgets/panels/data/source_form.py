"""Choose where photographs come from, and how their names give the breed."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import ipywidgets as widgets

from petwidgets.common.errors import Problem
from petwidgets.data import sources
from petwidgets.panels.data.label_file import LabelFile
from petwidgets.recipes.labelling import table_id, written
from petwidgets.widgets.base import HIDDEN, plain, show
from petwidgets.widgets.fields import button, choice, text
from petwidgets.widgets.folder_browser import FolderBrowser
from petwidgets.widgets.form import Form
from petwidgets.widgets.progress import Progress

if TYPE_CHECKING:
    from petwidgets.panels.base import Panel
    from petwidgets.widgets.fields import Field

OWN = "own"
"""The choice of a folder of one's own."""


class SourceForm:
    """Fields of a source, this machine's folders, a file of labels, and the reading's progress.

    Args:
        panel: whose session reads the photographs, and where problems are said.

    Attributes:
        parts: its widgets, in the order in which the panel shows them.
    """

    def __init__(self, panel: Panel) -> None:
        self._session, self._guarded = panel.session, panel.guarded
        data = self._session.data
        self.form = Form(_fields(data.noun), pattern=written(data.pattern))
        panel.share(self.form, private=("folder",), never=(OWN,))
        self.folder_box = plain(widgets.VBox, css=HIDDEN)
        self.label_file = LabelFile(self._session, panel.guarded, lambda: self.form["pattern"])
        self.progress = Progress(panel.guarded(lambda _: self._session.data.reading.stop()))
        self.parts = [self.form, self.folder_box, self.label_file, self.progress]
        self.form.on_press("read", panel.guarded(self._read))
        self.form.observe(panel.guarded(lambda _: self._choose()), "values")
        panel.follow(["data.source", "data.pattern"], self._show)
        panel.follow(["data.source", "data.dataset"], self._name_labels)
        panel.follow(["state", "progress"], self._draw_progress, of=self._session.data.reading)

    def _show(self) -> None:
        source = self._session.data.source
        own = source not in sources.sources()
        here = {"folder": source} if own else {}
        table = table_id(self._session.data.pattern)
        here |= {} if table else {"pattern": self._session.data.pattern}
        self.form.change("pattern", hidden=bool(table))
        self.label_file.show()
        self.form.set(source=OWN if own else source, **here)
        self._choose()

    def _name_labels(self) -> None:
        noun = self._session.data.noun
        self.form.change("pattern", label=_from_name(noun))
        self.label_file.name_labels(noun)

    def _choose(self) -> None:
        source = self.form["source"]
        ready = source == OWN or sources.prepared(source)
        self.form.change("folder", hidden=source != OWN)
        self.form.change("read", label="Show" if ready else f"Get them ({_cost(source)})")
        self._offer_folders(own=source == OWN)

    @cached_property
    def folders(self) -> FolderBrowser:
        """The folders of this machine; a page is sent them when it is to choose one."""
        made = FolderBrowser(self._take_folder, self._session.data.check_choice, self._present)
        made.on_msg(self._guarded(lambda _widget, message, _buffers: made.hear(message)))
        return made

    def _offer_folders(self, *, own: bool) -> None:
        """Show the list to whom any folder may be shown, open while no folder is named."""
        offered = own and self._session.data.may_choose_folders
        show(self.folder_box, visible=offered)
        if offered and not self.folder_box.children:
            self.folder_box.children = [self.folders]
            if not self._typed():
                self.folders.hear({"go": "start"})

    def _present(self) -> str:
        """The folder that is typed, or shown."""
        shown = self._session.data.source
        return self._typed() or (shown if shown not in sources.TITLES else "")

    def _typed(self) -> str:
        typed = str(self.form["folder"])
        chosen = typed == self._session.data.source  # it may end in a space
        return typed if chosen else typed.strip()

    def _take_folder(self, folder: str) -> None:
        self.form.set(source=OWN, folder=folder)
        self._show_photographs(folder)

    def _read(self) -> None:
        source = self.form["source"]
        source = self._typed() if source == OWN else source
        if not source:
            raise Problem("Type the path of a folder that holds photographs.")
        for browser in self.folder_box.children:
            browser.opened = False  # the photographs are to be in sight
        self._show_photographs(source)

    def _show_photographs(self, source: str) -> None:
        self._session.data.read(source, self.label_file.pattern or self.form["pattern"])
        self.label_file.waiting = ""

    def _draw_progress(self) -> None:
        done, total = self._session.data.reading.progress
        self.form.change("read", disabled=self._session.data.reading.under_way)
        if self._session.data.reading.under_way:
            self.progress.show(f"{_amount(done)} of {_amount(total)}", done, total)
        else:
            self.progress.hide()
            self._choose()


def _fields(noun: str) -> list[Field]:
    known = [(source, sources.title(source)) for source in sources.sources()]
    return [
        choice("source", "Photographs", [*known, (OWN, "A folder of my own")]),
        text("folder", "Folder", placeholder="/path/to/photographs", hidden=True),
        text("pattern", _from_name(noun)),
        button("read", "Show", primary=True),
    ]


def _from_name(noun: str) -> str:
    return f"{noun.capitalize()} from the name"


def _cost(source: str) -> str:
    return "811 MB" if source == sources.OXFORD else "drawn in half a minute"


def _amount(count: int) -> str:
    return f"{count / 1e6:,.0f} MB" if count > 10**6 else f"{count:,}"
