"""Store sessions in `sessions/<random 128-bit id>.json`, so that a reloaded page continues.

The id is the key to its session. It is in the fragment of the page's address, which browsers do not
send to servers, and no page lists ids. Runs name their visitor by a hash of the id.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from petwidgets.common import arrivals
from petwidgets.common.errors import Problem
from petwidgets.common.paths import bounded_int, home, write_json
from petwidgets.data import label_store, sources
from petwidgets.session.merge import merged

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from petwidgets.runs.run import Run
    from petwidgets.runs.store import RunStore

log = logging.getLogger(__name__)

DAYS = 7
"""So long after a visitor was last seen, the session and its runs are removed."""

FEWEST_DAYS, MOST_DAYS = 1 / 24, 36_500
"""An hour, within which an open page is seen often, and a century."""

LONGEST_GAP = 86_400.0
"""Longest gap in seconds between two sweeps of a running server; a longer one is no absence."""

LABELLED = ("source", "pattern")
"""Names of two values that belong together: photographs, and what labels them."""

LARGEST = 4_000_000
"""Characters of a session's file: 50,000 decisions about labels."""


def multi_user() -> bool:
    """Whether pages belong to visitors who must not see each other's runs.

    So it is under Voila, but for a page that its owner opens on the machine that serves it
    (`server.address.Address.is_owners`); in a notebook everything in the home is its user's own.
    `PETWIDGETS_VISITORS` (0 or 1) says it where none of this tells.
    """
    said = os.environ.get("PETWIDGETS_VISITORS", "")
    if said:
        return said != "0"
    if os.environ.get(arrivals.VARIABLE):
        return not arrivals.came_straight()
    return "VOILA_PREHEAT" in os.environ


SWEPT = ".swept"
"""The file whose time is that of the last sweep."""


FOLDERS = re.compile(r"""(?<![^\s'"(\[,:=])(?:~|[A-Za-z]:)?[/\\](?:[^/\\'",;:\s]+[/\\])+""")
"""The folders of an absolute path in a sentence, up to its last name."""


def discreet(sentence: str) -> str:
    """A sentence for a visitor: of a path only the last name is left, and the log has all of it."""
    if not ("/" in sentence or "\\" in sentence) or not multi_user():
        return sentence
    said = sentence
    for root in _roots():
        said = said.replace(f"{root}{os.sep}", "").replace(root, "the server's folder")
    said = FOLDERS.sub("", said)
    if said != sentence:
        log.info("a visitor was told %r of: %s", said, sentence)
    return said


def _roots() -> list[str]:
    """Folders of the server's, whose names may hold blanks; the longest first."""
    own = sources.named(os.environ.get("PETWIDGETS_DATA", ""))
    user = os.path.expanduser("~")  # noqa: PTH111 - Path's own raises where there is none
    places = {os.path.realpath(home()), *map(str, (home(), user, own))}
    return sorted(filter(os.path.isabs, places - {os.sep}), key=len, reverse=True)


@dataclass(frozen=True)
class Visit:
    """A session's file."""

    path: Path

    @property
    def id(self) -> str:
        """128 random bits, in hexadecimal."""
        return self.path.stem

    @property
    def visitor(self) -> str:
        """A public name of the visitor, from which the session can't be found."""
        return hashlib.sha256(self.id.encode()).hexdigest()[:16]

    def state(self) -> dict[str, Any]:
        """Read the stored state; empty if the file is damaged, which only loses choices."""
        try:
            state = json.loads(self.path.read_text("utf-8"), parse_int=bounded_int)
        except (OSError, ValueError, RecursionError):
            log.warning("session %s can't be read and begins anew", self.visitor, exc_info=True)
            return {}
        return state if isinstance(state, dict) else {}

    def keep(self, **changes: Any) -> None:
        """Write `changes`. Two tabs may do so at once; each leaves a whole file.

        Raises:
            Problem: it is too much, the disk is full, or the home can't be written.
        """
        self._write({**self._there(), **changes})

    def keep_changes(self, before: dict[str, Any], now: dict[str, Any]) -> None:
        """Write what a page has changed; what another page of the session has written stays.

        Args:
            before: the state that this page read or wrote last.
            now: its state; all of it is written where there is none.

        Raises:
            Problem: as `keep`.
        """
        there = self._there()
        state = merged(there, before, now) if there else now
        if any(now.get(key) != before.get(key) for key in LABELLED):
            state |= {key: now[key] for key in LABELLED if key in now}
        self._write(state)

    def _there(self) -> dict[str, Any]:
        return self.state() if self.path.exists() else {}

    def _write(self, state: dict[str, Any]) -> None:
        size = len(json.dumps(state))
        if size > LARGEST:
            raise Problem(
                f"A session of {size:,} characters is not kept: {LARGEST:,} are the most."
            )
        write_json(self.path, state)

    def touch(self) -> None:
        """The visitor is still there: the time at which the file was written tells `sweep`."""
        os.utime(self.path)


class VisitStore:
    """The sessions of one home."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = (folder or home()) / "sessions"

    def arrive(self, identity: str) -> Visit:
        """The session with this id; a new one if there is none, or the id is no id.

        Raises:
            Problem: the home can't be written.
        """
        known = Visit(self.folder / f"{identity}.json")
        if not re.fullmatch(r"[0-9a-f]{32}", identity) or not known.path.is_file():
            known = Visit(self.folder / f"{secrets.token_hex(16)}.json")
        known.keep()
        return known

    def sweep(self, store: RunStore, days: float = DAYS) -> list[str]:
        """Remove sessions that were not used for so many days, and the runs of their visitors.

        Runs without a visitor, made in a notebook or on the command line, stay. Only days on which
        this is called count.

        Returns:
            Ids of the runs that were removed.
        """
        now = time.time()
        self._discount(now)
        oldest = now - days * 86_400
        seen = {Visit(path): when for path, when in _times(self.folder).items()}
        stays = {visit.visitor for visit, when in seen.items() if when >= oldest}
        removed = [
            run.id for run in store.list() if _is_over(run, stays, oldest) and _delete(run, store)
        ]
        for visit in seen:
            if visit.visitor not in stays:
                visit.path.unlink(missing_ok=True)
        label_store.sweep([str(v.state().get("pattern")) for v in seen if v.path.exists()], days)
        return removed

    def _discount(self, now: float) -> None:
        """Do not count time in which no server ran, or by which the clock jumped.

        A file is touched at every sweep. If its time is too old, the times of all sessions move
        forward by the gap. If a time is in the future, the clock was set back, and it becomes now.
        """
        marker = self.folder / SWEPT
        try:
            gap = now - marker.stat().st_mtime
        except OSError:
            gap = 0.0
        labels = _times(self.folder.with_name("labels"))
        for path, when in (_times(self.folder) | labels).items():
            then = min(now, when + gap if gap > LONGEST_GAP else when)
            if then != when:
                with suppress(OSError):
                    os.utime(path, (then, then))
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            marker.touch()
            os.utime(marker, (now, now))
        except OSError as error:
            log.warning("the time of this sweep can't be kept: %s", error)


def _times(folder: Path) -> dict[Path, float]:
    """When each JSON file in a folder was last touched; one that goes meanwhile is left out."""
    found = {}
    for path in folder.glob("*.json"):
        with suppress(OSError):
            found[path] = path.stat().st_mtime
    return found


def _is_over(run: Run, stays: Collection[str], oldest: float) -> bool:
    """Whether its visitor has been away too long; a damaged run.json has no date."""
    visitor = run.owner.visitor
    return bool(visitor) and visitor not in stays and run.info.get("created", 0) < oldest


def _delete(run: Run, store: RunStore) -> bool:
    try:
        store.delete(run.id)
    except (Problem, OSError) as problem:  # it is being trained, or has just been deleted
        log.info("kept for now: %s", problem)
        return False
    return True
