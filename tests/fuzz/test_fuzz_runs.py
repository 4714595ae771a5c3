"""Runs of one's own whose files were damaged by a crash, a disk, or a person with an editor."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from damage import altered, clear, damaged, fuzzed
from hypothesis import given
from hypothesis import strategies as st
from seeds import EVENTS, finished

from petwidgets.cli.runs import summary
from petwidgets.common.errors import Problem
from petwidgets.engine.queue import position_and_eta
from petwidgets.export.run_summary import account
from petwidgets.panels.training.run_rows import row
from petwidgets.recipes.recipe import Recipe
from petwidgets.runs import events
from petwidgets.runs.import_export import packed
from petwidgets.runs.info import ENDED, STATES
from petwidgets.runs.replay import Replay
from petwidgets.runs.schema import INFO
from petwidgets.runs.store import RunStore, parent_of
from petwidgets.session.lr_finder import Curve
from petwidgets.session.store import VisitStore

if TYPE_CHECKING:
    from pathlib import Path

    from petwidgets.runs.run import Run

NAMES = ("run.json", "events.jsonl", "validation.safetensors", "model.safetensors")
OWN = {"visitor": "0123456789abcdef", "goes_on": True, "attempt": 1, "parent": "pets37"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("own")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return finished(RunStore(tmp_path_factory.mktemp("sound"))).update(**OWN)


def changed(place: Path, sound: Run, **contents: bytes) -> Run:
    """A store with this run alone, of which some files are others, by the stem of their names."""
    shutil.rmtree(place / "runs", ignore_errors=True)
    folder = place / "runs" / sound.id
    shutil.copytree(sound.folder, folder)
    for name in NAMES:
        if (content := contents.get(name.partition(".")[0])) is not None:
            (folder / name).write_bytes(content)
    return RunStore(place).get(sound.id)


def require_readable(run: Run, place: Path) -> None:
    """Listed as damaged, or as what it says; whoever reads it gets a value or a sentence."""
    store = RunStore(place)
    assert run.state in (*STATES, "damaged")
    assert [one.id for one in store.list()][:1] == [run.id]
    assert all(isinstance(cell, str) for cell in row(run))
    assert summary(run)
    if run.state == "damaged":
        clear(Problem(run.info["problem"]), place)
    else:
        assert isinstance(run.recipe, Recipe)
        assert position_and_eta(run, [run.id])[0] == 0
    for read in (run.validation, lambda: packed(run), lambda: account(run), lambda: parent_of(run)):
        tried(read, place)
    tried(lambda: Replay(run, print), place)
    assert all(isinstance(event, dict) for event in run.events())
    VisitStore(place).sweep(store)


def tried(read: Any, place: Path) -> None:
    try:
        read()
    except Problem as problem:
        clear(problem, place)


def test_a_sound_run_is_read_by_all(place: Path, sound: Run) -> None:
    """What is damaged below is whole here."""
    run = changed(place, sound)
    require_readable(run, place)
    assert run.state == "finished"


@fuzzed(60)
@given(data=st.data())
def test_another_run_json(place: Path, sound: Run, data: Any) -> None:
    info = data.draw(altered([sound.info], [*INFO, *OWN, "kind", "imported", "search", "id"]))
    require_readable(changed(place, sound, run=json.dumps(info).encode()), place)


@fuzzed(60)
@given(data=st.data())
def test_files_of_other_bytes(place: Path, sound: Run, data: Any) -> None:
    name = data.draw(st.sampled_from(NAMES))
    content = data.draw(damaged([(sound.folder / name).read_bytes()]))
    run = changed(place, sound, **{name.partition(".")[0]: content})
    require_readable(run, place)
    try:
        found = run.validation()
    except Problem:
        return
    assert found.probabilities.shape == (len(found.files), len(run.info["vocab"]))
    assert 0 <= found.errors <= len(found.files)
    assert found.targets.shape == found.losses.shape == (len(found.files),)
    assert np.asarray(found.targets).dtype.kind in "iu"


LINES = [json.dumps(event).encode() + b"\n" for event in EVENTS]


@fuzzed(50)
@given(content=damaged([b"".join(LINES), b"".join(reversed(LINES))]), data=st.data())
def test_events_as_they_are_written(place: Path, content: bytes, data: Any) -> None:
    """Read at once or piece by piece they are the same, and one that is added is the last."""
    path = place / "events.jsonl"
    path.write_bytes(content)
    whole, end = events.read(path)
    assert end <= len(content)
    assert all(isinstance(event, dict) for event in whole)
    parts: list[Any] = []
    position = 0
    for size in sorted(data.draw(st.lists(st.integers(0, len(content)), max_size=3))):
        path.write_bytes(content[:size])
        told, position = events.read(path, position)
        parts += told
    path.write_bytes(content)
    told, position = events.read(path, position)
    assert json.dumps([*parts, *told]) == json.dumps(whole)
    events.append(path, {"event": "added"})
    assert events.read(path)[0][-1] == {"event": "added"}


RATES: list[dict[str, Any]] = [
    {"t": 0.1, "event": "started", "recipe": "fine-tune", "batch_size": 4},
    {"t": 1.0, "event": "rate", "points": [[1e-5, 2.5], [1e-4, None]], "done": 2, "of": 9},
    {"t": 2.0, "event": "finished", "hints": {"steep": 1e-3, "valley": 2e-3}, "points": 2},
]


@fuzzed(40)
@given(data=st.data())
def test_a_search_of_a_rate(place: Path, sound: Run, data: Any) -> None:
    """A curve is what is sound of the events that it was told in."""
    told = data.draw(st.lists(altered(RATES) | st.sampled_from(RATES), min_size=1, max_size=6))
    lines = "".join(json.dumps(event) + "\n" for event in told)
    run = changed(place, sound, events=lines.encode())
    curve = Curve(run).heard(run.events())
    assert curve.state in (*STATES, *ENDED)
    assert all(isinstance(rate, float) for rate, _ in curve.points)
    assert all(loss is None or isinstance(loss, int | float) for _, loss in curve.points)
