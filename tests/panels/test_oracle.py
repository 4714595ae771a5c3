"""A visitor learns nothing of the server's folders: what is there is answered as what is not."""

from __future__ import annotations

import re
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from fakes import FakeEngine, OurSession
from made import finish
from PIL import Image
from waiting import wait_for

from petwidgets import BrowsePanel
from petwidgets.common.errors import Problem
from petwidgets.data import sources
from petwidgets.data.sources import NOT_OFFERED
from petwidgets.metrics.lr_suggest import Search
from petwidgets.panels import PANELS
from petwidgets.recipes.presets import baseline, fine_tune
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Callable

KINDS = ("photographs", "empty", "file", "closed", "link", "gone", "around", "null", "long")


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Paths of each kind outside the folder that is offered, all of the same length."""
    offered, secret = tmp_path / "offered", tmp_path / "secret"
    for folder in (offered, secret / "x-full", secret / "x-void", secret / "x-shut"):
        folder.mkdir(parents=True)
    for folder in (offered, secret / "x-full"):
        for n in range(4):
            Image.new("RGB", (8, 8)).save(folder / f"{('pug', 'Bombay')[n % 2]}_{n}.jpg")
    (secret / "x-file").write_bytes((secret / "x-full" / "pug_0.jpg").read_bytes())
    (offered / "link").symlink_to(secret)
    (secret / "x-shut").chmod(0)
    monkeypatch.setenv("PETWIDGETS_DATA", str(offered))
    return {
        "photographs": str(secret / "x-full"),
        "empty": str(secret / "x-void"),
        "file": str(secret / "x-file"),
        "closed": str(secret / "x-shut"),
        "link": str(offered / "link" / "x-full"),
        "gone": str(secret / "x-gone"),
        "around": str(offered / ".." / "secret" / "x-full"),
        "null": str(secret / "gone\0gone"),
        "long": str(secret / ("x" * 5000)),
    }


def read(session: OurSession, path: str) -> None:
    session.data.read(path, "(.+)_")


def type_it(session: OurSession, path: str) -> None:
    panel = BrowsePanel(session)
    session.data.settle()  # what is offered is read meanwhile
    panel.source.form.set(source="own", folder=path)
    panel.source.form.press("read")
    if panel.heading.problem:
        raise Problem(panel.heading.problem)


def look_around(session: OurSession, path: str) -> None:
    panel = BrowsePanel(session)
    session.data.settle()  # what is offered is read meanwhile
    panel.source.form.set(source="own", folder=path)
    panel.source.folders._handle_custom_msg({"go": "start"}, [])
    if panel.heading.problem:
        raise Problem(panel.heading.problem)


def train(session: OurSession, path: str) -> None:
    session.training.train(fine_tune(data=path))


def find_rate(session: OurSession, path: str) -> None:
    session.lr_finder.find(fine_tune(data=path), Search())


def search_labels(session: OurSession, path: str) -> None:
    session.training._engine_runs._require_offered(baseline(data=path))


FIXED = ("_model", "_view", "_esm", "_css", "_anywidget", "version")
"""Beginnings of the names of traits that are a widget's own code, or how often it was drawn."""

CHANCE = re.compile(r"IPY_MODEL_\w+|0x[0-9a-f]+|[0-9a-f]{32}|'[\d,]+ of [\d,]+'|in \d+ ms|''")
"""Ids, how long something took, and how far something is that goes on beside."""

WAYS: list[Callable[[OurSession, str], None]] = [
    read,
    type_it,
    look_around,
    train,
    find_rate,
    search_labels,
]


@pytest.mark.usefixtures("multi_user")
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("kind", KINDS)
def test_every_way_to_name_a_path_has_one_answer(
    kind: str,
    way: Callable[[OurSession, str], None],
    paths: dict[str, str],
    session: OurSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Nor is it looked at, so that no time tells: whoever asks is refused by the name alone.
    looked, real = [], sources.list_folder
    monkeypatch.setattr(sources, "list_folder", lambda at: looked.append(str(at)) or real(at))
    with pytest.raises(Problem) as caught:
        way(session, paths[kind])
    assert str(caught.value) == NOT_OFFERED
    assert [folder for folder in looked if "secret" in folder or "link" in folder] == []


def unlike(one: list[str], other: list[str]) -> list[tuple[str, str]]:
    """Where two pages differ."""
    return [pair for pair in zip_longest(one, other, fillvalue="") if pair[0] != pair[1]]


def seen(engine: FakeEngine, identity: str, path: str) -> list[str]:
    """All that a page is sent of every lesson, without what differs each time."""
    session = OurSession(engine, RunStore())  # type: ignore[arg-type]
    session.arrive(identity)
    panels = [kind(session) for kind in PANELS.values()]
    session.data.settle()
    wait_for("check spoiled pictures")
    sent: list[str] = []
    for panel in panels:
        waiting: list[Any] = [panel]
        while waiting:
            widget = waiting.pop()
            state = widget.get_state().items()
            text = repr({key: value for key, value in state if not key.startswith(FIXED)})
            text = text.replace(path, "PATH").replace(Path(path).name, "NAME")
            if not any(
                part in text for part in ("_py2js", "petwidgets-matrix")
            ):  # own ids, and late
                sent.append(CHANCE.sub("", text))
            waiting += getattr(widget, "children", ())
    return sent


@pytest.mark.usefixtures("multi_user")
def test_an_imported_run_of_a_folder_tells_no_more_than_one_of_none(
    paths: dict[str, str], engine: FakeEngine, home: Path
) -> None:
    session = OurSession(engine, RunStore())  # type: ignore[arg-type]
    identity = session.arrive("")
    engine.problem = "There is no engine."
    (Path(paths["link"]).parent).unlink()  # what its owner offers is shown, links and all
    run = finish(session.store.create(fine_tune(), visitor=session.visitor()))
    session.runs.chosen_id = run.id
    pages = {}
    for kind in ("gone", "photographs", "empty", "file", "gone"):  # the first page draws more
        recipe = fine_tune(data=paths[kind]).to_json()
        run.update(recipe=recipe, imported=1.0)
        pages[kind] = seen(engine, identity, paths[kind])
    assert any("PATH" in text for text in pages["gone"])
    assert unlike(pages["photographs"], pages["gone"]) == []
    assert unlike(pages["empty"], pages["gone"]) == []
    assert unlike(pages["file"], pages["gone"]) == []
