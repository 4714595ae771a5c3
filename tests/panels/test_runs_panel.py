"""Compare runs: what is shown of them, what is done with one, and what a replay does to a page."""

from __future__ import annotations

import threading
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from fakes import WAIT, OurSession
from safetensors.numpy import save
from scipy.stats import binomtest
from waiting import wait_until

from petwidgets import PetLab, RunsPanel, TrainPanel
from petwidgets.common.errors import UNEXPECTED, Problem
from petwidgets.common.formatting import percent
from petwidgets.metrics.intervals import wilson
from petwidgets.panels.interpretation.top_losses import TopLossesPanel
from petwidgets.panels.training.compare import MOST
from petwidgets.panels.training.run_rows import HEADER, short
from petwidgets.recipes.presets import fine_tune
from petwidgets.runs.import_export import packed
from petwidgets.runs.predictions import Validation
from petwidgets.runs.replay import Replay
from petwidgets.runs.run import DRAWN_ID, SHIPPED_ID, Run
from petwidgets.widgets.checkbox_table import CheckboxTable
from petwidgets.widgets.file_transfer import PIECE, FileTransfer

if TYPE_CHECKING:
    from collections.abc import Callable

    from petwidgets.runs.store import RunStore

N = 200
MARKUP = "<img src=x onerror=alert(1)>"


def trained(store: RunStore, right: range, **settings: Any) -> Run:
    """A run that is right on these of 200 photographs of one breed."""
    info = {"visitor": settings.pop("visitor", "")}
    run = store.create(fine_tune(**settings), **info)
    rows = [[0.9, 0.1] if i in right else [0.1, 0.9] for i in range(N)]
    files = tuple(f"dog_{i}.jpg" for i in range(N))
    zeros, ones = np.zeros(N, np.int64), np.ones(N, np.float32)
    run.save_validation(Validation(files, np.array(rows, np.float32), zeros, ones))
    (run.folder / "model.safetensors").write_bytes(save({"1.weight": np.ones((2, 3), np.float32)}))
    for n in (1, 2):
        figures = {"train_loss": 1.0, "valid_loss": 1.0 / n, "error_rate": 1 - len(right) / N}
        run.append({"t": 30.0 * n, "event": "epoch", "epoch": n, "of": 2, **figures})
    run.append({"t": 61.0, "event": "finished"})
    results = {"seconds": 61.0, "error_rate": 1 - len(right) / N}
    vocab, names = ["pug", MARKUP], list(files)
    return run.update(
        state="finished", keeps="all", vocab=vocab, files=names, train_files=["a"], results=results
    )


def tick(panel: RunsPanel, *runs: Run | str) -> None:
    """As clicks on the boxes do."""
    panel.picks.chosen = [run if isinstance(run, str) else run.id for run in runs]


def fields(panel: RunsPanel) -> dict[str, dict[str, Any]]:
    return {field["name"]: field for field in panel.form.fields}


def test_runs_of_one_name_are_told_apart(session: OurSession) -> None:
    runs = [trained(session.store, range(n)).update(name="baseline 1") for n in (160, 150, 100)]
    session.runs.refresh()
    panel = RunsPanel(session)
    tick(panel, *runs)
    names = [f"baseline 1 ({run.id.rsplit('-', 1)[-1]})" for run in runs]
    assert panel.against.settings.header[1:] == names
    assert [line["name"] for line in panel.against.charts["error_rate"].lines] == names
    assert [row[0] for row in panel.against.pairs.rows] == [
        ", ".join(pair) for pair in combinations(names, 2)
    ]
    tick(panel, runs[0])
    assert [line["name"] for line in panel.against.charts["error_rate"].lines] == ["baseline 1"]


def offered(panel: RunsPanel) -> set[str]:
    return {name for name, field in fields(panel).items() if not field.get("hidden")}


def sent(part: FileTransfer, monkeypatch: pytest.MonkeyPatch) -> list[tuple[dict[str, Any], Any]]:
    """What it sends to the page from now on."""
    messages: list[tuple[dict[str, Any], Any]] = []
    monkeypatch.setattr(
        part, "send", lambda content, buffers=None: messages.append((content, buffers))
    )
    return messages


# --- the table ----------------------------------------------------------------------------------


def test_the_table_says_what_each_run_is(session: OurSession) -> None:
    run = trained(session.store, range(150), data="sample")
    damaged, queued = session.store.create(fine_tune()), session.store.create(fine_tune(3))
    (damaged.folder / "run.json").write_text("{")
    session.store.create(fine_tune(), kind="rates")
    panel = RunsPanel(session)
    recorded = {each.id for each in session.store.recorded()}
    assert (
        set(panel.picks.names) == {run.id, damaged.id, queued.id, SHIPPED_ID, DRAWN_ID} | recorded
    )
    rows = dict(zip(panel.picks.names, panel.picks.rows, strict=True))
    ends = " to ".join(map(percent, wilson(50, N)))
    told = dict(zip(HEADER, rows[run.id], strict=True))
    assert (told["error"], told["95 % interval"]) == ("25.0 %", ends)
    assert (told["recipe"], told["what it is"]) == ("fine-tune, 2 epochs", "drawn pictures")
    assert (told["trained on"], told["validated on"], told["time"]) == ("1", "200", "1 min 1 s")
    shipped = dict(zip(HEADER, rows[SHIPPED_ID], strict=True))
    assert (shipped["error"], shipped["95 % interval"]) == ("4.3 %", "3.1 % to 6.0 %")
    assert shipped["what it is"] == "photographs; comes with petwidgets"
    assert rows[damaged.id][:3] == [damaged.id, "damaged", ""]
    assert rows[queued.id][:3] == [queued.id, "queued", ""]
    assert panel.heading.problem == ""


def test_recorded_runs_are_told_apart_by_their_whole_names(session: OurSession) -> None:
    panel = RunsPanel(session)
    names = ["recorded-head-10-seed-1", "recorded-head-rate-1"]
    panel.picks.chosen = names
    assert [row[0] for row in panel.against.pairs.rows] == [", ".join(names)]
    assert panel.against.settings.header == ["setting", *names]


@pytest.mark.usefixtures("multi_user")
def test_a_visitor_sees_no_other_visitors_runs(arriving: Callable[..., OurSession]) -> None:
    mine, yours = arriving(), arriving()
    run = trained(mine.store, range(150), visitor=mine.visitor())
    assert run.id in RunsPanel(mine).picks.names
    panel = RunsPanel(yours)
    recorded = [each.id for each in yours.store.recorded()]
    assert panel.picks.names == [SHIPPED_ID, DRAWN_ID, *recorded]
    tick(panel, run)  # whatever a browser may send
    assert panel.picks.chosen == []
    for name in ("replay", "classify", "rename", "delete", "sure"):
        panel.form.press(name)
        assert panel.heading.problem, name
    assert yours.training.worker is None
    assert run.folder.is_dir()


def test_the_table_is_only_read_while_it_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    lab = PetLab()
    panel = lab.panels["runs"]
    looks: list[int] = []
    visible = lab.session.runs.visible
    monkeypatch.setattr(lab.session.runs, "visible", lambda: looks.append(1) or visible())
    assert isinstance(panel, RunsPanel)
    run = trained(lab.session.store, range(150))
    lab.session.runs.refresh()
    assert (panel.picks.names, looks) == ([], [])
    lab.show("runs")
    assert run.id in panel.picks.names


# --- comparing ----------------------------------------------------------------------------------


def test_two_runs_are_compared_in_pairs(session: OurSession) -> None:
    one = trained(session.store, range(150), size=224)
    other = trained(session.store, range(30, 200), size=128)
    panel = RunsPanel(session)
    tick(panel, one, other)
    (row,) = panel.against.pairs.rows
    p = binomtest(30, 80, 0.5).pvalue
    assert row[:6] == [f"{short(one)}, {short(other)}", "200", "30", "50", f"{p:.4f}", "-10.0 %"]
    said = panel.against.verdict.value
    assert f"{short(one)} alone is right on 30 and {short(other)} alone on 50" in said
    assert f"in {100 * p:.1f} % of such comparisons: {short(other)} is better" in said
    assert panel.against.settings.header == ["setting", short(one), short(other)]
    assert panel.against.settings.rows == [["size", "224", "128"]]
    for name, chart in panel.against.charts.items():
        names = [(line["name"], line["tone"]) for line in chart.lines]
        assert names == [(short(one), "blue"), (short(other), "orange")], name
    assert panel.against.charts["valid_loss"].lines[0]["points"] == [(1, 1.0), (2, 0.5)]
    assert panel.against.epochs.rows == [
        ["1", "1.000000", "0.250000", "1.000000", "0.150000"],
        ["2", "0.500000", "0.250000", "0.500000", "0.150000"],
    ]
    assert panel.against.seeds.value == ""


def test_it_is_said_that_folders_differ(session: OurSession) -> None:
    one, other = trained(session.store, range(150)), trained(session.store, range(150), data="/x")
    panel = RunsPanel(session)
    tick(panel, one, other)
    assert "Nothing tells them apart. They were read from different folders" in (
        panel.against.verdict.value
    )


def test_seeds_are_summed_up(session: OurSession) -> None:
    runs = [trained(session.store, range(150 + 10 * seed), seed=seed) for seed in (1, 2, 3)]
    panel = RunsPanel(session)
    tick(panel, *runs)
    errors = [0.2, 0.15, 0.1]
    assert panel.against.seeds.value == (
        f"{', '.join(map(short, runs))} differ in nothing but the seed: error"
        f" {percent(float(np.mean(errors)))} on average, 10.0 % to 20.0 %, standard deviation"
        f" {100 * np.std(errors, ddof=1):.1f} percentage points."
    )
    assert len(panel.against.pairs.rows) == 3
    assert "each is held to p < 0.017" in panel.against.verdict.value
    assert f"These do: {short(runs[0])} and {short(runs[1])};" in panel.against.verdict.value


def test_another_beginning_is_no_seed(session: OurSession) -> None:
    one, other = (trained(session.store, range(150), seed=seed) for seed in (1, 2))
    other.update(parent=SHIPPED_ID)
    panel = RunsPanel(session)
    tick(panel, one, other)
    assert panel.against.seeds.value == ""
    assert panel.against.settings.rows[0] == ["begins with", "ImageNet's weights", SHIPPED_ID]
    begun = trained(session.store, range(150)).update(name="first 1")
    for parent, said in ((begun.id, "first 1"), ("deleted", "deleted")):
        other.update(parent=parent)
        again = RunsPanel(session)
        tick(again, one, other)
        assert again.against.settings.rows[0] == ["begins with", "ImageNet's weights", said]


def test_what_has_no_predictions_or_is_damaged_is_no_trouble(session: OurSession) -> None:
    one, damaged = trained(session.store, range(150)), trained(session.store, range(150))
    queued, broken = session.store.create(fine_tune()), trained(session.store, range(150))
    (damaged.folder / "run.json").write_text("{")
    (broken.folder / "validation.safetensors").write_bytes(b"no")
    panel = RunsPanel(session)
    tick(panel, one, damaged, queued, broken)
    assert panel.heading.problem == ""
    assert panel.against.pairs.rows == []
    assert panel.against.verdict.value == ""
    assert len(panel.against.epochs.header) == 1 + 2 * 3
    tick(panel, one, SHIPPED_ID)
    assert "no validation photograph in common" in panel.against.verdict.value
    assert panel.against.pairs.rows[0][1:] == ["0", "0", "0", "", "", ""]


def test_five_at_most(session: OurSession) -> None:
    runs = [trained(session.store, range(150)) for _ in range(MOST + 1)]
    panel = RunsPanel(session)
    tick(panel, *runs[:MOST])
    assert panel.heading.problem == ""
    tick(panel, *runs)
    assert "5 runs at most" in panel.heading.problem
    assert panel.picks.chosen == [run.id for run in runs[:MOST]]


def test_the_code_prints_what_the_panel_shows(
    session: OurSession, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = trained(session.store, range(150)), trained(session.store, range(30, 200), size=96)
    panel = RunsPanel(session)
    tick(panel, one, other)
    exec(panel.folds.code, {})  # noqa: S102
    said = capsys.readouterr().out.splitlines()
    low, high = wilson(50, N)
    assert said[0] == f"{one.id}: wrong on 50 of 200, {low:.4f} to {high:.4f}"
    assert said[2] == "size 224 96"
    (row,) = panel.against.pairs.rows
    assert said[3].startswith(
        f"{one.id} alone {row[2]}, {other.id} alone {row[3]}, both 120, neither 0"
    )
    assert f"p {row[4]}, difference -0.1000 (" in said[3]


def test_a_reload_brings_back_what_was_ticked(arriving: Callable[..., OurSession]) -> None:
    session = arriving()
    one, other = trained(session.store, range(150)), trained(session.store, range(100))
    panel = RunsPanel(session)
    tick(panel, other, one)
    panel.form.set(run=one.id, speed="100")
    assert session.visit is not None
    returned = RunsPanel(arriving(session.visit.id))
    assert returned.picks.chosen == [other.id, one.id]
    assert (returned.form["run"], returned.form["speed"]) == (one.id, "100")
    assert returned.against.pairs.rows == panel.against.pairs.rows
    broken = arriving(session.visit.id)
    broken.settings = {**broken.settings, "compared": {"no": 1}}
    assert RunsPanel(broken).picks.chosen == []


# --- one run ------------------------------------------------------------------------------------


def test_what_is_offered(session: OurSession) -> None:
    run, queued = trained(session.store, range(150)), session.store.create(fine_tune())
    panel = RunsPanel(session)
    assert offered(panel) == set()
    assert not panel.transfer.saves
    tick(panel, SHIPPED_ID)
    assert offered(panel) == {"speed", "replay", "classify"}
    tick(panel, run)
    assert offered(panel) == {"speed", "replay", "classify", "name", "rename", "delete"}
    assert (panel.transfer.saves, panel.transfer.save) == (True, f"Export {short(run)}")
    tick(panel, run, queued)
    assert offered(panel) == {"run", "speed", "replay", "classify", "name", "rename", "delete"}
    assert not fields(panel)["classify"]["disabled"]
    panel.form.set(run=queued.id)
    assert fields(panel)["classify"]["disabled"]
    panel.form.press("classify")
    assert "has no weights" in panel.heading.problem


def test_classify_with_it(session: OurSession) -> None:
    run = trained(session.store, range(150))
    panel = RunsPanel(session)
    session.lesson = "runs"
    tick(panel, run)
    panel.form.press("classify")
    assert (session.runs.chosen_id, session.lesson) == (run.id, "classify")


def test_a_run_gets_another_name_everywhere(session: OurSession) -> None:
    run = trained(session.store, range(150))
    session.runs.refresh()
    panel, top = RunsPanel(session), TopLossesPanel(session)
    session.runs.chosen_id = run.id
    tick(panel, run)
    panel.form.set(name=f"  {MARKUP}\nof mine ")
    panel.form.press("rename")
    name = f"{MARKUP} of mine"
    assert panel.heading.problem == ""
    assert panel.status.value == f"The run {run.id} is called {name} now."
    assert panel.picks.rows[0][0] == name
    assert panel.picks.names[0] == run.id
    assert fields(panel)["name"]["placeholder"] == name
    assert panel.form["name"] == ""
    assert [run.id, f"{name}: fine-tune, tf_efficientnet_lite0"] in top.run_form.fields[0][
        "options"
    ]
    assert session.runs.chosen.title == name
    panel.form.press("rename")  # an empty one takes it back
    assert panel.picks.rows[0][0] == run.id


def test_only_ones_own_run_that_has_ended_is_renamed(session: OurSession) -> None:
    queued = session.store.create(fine_tune())
    with pytest.raises(Problem, match="has not ended: give it another name then"):
        session.runs.rename(queued.id, "x")
    with pytest.raises(Problem, match="is not yours"):
        session.runs.rename(SHIPPED_ID, "x")
    panel = RunsPanel(session)
    for one in (queued, SHIPPED_ID):
        tick(panel, one)
        assert "rename" not in offered(panel)


def test_trainings_of_a_page_are_numbered(session: OurSession) -> None:
    recipe = fine_tune()
    assert session.runs.new_name(recipe) == "fine-tune 1"
    session.store.create(recipe, name="fine-tune 1")
    assert session.runs.new_name(recipe) == "fine-tune 2"
    assert session.store.create(recipe).title != "fine-tune 2"


def test_delete_asks_once_more(session: OurSession) -> None:
    run, other = trained(session.store, range(150)), trained(session.store, range(150))
    session.runs.refresh()
    session.runs.chosen_id = run.id
    panel = RunsPanel(session)
    tick(panel, run, other)
    panel.form.press("sure")
    assert "Nothing was deleted" in panel.heading.problem
    panel.form.press("delete")
    assert {"sure", "spare"} < offered(panel)
    assert run.id in panel.status.value
    panel.form.set(run=other.id)  # another one is not meant
    assert not {"sure", "spare"} & offered(panel)
    panel.form.press("sure")
    assert other.folder.is_dir()
    panel.form.set(run=run.id)
    panel.form.press("delete")
    panel.form.press("spare")
    assert "delete" in offered(panel)
    panel.form.press("delete")
    panel.form.press("sure")
    assert panel.heading.problem == ""
    assert not run.folder.exists()
    assert run.id not in panel.picks.names
    assert panel.picks.chosen == [other.id]
    assert session.runs.chosen.id == SHIPPED_ID
    with pytest.raises(Problem, match="not yours to delete"):
        session.delete_run(SHIPPED_ID)


@pytest.mark.usefixtures("multi_user")
def test_a_visitor_deletes_only_own_runs(arriving: Callable[..., OurSession]) -> None:
    session = arriving()
    teachers = trained(session.store, range(150))
    mine = trained(session.store, range(150), visitor=session.visitor())
    assert session.runs.may_delete(mine)
    for run in (teachers, session.store.get(SHIPPED_ID)):
        assert not session.runs.may_delete(run)
        with pytest.raises(Problem, match="not yours to delete"):
            session.delete_run(run.id)
    unknown = OurSession(session.engine, session.store)
    assert not unknown.runs.may_delete(teachers), "whoever has not arrived owns nothing"
    session.delete_run(mine.id)
    assert not mine.folder.exists()


# --- export and import --------------------------------------------------------------------------


def fetched(panel: RunsPanel, messages: list[tuple[dict[str, Any], Any]]) -> bytes:
    """What a page saves that asks piece by piece."""
    messages.clear()
    panel.transfer._hear(None, {"kind": "fetch", "id": "a"}, [])
    content, size = b"", messages[0][0]["size"]
    while len(content) < size:
        panel.transfer._hear(None, {"kind": "more", "id": "a", "from": len(content)}, [])
        content += messages[-1][1][0]
    return content


def upload(panel: RunsPanel, content: bytes, messages: list[tuple[dict[str, Any], Any]]) -> str:
    """What is said of a file that a page sends piece by piece."""
    start = {"kind": "start", "id": "b", "name": "x.zip", "size": len(content)}
    panel.transfer._hear(None, start, [])
    while (message := messages[-1][0])["kind"] == "next":
        piece = memoryview(content[message["from"] : message["to"]])
        said = {"kind": "piece", "id": "b", "from": message["from"]}
        panel.transfer._hear(None, said, [piece])
    return f"{message['kind']}: {message['sentence']}"


def test_a_run_goes_out_and_comes_in(session: OurSession, monkeypatch: pytest.MonkeyPatch) -> None:
    run = trained(session.store, range(150))
    big = np.zeros((2, PIECE), np.float32)  # several pieces
    (run.folder / "model.safetensors").write_bytes(save({"1.weight": big}))
    panel = RunsPanel(session)
    messages = sent(panel.transfer, monkeypatch)
    tick(panel, run)
    content = fetched(panel, messages)
    assert messages[0][0]["name"] == f"{run.id}.petrun.zip"
    assert len(messages) > 5
    assert panel.transfer._leaving == ("", b"")
    session.delete_run(run.id)
    panel._draw()
    assert run.id not in panel.picks.names
    said = upload(panel, content, messages)
    taken = said.removeprefix("taken: ").partition(" ")[0]
    assert said.startswith(f"taken: {taken} is imported")
    assert taken in panel.picks.names
    assert session.store.get(taken).validation().errors == 50
    origin = f"drawn pictures; imported, there {run.id}"
    assert panel.picks.rows[panel.picks.names.index(taken)][4] == origin
    assert upload(panel, content[:-9], messages).startswith("refused: This is not a run")


def test_a_transfer_believes_nothing(session: OurSession, monkeypatch: pytest.MonkeyPatch) -> None:
    panel = RunsPanel(session)
    messages = sent(panel.transfer, monkeypatch)
    hear = panel.transfer._hear
    hear(None, {"kind": "fetch", "id": "a"}, [])
    assert "No run is chosen" in messages[-1][0]["sentence"]
    tick(panel, SHIPPED_ID)
    hear(None, {"kind": "fetch", "id": "a"}, [])
    for start in (-1, "0", None, True):
        hear(None, {"kind": "more", "id": "a", "from": start}, [])
        assert messages[-1][0]["kind"] == "refused"
    hear(None, {"kind": "more", "id": "z", "from": 0}, [])
    assert messages[-1][0]["kind"] == "refused"
    for size in (0, -1, "9", None, 2**40):
        hear(None, {"kind": "start", "id": "a", "size": size}, [])
        assert messages[-1][0]["kind"] == "refused"
    for piece in ([], [memoryview(b"toolong")], [memoryview(b"a"), memoryview(b"b")]):
        hear(None, {"kind": "start", "id": "a", "name": 7, "size": 3}, [])
        hear(None, {"kind": "piece", "id": "a", "from": 0}, piece)
        assert messages[-1][0]["kind"] == "refused"
        assert panel.transfer._arriving == ("", bytearray())
    count = len(messages)
    for nonsense in (None, 7, [], {}, {"id": 7}, {"id": "a"}, {"id": "a", "kind": ["x"]}):
        hear(None, nonsense, [])
    assert {message["kind"] for message, _ in messages[count:]} <= {"refused"}
    count = len(messages)
    hear(None, {"kind": "piece", "id": "", "from": 0}, [])  # the end of a file that never began
    assert len(messages) == count
    for odd in ([None], ["text"], None):
        hear(None, {"kind": "piece", "id": "a", "from": 0}, odd)
    assert UNEXPECTED not in [message.get("sentence") for message, _ in messages]


@pytest.mark.usefixtures("multi_user")
def test_an_imported_run_is_its_visitors(arriving: Callable[..., OurSession]) -> None:
    mine, yours = arriving(), arriving()
    content = packed(mine.store.get(SHIPPED_ID))
    run = mine.runs.take(content)
    assert run.info["visitor"] == mine.visitor()
    assert run.id in {r.id for r in mine.runs.usable}
    yours.runs.refresh()
    assert run.id not in {r.id for r in yours.runs.usable}
    for _ in range(9):
        mine.runs.take(content)
    with pytest.raises(Problem, match="imported 10 runs already"):
        mine.runs.take(content)
    yours.runs.take(content)


@pytest.mark.usefixtures("multi_user")
def test_a_recipe_that_was_brought_along_reads_no_folder_of_the_server(
    arriving: Callable[..., OurSession],
) -> None:
    session = arriving()
    for folder in ("/etc", "~", "/srv/oxford-iiit-pet-512"):
        with pytest.raises(Problem, match="reads no folder of their choice"):
            session.training.train(fine_tune(data=folder))
    assert session.training.worker is None
    assert [run.id for run in session.store.list()] == [SHIPPED_ID, DRAWN_ID]


# --- replay -------------------------------------------------------------------------------------


def test_the_train_panel_shows_a_replay(session: OurSession) -> None:
    run = session.store.get(SHIPPED_ID)
    train, panel = TrainPanel(session), RunsPanel(session)
    session.lesson = "runs"
    tick(panel, run)
    panel.form.set(speed="1000")
    panel.form.press("replay")
    assert panel.heading.problem == ""
    assert (session.training.replaying, session.lesson) == (True, "train")
    assert isinstance(session.training.worker, Replay)
    wait_until(session.training, "state", lambda: session.training.state == "finished")
    assert train.live.table.rows[-1][:4] == ["12", "0.027986", "0.178703", "0.043243"]
    assert len(session.training.epochs) == 12
    assert session.runs.chosen.id == SHIPPED_ID


def test_a_replay_chooses_nothing_and_is_not_kept(arriving: Callable[..., OurSession]) -> None:
    session = arriving()
    run = trained(session.store, range(150))
    session.training.train(fine_tune())
    before = session.training.worker.run
    session.training.worker.heard({"event": "failed", "problem": "It is only a test."})
    session.training.replay(run, 1000)
    wait_until(session.training, "state", lambda: session.training.state == "finished")
    assert session.runs.chosen.id == SHIPPED_ID
    session.data.source = "oxford-pets"  # is kept, and all else with it
    assert session.visit is not None
    assert session.visit.state()["training"] == before.id
    returned = arriving(session.visit.id)
    assert not returned.training.replaying
    assert returned.training.worker.run.id == before.id


def test_a_replay_needs_an_idle_session_and_gives_way_to_a_training(session: OurSession) -> None:
    run = trained(session.store, range(150))
    session.training.train(fine_tune())
    with pytest.raises(Problem, match="under way already"):
        session.training.replay(run)
    assert not session.training.replaying
    session.training.worker.heard({"event": "failed", "problem": ""})
    with pytest.raises(Problem, match="has not ended"):
        session.training.replay(session.store.create(fine_tune()))
    assert session.training.state == "failed", "what was shown stays where nothing can be replayed"
    session.training.replay(run, 1)
    first = session.training.worker
    session.training.replay(run, 1)  # one takes another's place
    second = session.training.worker
    assert first is not second
    session.training.train(fine_tune())
    assert (session.training.replaying, session.training.state) == (False, "queued")
    for replay in (first, second):
        for thread in threading.enumerate():
            if thread.name == f"replay {replay.run.id}":
                thread.join(WAIT)
    assert (session.training.epochs, session.training.state) == ([], "queued")


def test_stop_pause_and_speed_reach_the_replay_and_never_the_run(session: OurSession) -> None:
    run = trained(session.store, range(150))
    panel = RunsPanel(session)
    tick(panel, run)
    panel.form.set(speed="1")
    panel.form.press("replay")
    assert session.training.worker.speed == 1
    panel.form.set(speed="100")
    assert session.training.worker.speed == 100
    panel.form.set(speed="1")
    session.training.pause(waits=True)
    wait_until(session.training, "event", lambda: session.training.event.get("event") == "paused")
    assert session.training.state == "running"
    session.training.pause(waits=False)
    wait_until(session.training, "event", lambda: session.training.event.get("event") == "unpaused")
    session.training.stop()
    wait_until(session.training, "state", lambda: session.training.state == "stopped")
    assert not run.control.asked_to_stop
    assert not run.control.asked_to_pause
    assert run.fresh().state == "finished"
    with pytest.raises(Problem, match="no stopped training"):
        session.training.go_on()


def test_a_stopped_run_that_is_replayed_does_not_go_on(session: OurSession) -> None:
    run = trained(session.store, range(150)).update(state="stopped")
    session.training.replay(run, 1000)
    wait_until(session.training, "state", lambda: session.training.state == "finished")
    with pytest.raises(Problem, match="no stopped training"):
        session.training.go_on()
    assert run.fresh().state == "stopped"


def test_a_run_without_weights_is_replayed(session: OurSession) -> None:
    run = trained(session.store, range(150))
    for name in ("model.safetensors", "validation.safetensors"):
        (run.folder / name).unlink()
    session.training.replay(run, 1000)
    wait_until(session.training, "state", lambda: session.training.state == "finished")
    assert [epoch["epoch"] for epoch in session.training.epochs] == [1, 2]


def test_deleting_the_run_that_is_replayed_ends_the_replay(session: OurSession) -> None:
    run = trained(session.store, range(150))
    session.training.replay(run, 1)
    session.delete_run(run.id)
    assert (session.training.worker, session.training.state, session.training.replaying) == (
        None,
        "",
        False,
    )


def test_a_run_that_is_being_trained_is_not_deleted(session: OurSession) -> None:
    session.training.train(fine_tune())
    run = session.training.worker.run
    with pytest.raises(Problem, match="under way already"):
        session.delete_run(run.id)
    session.training.worker.heard({"event": "failed", "problem": ""})
    session.delete_run(run.id)
    assert session.training.worker is None


def test_picks_take_no_other_names() -> None:
    picks = CheckboxTable(names=["a", "b"], rows=[["A"], ["B"]])
    picks.set_state({"chosen": ["b", "c", "b"]})
    assert picks.chosen == ["b"]
