"""Review doubtful photographs one by one, by keyboard.

Custom messages of the browser: `{"do": "keep"}`, `{"do": "leave_out"}`, `{"do": "relabel",
"breed": ...}`, `{"do": "clear"}` (take a decision back), `{"do": "undo"}`, `{"do": "redo"}`,
`{"go": -1}` and `{"go": 1}`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from traitlets import Bool, Bytes, Dict, List, Unicode

from petwidgets.widgets.base import Part

if TYPE_CHECKING:
    from collections.abc import Callable


class ReviewCard(Part):
    """Shows `item`; its keys are those that its buttons name.

    `item` is `{"title", "mark", "tone", "guess", "problem", "facts"}`: what was decided and how
    that is coloured, the breed that is offered first, and pairs of name and value. `breeds` are
    pairs of value and text.

    Args:
        decided: called with what was decided, and a breed or nothing.
        gone: called with -1 or 1 when the one before or after is asked for.

    Example:
        >>> ReviewCard(print, print).where
        ''
    """

    file = "review_card"

    item = Dict().tag(sync=True)
    jpeg = Bytes().tag(sync=True)
    breeds = List(List(Unicode())).tag(sync=True)
    empty = Unicode(help="why there is no item").tag(sync=True)
    where = Unicode(help="which of how many").tag(sync=True)
    said = Unicode(help="what was done last").tag(sync=True)
    undoes = Bool(default_value=False).tag(sync=True)
    redoes = Bool(default_value=False).tag(sync=True)

    def __init__(
        self, decided: Callable[[str, str], Any], gone: Callable[[int], Any], **traits: Any
    ) -> None:
        super().__init__(**traits)
        self._decided, self._gone = decided, gone
        self.on_msg(self._hear)

    def _hear(self, _widget: Any, content: Any, _buffers: Any) -> None:
        if not isinstance(content, dict):
            return
        if content.get("go") in (-1, 1):
            self._gone(content["go"])
        elif isinstance(content.get("do"), str):
            self._decided(content["do"], str(content.get("breed", "")))
