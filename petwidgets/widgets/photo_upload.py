"""A photograph from the visitor's browser to Python, in pieces that every websocket lets through.

Python leads. Custom messages, the browser's on the left:

| browser                           | Python                                    |
|-----------------------------------|-------------------------------------------|
| `start`: `id`, `name`, `size`     | `next`: `id`, `from`, `to` (bytes wanted) |
| `piece`: `id`, `from`, one buffer | `next` again, or `arrived`: `id`, and     |
|                                   | `done`: `id` once the callbacks return    |
| `cancel`: `id`                    |                                           |
| (anything out of line)            | `dropped`: `id`, `sentence`               |
|                                   | `forget`: show none, let go of all        |

One photograph is under way at a time. A page that is given several sends them in order; a `start`
that comes while another is arriving (a reloaded page, a second tab) takes its place, since the
page that began the older one may be gone for good.
"""

from __future__ import annotations

import logging
import unicodedata
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from traitlets import Bool, Enum, Int, Unicode

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import file_size
from petwidgets.widgets.base import Part

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

PIECE = (
    512 * 1024
)  # far below tornado's limit of 10 MB a message, and small enough to keep clicks quick
NAME_LENGTH = 120
LONGEST_SUFFIX = 10  # of a name that must be cut: its end says what kind of file it is
ID_LENGTH = 64

BROKEN = "This photograph did not arrive whole; please try it again."
FAILED = "Something went wrong with this photograph; the details are in the log."
BUSY = "No photograph can be taken just now; please try it again in a moment."
REPLACED = "Another photograph took this one's place; please try it again."


class _Broken(Exception):  # noqa: N818 - never shown: it carries the details to the log
    """A message that no honest page sends."""


@dataclass
class _Arriving:
    """The photograph that is under way, as far as it has come."""

    id: str
    name: str
    size: int
    data: bytearray = field(default_factory=bytearray, repr=False)

    @property
    def wanted(self) -> int:
        return min(PIECE, self.size - len(self.data))

    def add(self, start: object, buffers: object) -> None:
        piece = _only_buffer(buffers)
        if start != len(self.data):
            raise _Broken(f"a piece from {_short(start)} where {len(self.data)} was due")
        if piece.nbytes != self.wanted:
            raise _Broken(f"a piece of {piece.nbytes} B where {self.wanted} were due")
        self.data += piece.cast("B")


class PhotoUpload(Part):
    """Takes photographs by drop, paste, file dialog or camera, and hands their bytes to Python.

    Nothing that the browser says is believed: its traits can't be set from there, and every
    piece must be the one that was asked for. The bytes themselves are not looked at: whether they
    are a picture is for the callback to judge.

    Attributes:
        max_bytes: The largest file that is taken, 25 MB unless set.
        message: A sentence shown below the drop zone, as plain text; emptied when the next
            photograph starts.
        state: `"sending"` while a photograph is arriving, else `"ready"`.
        disabled: Whether new photographs are turned away; one that is under way still arrives,
            and those that wait behind it in the page are sent once this is `False` again.
        holds: Whether the page keeps what it is given to itself for now: new photographs are
            taken, and sent once this is `False` again.
        compact: Whether the drop zone is a single row, and a photograph that has arrived is not
            shown here: for a page that shows it itself.
        frames: Whether the page sends what its open camera sees, for `CameraFrames`.

    Example:
        >>> from petwidgets.widgets.photo_upload import PhotoUpload
        >>> upload = PhotoUpload(max_bytes=10 * 2**20)
        >>> upload.on_photo(lambda name, photo: print(name, len(photo)))
        >>> upload.state
        'ready'
    """

    file = "photo_upload"

    max_bytes = Int(25 * 2**20, min=1).tag(sync=True)
    message = Unicode("").tag(sync=True)
    state = Enum(["ready", "sending"], default_value="ready").tag(sync=True)
    disabled = Bool(default_value=False).tag(sync=True)
    holds = Bool(default_value=False).tag(sync=True)
    compact = Bool(default_value=False).tag(sync=True)
    frames = Bool(default_value=False).tag(sync=True)

    def __init__(self, **kwargs: Any) -> None:
        self._arriving: _Arriving | None = None
        self._callbacks: list[Callable[[str, bytes], None]] = []
        super().__init__(**kwargs)
        self.on_msg(self._receive)

    def on_photo(self, callback: Callable[[str, bytes], None]) -> None:
        """Have `callback` called with each photograph's file name and bytes, once it is complete.

        The name is a base name of at most 120 characters without control characters, but still
        the visitor's text: escape it wherever it becomes HTML. The kernel answers nobody while
        the callback runs, so long work belongs in the engine. A `Problem` that it raises is shown
        as it stands; anything else goes to the log, and the page says so.

        Args:
            callback: Takes the file name and the bytes. Several may be registered; each is called.

        Example:
            >>> arrived = []
            >>> PhotoUpload().on_photo(lambda name, photo: arrived.append((name, photo)))
        """
        self._callbacks.append(callback)

    def forget(self) -> None:
        """Have the page show no photograph, and let go of those that are under way or wait."""
        self._forget()
        self.message = ""
        self.send({"kind": "forget"})

    def _receive(self, _widget: object, content: object, buffers: object) -> None:
        try:
            self._dispatch(content, buffers)
        except _Broken as broken:
            logger.warning("An upload was dropped: %s", broken)
            self._drop(BROKEN)
        except Exception:  # the boundary: Voila shows no exception of a callback
            logger.exception("An upload failed")
            self._drop(FAILED)

    def _dispatch(self, content: object, buffers: object) -> None:
        if not isinstance(content, dict):
            raise _Broken(f"a message that is no object: {_short(content)}")
        kind, key = content.get("kind"), content.get("id")
        if not isinstance(key, str) or not 0 < len(key) <= ID_LENGTH:
            raise _Broken(f"a message with the id {_short(key)}")
        if kind in ("frame", "closed"):  # of the camera, for `CameraFrames`
            return
        if kind == "start":
            self._start(key, _text(content.get("name")), _count(content.get("size")))
        elif kind not in ("piece", "cancel"):
            raise _Broken(f"a message of the kind {_short(kind)}")
        elif self._arriving is None or self._arriving.id != key:
            self._stray(kind, key)
        elif kind == "cancel":
            self._forget()
        else:
            self._piece(self._arriving, content.get("from"), buffers)

    def _start(self, key: str, name: str, size: int) -> None:
        refusal = self._refusal(name, size)
        if refusal:
            self._refuse(key, refusal)
            return
        if self._arriving:
            self._tell_dropped(self._arriving.id, REPLACED)
        self._arriving = _Arriving(key, name, size)
        self.message = ""
        self.state = "sending"
        self._ask(self._arriving)

    def _refusal(self, name: str, size: int) -> str:
        if self.disabled:
            return BUSY
        if not size:
            return f"{name} is empty; choose another photograph."
        if size > self.max_bytes:
            return f"{name} is larger than {file_size(self.max_bytes)}; choose a smaller one."
        return ""

    def _refuse(self, key: str, refusal: str) -> None:
        self.message = ""  # so that the page hears the same sentence twice
        self.message = refusal
        self._tell_dropped(key)

    def _piece(self, arriving: _Arriving, start: object, buffers: object) -> None:
        arriving.add(start, buffers)
        if arriving.wanted:
            self._ask(arriving)
        else:
            self._finish(arriving)

    def _finish(self, arriving: _Arriving) -> None:
        photo = bytes(arriving.data)
        arriving.data.clear()  # a callback may take long, and one copy is enough
        self._forget()
        self.send({"kind": "arrived", "id": arriving.id})
        for callback in self._callbacks:
            self._hand_over(callback, arriving.name, photo)
        self.send({"kind": "done", "id": arriving.id})

    def _hand_over(self, callback: Callable[[str, bytes], None], name: str, photo: bytes) -> None:
        try:
            callback(name, photo)
        except Problem as problem:
            self.message = str(problem)
        except Exception:  # the boundary: Voila shows no exception of a callback
            logger.exception("A photograph of %d bytes could not be used", len(photo))
            self.message = FAILED

    def _ask(self, arriving: _Arriving) -> None:
        start = len(arriving.data)
        end = start + arriving.wanted
        self.send({"kind": "next", "id": arriving.id, "from": start, "to": end})

    def _stray(self, kind: str, key: str) -> None:
        """Turn away what belongs to no upload, which a replaced page's last piece does too."""
        if kind == "piece":
            logger.warning("A piece came for the unknown upload %s", _short(key))
            self._tell_dropped(key, REPLACED)

    def _drop(self, sentence: str) -> None:
        dropped = self._arriving
        self._forget()
        self.message = sentence
        if dropped:
            self._tell_dropped(dropped.id)

    def _tell_dropped(self, key: str, sentence: str = "") -> None:
        """End it in its own page; a sentence is given here when `message` doesn't carry it."""
        self.send({"kind": "dropped", "id": key, "sentence": sentence})

    def _forget(self) -> None:
        self._arriving = None
        self.state = "ready"


def _only_buffer(buffers: object) -> memoryview:
    if not isinstance(buffers, (list, tuple)) or len(buffers) != 1:
        raise _Broken("a piece that is not one buffer")
    try:
        return memoryview(buffers[0])
    except TypeError as error:
        raise _Broken("a piece that is not bytes") from error


def _count(size: object) -> int:
    if type(size) is not int or size < 0:  # True is an int too, but no size
        raise _Broken(f"a size of {_short(size)}")
    return size


def _text(name: object) -> str:
    if not isinstance(name, str):
        raise _Broken(f"a name of {_short(name)}")
    return _clean_name(name)


def _clean_name(name: str) -> str:
    """Reduce what a browser calls a file to a short base name without invisible characters."""
    base = name[-10_000:].replace("\\", "/").rsplit("/", 1)[-1]
    seen = "".join(c for c in base if unicodedata.category(c)[0] != "C").strip()
    if not seen.strip("."):
        return "photograph"
    suffix = PurePosixPath(seen).suffix
    suffix = suffix if len(suffix) <= LONGEST_SUFFIX else ""
    return seen.removesuffix(suffix)[: NAME_LENGTH - len(suffix)] + suffix


def _short(value: object) -> str:
    """Show what came from outside in the log, but never all of it."""
    return repr(value)[:80]
