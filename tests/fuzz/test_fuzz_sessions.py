"""Sessions as files: a page that comes back shows what is sound, and begins the rest anew."""

from __future__ import annotations

import json
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import pytest
from damage import TEXTS, altered, clear, damaged, fuzzed
from fakes import FakeEngine, OurSession
from hypothesis import given
from hypothesis import strategies as st
from seeds import finished

from petwidgets.common.errors import Problem
from petwidgets.data.label_edits import LabelEdits, Mark
from petwidgets.metrics.loss_batch import Workbench
from petwidgets.panels import PANELS
from petwidgets.recipes.plan import Plan
from petwidgets.runs.store import RunStore
from petwidgets.session.session import KEPT
from petwidgets.session.store import VisitStore

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Errors

IDENTITY = "0123456789abcdef" * 2
CHOICES = LabelEdits(({"a.jpg": Mark("relabel", "pug", "boxer", "", 0.5)},), ({"b.jpg": None},))


class Place:
    """A home with one run and one session."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.run = finished(RunStore(folder))
        self.visits = VisitStore(folder)
        self.visits.folder.mkdir()
        self.file = self.visits.folder / f"{IDENTITY}.json"

    def returned(self, content: bytes) -> OurSession:
        """The session of a page that comes back to this."""
        self.file.write_bytes(content)
        session = OurSession(FakeEngine(), RunStore(self.folder))  # type: ignore[arg-type]
        assert session.arrive(IDENTITY) == IDENTITY
        return session


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("home"))


def state(run: str) -> dict[str, Any]:
    """Of a page on which much was chosen."""
    settings = {
        "train": Plan().to_json(),
        "bench": Workbench("bears", 3, 5, {"0,1": 2.5}).to_json(),
        "compared": [run],
        "runs": {"run": run, "speed": "100"},
        "presize": {"presize": 460, "size": 224, "seed": 3},
        "loss": {"decimals": 4},
        "confusion": {"order": "errors"},
    }
    told = {
        "source": "sample", "pattern": "(.+)_\\d+.jpg$", "run_id": run, "interpreted_id": run,
        "versus_id": "", "cell": ["pug", "Bombay"], "looked_at": "pug_1.jpg", "settings": settings,
        "shown": False, "marks": {"sample": CHOICES.to_json()}, "searches": {"sample": run},
        "curves": [run], "training": run,
    }  # fmt: skip
    return json.loads(json.dumps(told))  # type: ignore[no-any-return]


def tried(session: OurSession, name: str, place: Place) -> None:
    try:
        attrgetter(name)(session)
    except Problem as problem:
        clear(problem, place.folder)


def require_sound(session: OurSession, place: Place) -> None:
    """Every choice is one, whatever the file said."""
    assert isinstance(session.plan, Plan)
    assert isinstance(session.bench, Workbench)
    assert isinstance(session.cleaning.edits, LabelEdits)
    assert isinstance(session.settings, dict)
    assert isinstance(session.data.source, str)
    assert isinstance(session.data.pattern, str)
    assert len(session.interpretation.cell) == 2
    assert all(isinstance(breed, str) for breed in session.interpretation.cell)
    assert session.runs.usable
    for name in ("runs.chosen", "interpretation.predictions", "interpretation.versus"):
        tried(session, name, place)
    assert session.cleaning.out_of_fold is None or session.cleaning.out_of_fold.files


@fuzzed(60)
@given(data=st.data())
def test_a_session_of_other_values(place: Place, errors: Errors, data: Any) -> None:
    names = [*(key for *_, key in KEPT), "settings", "curves"]
    value = data.draw(altered([state(place.run.id)], names))
    session = place.returned(json.dumps(value).encode())
    require_sound(session, place)
    session._keep()
    again = place.returned(place.file.read_bytes())
    for name in ("settings", *(f"{part}.{name}" for part, name, _ in KEPT)):
        told = [json.dumps(attrgetter(name)(one)) for one in (again, session)]
        assert told[0] == told[1], name
    errors.require_none()


@fuzzed(40)
@given(data=st.data())
def test_a_session_of_other_bytes(place: Place, errors: Errors, data: Any) -> None:
    content = data.draw(damaged([json.dumps(state(place.run.id)).encode()]))
    require_sound(place.returned(content), place)
    errors.require_none()


@fuzzed(12)
@given(data=st.data(), key=st.sampled_from(sorted(PANELS)))
def test_a_panel_of_a_session_of_other_values(
    place: Place, errors: Errors, data: Any, key: str
) -> None:
    """It says what is damaged, in a sentence, or nothing."""
    before = state(place.run.id)
    panel = PANELS[key](place.returned(json.dumps(before).encode()))
    seeds = [{**before, "settings": {**before["settings"], **panel.session.settings}}]
    for form in vars(panel).values():
        if hasattr(form, "values") and isinstance(form.values, dict):
            seeds[0]["settings"][key] = {**seeds[0]["settings"].get(key, {}), **form.values}
    session = place.returned(json.dumps(data.draw(altered(seeds))).encode())
    shown = PANELS[key](session)
    if shown.heading.problem:
        clear(Problem(shown.heading.problem), place.folder)
    errors.require_none()


@fuzzed(20)
@given(TEXTS)
def test_an_id_from_an_address(tmp_path_factory: pytest.TempPathFactory, identity: str) -> None:
    """No text leads to another file."""
    store = VisitStore(tmp_path_factory.getbasetemp() / "addresses")
    visit = store.arrive(identity)
    assert visit.path.parent == store.folder
    assert len(visit.id) == 32
    assert visit.id != identity
