"""What panels share: colours, type, what controls look like, and the shared parts' code."""

from __future__ import annotations

import functools
from pathlib import Path

from petwidgets.ui.bars import Bars
from petwidgets.ui.chart import Chart
from petwidgets.ui.dots import Dots
from petwidgets.ui.folds import Folds
from petwidgets.ui.form import Form
from petwidgets.ui.gallery import Gallery
from petwidgets.ui.groups import Groups
from petwidgets.ui.heading import Heading
from petwidgets.ui.lead import Lead
from petwidgets.ui.loupe import Loupe
from petwidgets.ui.part import COMING, Part, Shared
from petwidgets.ui.picks import Picks
from petwidgets.ui.rule import Rule
from petwidgets.ui.scroller import Scroller
from petwidgets.ui.sheet import Sheet
from petwidgets.ui.strip import Strip
from petwidgets.ui.table import Table
from petwidgets.ui.transfer import Transfer
from petwidgets.ui.viewer import Viewer

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
