"""Exports of runs that strangers bring along: refused in a sentence, or sound for every reader."""

from __future__ import annotations

import json
import shutil
import struct
from typing import TYPE_CHECKING, Any

import pytest
from damage import ODD_TEXTS, altered, clear, damaged, fuzzed
from fakes import FakeEngine, OurSession
from hypothesis import given
from hypothesis import strategies as st
from seeds import EVENTS, finished
from small_run import entries, zipped

from petwidgets.cli.runs import summary
from petwidgets.common.errors import Problem
from petwidgets.engine.queue import position_and_eta
from petwidgets.export.model_card import card
from petwidgets.export.run_summary import account
from petwidgets.metrics import comparison
from petwidgets.metrics.epochs import early_stopping
from petwidgets.metrics.predictions import described
from petwidgets.panels.training.run_rows import row
from petwidgets.panels.training.runs import RunsPanel
from petwidgets.panels.training.train import TrainPanel
from petwidgets.runs.import_export import packed, take
from petwidgets.runs.replay import Replay
from petwidgets.runs.run import SHIPPED_ID, Run
from petwidgets.runs.safe_zip import LARGEST
from petwidgets.runs.schema import INFO
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Errors

VISITOR = "0123456789abcdef"
STATES = ("finished", "stopped", "failed")

OWNER = "owner.json"
"""What a store adds."""

Parts = dict[str, bytes]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Parts:
    """The files of a small export."""
    return entries(packed(finished(RunStore(tmp_path_factory.mktemp("sound")))))


class Alone(RunStore):
    """Without the recorded runs, which would be read for every example."""

    def recorded(self) -> list[Run]:
        return []


class Home:
    """A home of its own, in which nothing but runs may appear, and panels that show them."""

    def __init__(self, folder: Path, errors: Errors) -> None:
        self.folder, self.errors = folder, errors
        self.session = OurSession(FakeEngine(), Alone(folder))  # type: ignore[arg-type]
        self.runs, self.train = RunsPanel(self.session), TrainPanel(self.session)

    def taken(self, content: bytes) -> Run | None:
        """The run of an export; None where it was refused."""
        store = RunStore(self.folder)
        shutil.rmtree(store.folder, ignore_errors=True)
        try:
            run = take(content, store, VISITOR)
        except Problem as problem:
            clear(problem, self.folder)
            assert not store.folder.exists() or not [*store.folder.iterdir()]
            run = None
        assert {path.name for path in self.folder.iterdir()} <= {"runs"}
        return run

    def require_readable(self, run: Run) -> None:
        """Every reader of runs makes something of it."""
        assert run.state in STATES
        assert run.info["visitor"] == VISITOR
        assert {path.name for path in run.folder.iterdir()} <= {*LARGEST, OWNER}
        assert all(isinstance(cell, str) for cell in row(run))
        assert summary(run)
        others = [run, Run(RunStore(self.folder).get(SHIPPED_ID).folder)]
        early_stopping(run, others)
        comparison.differing([other.recipe for other in others])
        assert position_and_eta(run, [run.id]) == (0, 0.0)
        self._predictions(run)
        self._round_trip(run)
        self._panels(run)

    def _predictions(self, run: Run) -> None:
        try:
            told = account(run)
        except Problem as problem:
            clear(problem, self.folder)
            return
        assert card(told, 100)
        assert all(described(told.found, i) for i in range(told.n))
        assert all(isinstance(value, str) for _, value in told.settings)

    def _round_trip(self, run: Run) -> None:
        again = take(packed(run), RunStore(self.folder), VISITOR)
        assert again.recipe == run.recipe
        own = ("id", "origin", "imported", "created")
        told = [{k: v for k, v in r.info.items() if k not in own} for r in (again, run)]
        assert json.dumps(told[0]) == json.dumps(told[1])
        assert json.dumps(again.events()) == json.dumps(run.events())
        RunStore(self.folder).delete(again.id)

    def _panels(self, run: Run) -> None:
        """Compared, and replayed to its end, without a fault of ours."""
        self.session.runs.refresh()
        self.runs._draw()
        self.runs.picks.chosen = [run.id]
        try:
            replay = Replay(run, self.session.training.hear)
        except Problem as problem:
            clear(problem, self.folder)
        else:
            self.session.training.begin()
            self.session.training.worker = replay
            replay._due = lambda: [[event] for _, event in replay._events]  # type: ignore[method-assign]
            replay._play()
            self.session.training.worker = None
        self.errors.require_none()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, errors: Errors) -> Home:
    return Home(tmp_path_factory.mktemp("home"), errors)


def test_a_sound_run_is_read_by_all(sound: Parts, place: Home) -> None:
    """What is damaged below is whole here."""
    run = place.taken(zipped(sound))
    assert run is not None
    place.require_readable(run)


CLAIMS = [*INFO, "id", "kind", "parent", "visitor", "imported", "attempt", "search"]


@fuzzed(60)
@given(data=st.data())
def test_another_run_json(sound: Parts, place: Home, data: Any) -> None:
    info = data.draw(altered([json.loads(sound["run.json"])], CLAIMS))
    run = place.taken(zipped({**sound, "run.json": json.dumps(info).encode()}))
    if run is not None:
        place.require_readable(run)


KEYS = [*{key: None for event in EVENTS for key in event}]


@fuzzed(60)
@given(events=st.lists(altered(EVENTS, KEYS) | st.sampled_from(EVENTS), min_size=1, max_size=8))
def test_other_events(sound: Parts, place: Home, events: list[Any]) -> None:
    lines = "".join(json.dumps(event) + "\n" for event in events)
    run = place.taken(zipped({**sound, "events.jsonl": lines.encode()}))
    if run is not None:
        place.require_readable(run)


@fuzzed(50)
@given(data=st.data())
def test_an_entry_of_other_bytes(sound: Parts, place: Home, data: Any) -> None:
    name = data.draw(st.sampled_from(sorted(sound)))
    content = data.draw(damaged([sound[name]]))
    run = place.taken(zipped({**sound, name: content}))
    if run is not None:
        place.require_readable(run)


def tensors(header: Any, content: bytes) -> bytes:
    """A safetensors file with this header."""
    told = json.dumps(header).encode()
    return struct.pack("<Q", len(told)) + told + content


@fuzzed(40)
@given(data=st.data())
def test_tensors_of_another_header(sound: Parts, place: Home, data: Any) -> None:
    name = data.draw(st.sampled_from(["model.safetensors", "validation.safetensors"]))
    whole = sound[name]
    (length,) = struct.unpack_from("<Q", whole)
    header = json.loads(whole[8 : 8 + length])
    words = ["dtype", "shape", "data_offsets", "F16", "I64", "BF16", "__metadata__"]
    content = tensors(data.draw(altered([header], words)), whole[8 + length :])
    run = place.taken(zipped({**sound, name: content}))
    if run is not None:
        place.require_readable(run)


@fuzzed(50)
@given(data=st.data())
def test_a_damaged_zip(sound: Parts, place: Home, data: Any) -> None:
    run = place.taken(data.draw(damaged([zipped(sound)])))
    if run is not None:
        place.require_readable(run)


FACTS = {
    "external_attr": st.integers(0, 2**32 - 1),
    "flag_bits": st.integers(0, 2**16 - 1),
    "extra": st.binary(max_size=40),
    "comment": st.binary(max_size=40),
    "create_system": st.integers(0, 255),
    "date_time": st.just((1980, 0, 0, 0, 0, 0)),
}


@fuzzed(40)
@given(
    facts=st.fixed_dictionaries({}, optional=FACTS),
    names=st.lists(st.sampled_from([*ODD_TEXTS, *LARGEST]), max_size=4),
    folder=st.sampled_from(["", "a/", "../", "/", "a\\", "C:/", "./", "a/../"]),
)
def test_a_zip_of_odd_entries(
    sound: Parts, place: Home, facts: dict[str, Any], names: list[str], folder: str
) -> None:
    parts = {f"{folder}{name}": content for name, content in sound.items()}
    parts |= dict.fromkeys(names, b"")
    try:
        content = zipped(parts, **facts)
    except (UnicodeEncodeError, ValueError, struct.error):  # such a zip can't be
        return
    run = place.taken(content)
    if run is not None:
        place.require_readable(run)
