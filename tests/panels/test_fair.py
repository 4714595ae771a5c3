"""What visitors may keep and ask for at most, and that none pays for what another keeps."""

from __future__ import annotations

import io
import sys
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from made import trained
from safetensors.numpy import save

from petwidgets import RunsPanel
from petwidgets.common import limits, owner
from petwidgets.common.errors import Problem
from petwidgets.data import label_store
from petwidgets.data.label_table import Table
from petwidgets.engine.worker import TIME_IS_UP
from petwidgets.recipes.labelling import table_id
from petwidgets.recipes.presets import make
from petwidgets.runs.import_export import packed
from petwidgets.runs.quota import KEPT_SEARCHES, usage
from petwidgets.runs.run import SHIPPED_ID
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from fakes import FakeEngine, OurSession

pytestmark = pytest.mark.usefixtures("multi_user")

_opened: list[str] | None = None


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open" and _opened is not None and str(arguments[0]).endswith("run.json"):
        _opened.append(str(arguments[0]))


sys.addaudithook(_note)


@pytest.fixture
def opened() -> Iterator[list[str]]:
    """Every run.json that is opened, whatever opens it."""
    global _opened  # noqa: PLW0603 - an audit hook can't be removed
    _opened = []
    yield _opened
    _opened = None


# --- what a page reads ---


def everything(session: OurSession) -> None:
    """What pages ask of the list of runs."""
    session.runs.refresh()
    session.runs.visible()
    session.runs.validated()
    RunsPanel(session)


def test_a_page_reads_no_run_of_another_visitor(
    arriving: Callable[..., OurSession], opened: list[str]
) -> None:
    other, mine = arriving(), arriving()
    content = packed(mine.store.get(SHIPPED_ID))
    theirs = [other.runs.take(content).id for _ in range(3)]
    own, teachers = mine.runs.take(content).id, trained(mine).id
    opened.clear()
    page = arriving(mine.visit.id)  # type: ignore[union-attr]
    everything(page)
    read = {path.split("/")[-2] for path in opened}
    assert read & {*theirs, own, teachers} == {own, teachers}
    assert {run.id for run in page.runs.visible()} >= {own, teachers}


def test_what_a_page_reads_does_not_grow_with_others(
    arriving: Callable[..., OurSession], opened: list[str]
) -> None:
    other, mine = arriving(), arriving()
    content = packed(mine.store.get(SHIPPED_ID))
    mine.runs.take(content)
    counts = []
    for _ in range(2):
        opened.clear()
        everything(arriving(mine.visit.id))  # type: ignore[union-attr]
        counts.append(len(opened))
        for _ in range(3):
            other.runs.take(content)
    assert counts[0] == counts[1] > 0


def test_a_home_of_before_is_read_once_and_goes_on_working(
    arriving: Callable[..., OurSession], opened: list[str]
) -> None:
    other, mine = arriving(), arriving()
    theirs = other.runs.take(packed(mine.store.get(SHIPPED_ID)))
    teachers = trained(mine)
    for run in (theirs, teachers):
        (run.folder / owner.FILE).unlink()
    assert [run.id for run in mine.runs.visible() if run.made_here] == [teachers.id]
    opened.clear()
    everything(arriving(mine.visit.id))  # type: ignore[union-attr]
    assert not [path for path in opened if theirs.id in path]
    with pytest.raises(Problem, match="There is no run"):
        mine.runs.get(theirs.id)


def test_a_damaged_run_stays_its_visitors(arriving: Callable[..., OurSession]) -> None:
    mine, other = arriving(), arriving()
    run = mine.runs.take(packed(mine.store.get(SHIPPED_ID)))
    (run.folder / "run.json").write_text("{")
    assert run.id not in {each.id for each in other.runs.visible()}
    assert mine.runs.may_delete(mine.runs.get(run.id))


def test_to_start_a_training_no_run_of_another_is_read(
    arriving: Callable[..., OurSession], opened: list[str]
) -> None:
    other, mine = arriving(), arriving()
    theirs = other.runs.take(packed(mine.store.get(SHIPPED_ID)))
    opened.clear()
    mine.training.train(make("baseline"))
    assert not [path for path in opened if theirs.id in path]


# --- what a visitor keeps ---


def ended(session: OurSession) -> None:
    """Have what was started end, so that the next may be."""
    session.training.worker.run.update(state="stopped")
    session.training.state = "stopped"


def test_a_visitor_keeps_so_many_runs(
    arriving: Callable[..., OurSession], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(limits.RUNS.variable, "2")
    session = arriving()
    content = packed(session.store.get(SHIPPED_ID))
    session.training.train(make("baseline"))
    ended(session)
    session.runs.take(content)
    sentence = "You keep 2 runs, and 2 are the most: delete some of them under Compare runs first."
    for ask in (
        lambda: session.training.train(make("baseline")),
        lambda: session.runs.take(content),
    ):
        with pytest.raises(Problem) as caught:
            ask()
        assert str(caught.value) == sentence
    arriving().training.train(make("baseline"))  # another visitor
    session.delete_run(session.training.worker.run.id)
    session.training.train(make("baseline"))


def test_a_visitors_runs_take_so_many_bytes(
    arriving: Callable[..., OurSession], monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    session = arriving()
    content = packed(session.store.get(SHIPPED_ID))
    run = session.runs.take(content)
    size = usage(session.store, session.visitor())
    assert size.runs == 1
    assert size.own == sum(p.stat().st_size for p in run.folder.iterdir())
    sessions = sum(p.stat().st_size for p in (home / "sessions").iterdir())
    assert size.all == size.own + sessions
    monkeypatch.setenv(limits.RUNS_MB.variable, "1")
    (run.folder / "checkpoint.safetensors").write_bytes(bytes(limits.MB))
    with pytest.raises(Problem, match="MB of the 1 MB that a visitor has: delete some"):
        session.training.train(make("baseline"))
    arriving().training.train(make("baseline"))


def test_an_import_counts_before_it_is_taken(
    arriving: Callable[..., OurSession], monkeypatch: pytest.MonkeyPatch
) -> None:
    session = arriving()
    monkeypatch.setenv(limits.RUNS_MB.variable, "1")
    with pytest.raises(Problem, match="Your runs take 0 MB of the 1 MB"):
        session.runs.take(bytes(2 * limits.MB))


def test_an_import_that_is_larger_unpacked_is_gone_again(
    arriving: Callable[..., OurSession], monkeypatch: pytest.MonkeyPatch
) -> None:
    session = arriving()
    run = session.store.get(SHIPPED_ID)
    small = io.BytesIO()
    with zipfile.ZipFile(small, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(run.folder / "run.json", "run.json")
        archive.writestr("events.jsonl", b'{"event": "x", "sentence": "' + b"a" * 20_000 + b'"}\n')
    monkeypatch.setenv(limits.RUNS_MB.variable, "1")
    session.runs.take(small.getvalue())
    with zipfile.ZipFile(small, "a", zipfile.ZIP_DEFLATED) as archive:
        weights = np.zeros((len(run.info["vocab"]), 10_000), np.float32)
        archive.writestr("model.safetensors", save({"w": weights}))
    assert len(small.getvalue()) < limits.MB / 4
    with pytest.raises(Problem, match="of the 1 MB that a visitor has"):
        session.runs.take(small.getvalue())
    assert usage(session.store, session.visitor()).runs == 1


def test_all_visitors_together_take_so_many_bytes_and_the_owner_any(
    arriving: Callable[..., OurSession], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(limits.HOME_MB.variable, "1")
    first, second = arriving(), arriving()
    owners = trained(first)
    (owners.folder / "large").write_bytes(bytes(2 * limits.MB))
    first.training.train(make("baseline"))
    (first.training.worker.run.folder / "large").write_bytes(bytes(limits.MB))
    with pytest.raises(Problem, match="What all visitors keep fills the 1 MB"):
        second.training.train(make("baseline"))
    monkeypatch.setenv("PETWIDGETS_VISITORS", "0")
    monkeypatch.setenv(limits.RUNS.variable, "1")
    monkeypatch.setenv(limits.EPOCHS.variable, "1")
    for _ in range(3):
        second.training.train(make("baseline", epochs=90_000))
        assert "turn" not in second.training.worker.run.info
        ended(second)


def test_searches_that_nobody_can_list_give_way(arriving: Callable[..., OurSession]) -> None:
    session = arriving()
    for i in range(KEPT_SEARCHES + 3):
        run = session.store.create(
            make("baseline"), kind="folds" if i % 2 else "rates", visitor=session.visitor()
        )
        run.update(state="finished")
    under_way = session.store.create(make("baseline"), kind="rates", visitor=session.visitor())
    session.training.train(make("baseline"))
    kinds = [run.kind for run in session.store.list()]
    assert len([kind for kind in kinds if kind != "training"]) == KEPT_SEARCHES + 1
    assert under_way.folder.is_dir()


def table(name: str) -> Table:
    return Table(name, "file", "breed", tuple((f"{i}.jpg", "pug") for i in range(10_000)))


def test_tables_of_labels_have_so_much_room(
    session: OurSession, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    monkeypatch.setenv(limits.LABELS_MB.variable, "2")
    first = session.data.keep_labels(table("a.csv"))
    size = next((home / "labels").iterdir()).stat().st_size
    for i in range(2 * limits.MB // size - 1):
        session.data.keep_labels(table(f"{i}.csv"))
    with pytest.raises(Problem, match="room that this server has for tables of labels is used up"):
        session.data.keep_labels(table("more.csv"))
    assert session.data.keep_labels(table("a.csv")) == first  # it is there already
    kept = sum(path.stat().st_size for path in (home / "labels").iterdir())
    assert limits.MB < kept <= 2 * limits.MB
    monkeypatch.setenv("PETWIDGETS_VISITORS", "0")
    session.data.keep_labels(table("d.csv"))


def test_a_table_is_not_looked_for_in_every_run(
    session: OurSession, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    patterns = [session.data.keep_labels(table(f"{i}.csv")) for i in range(3)]
    runs = [session.store.create(make("baseline", pattern=one)) for one in patterns]
    for path in (home / "labels").iterdir():
        path.unlink()
    (runs[1].folder / owner.FILE).unlink()  # as an earlier version left it
    tried: list[str] = []
    digest = label_store.content_digest
    monkeypatch.setattr(
        label_store, "content_digest", lambda content: tried.append(digest(content)) or tried[-1]
    )
    wanted = table_id(patterns[2])
    content = label_store.kept_labels(wanted)
    assert content is not None
    assert digest(content) == wanted
    assert table_id(patterns[0]) not in tried


# --- what a visitor asks for ---


def test_a_visitors_training_has_so_many_epochs(arriving: Callable[..., OurSession]) -> None:
    session = arriving()
    with pytest.raises(Problem, match="at most 500 epochs, not 501: make its stages shorter"):
        session.training.train(make("one-cycle", epochs=499, freeze_epochs=2))
    assert session.training.worker is None
    session.training.train(make("one-cycle", epochs=498, freeze_epochs=2))


def test_a_visitors_training_has_the_engine_for_so_long(
    arriving: Callable[..., OurSession], monkeypatch: pytest.MonkeyPatch
) -> None:
    session = arriving()
    session.training.train(make("baseline"), goes_on=True)
    run = session.training.worker.run
    assert run.info["turn"] == {"minutes": 60, "until": 3600}
    monkeypatch.setenv(limits.TRAIN_MINUTES.variable, "0.5")
    run.append({"event": "epoch", "t": 100.0})
    run.update(state="stopped")
    session.training.state = "stopped"
    session.training.go_on()
    assert session.training.worker.run.fresh().info["turn"] == {"minutes": 0.5, "until": 130}


def test_why_a_training_was_stopped_is_said_and_stays(
    arriving: Callable[..., OurSession],
) -> None:
    session = arriving()
    session.training.train(make("baseline"))
    run, sentence = session.training.worker.run, TIME_IS_UP.format("60 minutes")
    run.control.ask_to_stop(sentence)
    run.end("stopped")
    assert run.fresh().info["sentence"] == sentence
    session.training.worker.heard(*run.events())
    assert session.training.remarks == [sentence]
    session.training.go_on()
    assert not run.control.asked_to_stop
    assert not run.fresh().info["sentence"]


def test_a_stop_of_a_persons_has_no_reason(session: OurSession) -> None:
    session.training.train(make("baseline"))
    run = session.training.worker.run
    run.control.ask_to_stop()
    run.end("stopped")
    assert run.events()[-1] == {"event": "stopped"}


def test_a_search_that_had_its_time_says_so(
    arriving: Callable[..., OurSession], engine: FakeEngine
) -> None:
    from petwidgets.metrics.lr_suggest import Search

    session = arriving()
    session.lr_finder.find(make("baseline", epochs=1), Search())
    assert session.lr_finder.worker.run.info["turn"]["minutes"] == 60
    session.lr_finder.worker.heard({"event": "stopped", "sentence": "Its time was up."})
    assert session.lr_finder.problem == "Its time was up."
    assert engine.requests == []


def test_a_store_of_a_home_alone_has_no_visitors() -> None:
    trained_here = RunStore().create(make("baseline"))
    assert usage(RunStore(), "anybody").all == 0
    assert trained_here.owner.visitor == ""
