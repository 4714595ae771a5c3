"""The shared theme: colours, type, controls, and the code of shared parts."""

from __future__ import annotations

import functools
from pathlib import Path

from petwidgets.widgets.bars import Bars
from petwidgets.widgets.base import COMING, Part, Shared
from petwidgets.widgets.blocker import Lead
from petwidgets.widgets.checkbox_table import Picks
from petwidgets.widgets.file_transfer import Transfer
from petwidgets.widgets.folds import Folds
from petwidgets.widgets.form import Form
from petwidgets.widgets.gallery import Gallery
from petwidgets.widgets.heading import Heading
from petwidgets.widgets.interval_dots import Dots
from petwidgets.widgets.layer_groups import Groups
from petwidgets.widgets.lightbox import Viewer
from petwidgets.widgets.line_chart import Chart
from petwidgets.widgets.loupe import Loupe
from petwidgets.widgets.number_table import Sheet
from petwidgets.widgets.slide_rule import Rule
from petwidgets.widgets.stepper import Strip
from petwidgets.widgets.table import Table
from petwidgets.widgets.thumbnail_grid import Scroller

PARTS: tuple[type[Shared], ...] = (
    Bars,
    Chart,
    Dots,
    Folds,
    Form,
    Gallery,
    Groups,
    Heading,
    Lead,
    Loupe,
    Picks,
    Rule,
    Scroller,
    Sheet,
    Strip,
    Table,
    Transfer,
    Viewer,
)


def _module() -> str:
    codes = ",".join(f"{part.__name__}:{part.module()}" for part in PARTS)
    # One theme's code is as good as another's, so that the first to come need not be replaced.
    return f"({COMING}).here({{{codes}}});export default{{render(){{}}}};"


class Theme(Part):
    """Shows nothing; it brings `theme.css`, and code and style of every `Shared` part.

    Example:
        >>> theme() is theme()
        True
    """

    _esm = _module()
    _css = Path(__file__).with_suffix(".css")

    def __init__(self) -> None:
        super().__init__(_css="".join([str(self._css), *(part.style_sheet() for part in PARTS)]))


@functools.cache
def theme() -> Theme:
    """The one that all panels of a kernel show: it is sent to a page once."""
    return Theme()
