"""The run store: what is written, what is read back, and what damage leads to."""

import errno
import json
import math
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from filelock import FileLock
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

from petwidgets.common.errors import Problem
from petwidgets.common.paths import replacing, write_json
from petwidgets.metrics.epochs import early_stopping, explained, figures, overconfident
from petwidgets.metrics.predictions import read
from petwidgets.recipes.presets import baseline, fine_tune
from petwidgets.runs.predictions import Validation
from petwidgets.runs.run import DRAWN_ID, SHIPPED, SHIPPED_ID, Run
from petwidgets.runs.store import RunStore


def predictions(n: int = 6, c: int = 3) -> Validation:
    rng = np.random.default_rng(0)
    powers = np.exp(rng.standard_normal((n, c)))
    probabilities = (powers / powers.sum(1, keepdims=True)).astype(np.float32)
    targets = rng.integers(0, c, n)
    losses = -np.log(probabilities[np.arange(n), targets])
    return Validation(tuple(f"pug_{i}.jpg" for i in range(n)), probabilities, targets, losses)


def trained(store: RunStore, validation: Validation | None = None) -> Run:
    """A run as a training leaves it."""
    validation = validation or predictions()
    vocab = [f"breed {i}" for i in range(validation.probabilities.shape[1])]
    run = store.create(fine_tune())
    run.save_validation(validation)
    save_file({"weight": np.ones(3, np.float32)}, run.folder / "model.safetensors")
    return run.update(state="finished", vocab=vocab, files=list(validation.files))


def contents(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def said(work: Callable[[], Any]) -> str:
    with pytest.raises(Problem) as caught:
        work()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_new_run_is_queued_and_listed(home: Path) -> None:
    store, recipe = RunStore(), fine_tune(3, seed=7, hold_out=("pug_1.jpg",))
    run = store.create(recipe, parent="pets37")
    assert run.folder.parent == home / "runs"
    assert contents(run.folder) == ["owner.json", "run.json"]
    assert (run.state, run.recipe, run.usable) == ("queued", recipe, False)
    assert run.info["parent"] == "pets37"
    assert (run.info["vocab"], run.info["files"]) == ([], [])
    assert [each.id for each in store.list()] == [run.id, SHIPPED_ID, DRAWN_ID]
    assert store.get(run.id) == run
    assert list(run.events()) == []


def test_the_newest_comes_first_and_the_shipped_one_last(monkeypatch: pytest.MonkeyPatch) -> None:
    store = RunStore()
    times = iter(["20250101-000000", "20260101-000000", "20240101-000000"])
    monkeypatch.setattr("time.strftime", lambda _: next(times))
    for _ in range(3):
        store.create(baseline())
    assert [run.id[:4] for run in store.list()] == ["2026", "2025", "2024", "pets", "draw"]


def test_two_runs_of_one_second_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.strftime", lambda _: "20250101-000000")
    assert len({RunStore().create(baseline()).id for _ in range(20)}) == 20


def test_a_home_of_ones_own(tmp_path: Path) -> None:
    RunStore(tmp_path / "other").create(baseline())
    assert len(RunStore(tmp_path / "other").list()) == 3
    assert len(RunStore().list()) == 2


def test_an_update_changes_what_it_names_and_keeps_the_rest() -> None:
    run = RunStore().create(baseline())
    assert run.state == "queued"
    run.update(vocab=["pug"], state="running")
    again = run.update(state="finished")
    assert (again.state, again.info["vocab"], again.recipe) == ("finished", ["pug"], run.recipe)
    assert run.state == "queued"
    assert run.fresh().state == "finished"
    assert contents(run.folder) == ["owner.json", "run.json"]


@pytest.mark.parametrize("name", ["lock", "charge"])  # today's, and that of 0.1
def test_a_run_that_another_process_has_is_not_taken(name: str) -> None:
    run = RunStore().create(baseline())
    with FileLock(run.folder / name), run.control.lock() as ours:
        assert not ours
    with run.control.lock() as ours:
        assert ours


def test_a_deleted_run_is_gone_and_its_neighbours_are_not() -> None:
    store = RunStore()
    one, other = trained(store), trained(store)
    store.delete(one.id)
    assert contents(store.folder) == [other.id]
    assert "There is no run" in said(lambda: store.get(one.id))
    assert "There is no run" in said(lambda: store.delete(one.id))


def test_the_shipped_run_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(SHIPPED, tmp_path / "shipped")  # what a fault would delete
    for module in ("run", "store"):
        monkeypatch.setattr(f"petwidgets.runs.{module}.SHIPPED", tmp_path / "shipped")
    assert said(lambda: RunStore().delete(SHIPPED_ID)) == (
        "The run pets37 comes with petwidgets and stays."
    )
    assert RunStore().get(SHIPPED_ID).usable


@pytest.mark.parametrize(
    "identity",
    ["..", ".", "", "../runs", "a/b", "/etc", "..\\x", ".hidden", "a\0b", "x" * 200, "run\n", "-a"],
)
def test_an_id_never_leads_out_of_the_store(identity: str, home: Path) -> None:
    store = RunStore()
    kept = store.create(baseline())
    (home / "thesis").mkdir()
    for work in (store.get, store.delete):
        assert "There is no run" in said(lambda work=work: work(identity))  # type: ignore[misc]
    assert kept.folder.is_dir()


@given(st.text())
def test_no_text_leads_out_of_the_store(identity: str) -> None:
    if identity != SHIPPED_ID:
        assert "There is no run" in said(lambda: RunStore().get(identity))


def test_other_things_in_the_folder_are_no_runs() -> None:
    store = RunStore()
    run = store.create(baseline())
    (store.folder / ".unfinished").mkdir()
    (store.folder / "notes.txt").write_text("mine")
    assert [each.id for each in store.list()] == [run.id, SHIPPED_ID, DRAWN_ID]


WHOLE = {"state": "finished", "recipe": baseline().to_json()}
DAMAGE = {
    "missing": None,
    "empty": "",
    "half": json.dumps(WHOLE)[:90],
    "no object": "[]",
    "a word": '"finished"',
    "null": "null",
    "no recipe": json.dumps({"state": "finished"}),
    "no state": json.dumps({"recipe": WHOLE["recipe"]}),
    "a state of its own": json.dumps({**WHOLE, "state": "asleep"}),
    "a state that is not text": json.dumps({**WHOLE, "state": ["finished"]}),
    "a recipe that is no object": json.dumps({**WHOLE, "recipe": 5}),
    "a recipe with a fault": json.dumps({**WHOLE, "recipe": {**baseline().to_json(), "size": 1}}),
    "files that are no list": json.dumps({**WHOLE, "files": None}),
    "results that are no object": json.dumps({**WHOLE, "results": 0.1}),
    "nested for ever": "[" * 100_000,
    "not text": "\udcff\udcfe",
}


@pytest.mark.parametrize("text", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_run_is_listed_as_damaged(text: str | None) -> None:
    store = RunStore()
    run = trained(store)
    path = run.folder / "run.json"
    path.unlink()
    if text is not None:
        path.write_text(text, "utf-8", "surrogateescape")
    found, *_ = store.list()
    assert (found.id, found.state, found.usable) == (run.id, "damaged", False)
    sentence = f"The run {run.id} is damaged: delete it with petwidgets runs delete."
    for work in (lambda: found.recipe, found.validation, lambda: found.update(state="failed")):
        assert said(work) == sentence
    store.delete(run.id)
    assert store.list() == [Run(SHIPPED / SHIPPED_ID), Run(SHIPPED / DRAWN_ID)]


def test_whole_is_sound() -> None:
    run = RunStore().create(baseline())
    (run.folder / "run.json").write_text(json.dumps(WHOLE))
    assert run.fresh().state == "finished"


def test_events_come_back_as_they_went_in() -> None:
    run = RunStore().create(baseline())
    events = [
        {"t": 0.5, "event": "started"},
        {
            "event": "skipped",
            "files": ["犬_1.jpg", "a\u2028b\x85c\nd\x0b.jpg", "not text \udcff.jpg"],
        },
    ]
    for event in events:
        run.append(event)
    assert list(run.events()) == events
    assert (run.folder / "events.jsonl").read_bytes().count(b"\n") == 2


NEW = st.text().map("new {}".format)


@given(st.lists(st.dictionaries(NEW, st.text() | st.integers() | st.booleans()), max_size=4))
def test_any_event_comes_back(details: list[dict[str, Any]]) -> None:
    run = RunStore().create(baseline())
    events = [{"event": "changed", **more} for more in details]
    for event in events:
        run.append(event)
    assert list(run.events()) == events


@pytest.mark.parametrize(
    "wrong",
    [
        '{"event": null}',
        '{"t": 1.0}',
        '{"event": "epoch", "t": "soon"}',
        '{"event": "epoch", "error_rate": [0.1]}',
        '{"event": "batch", "images_per_second": Infinity}',
        '{"event": "stage", "groups": [7]}',
        '{"event": "rate", "points": [[0.1]]}',
        '{"event": "finished", "hints": [1]}',
    ],
)
def test_an_event_of_other_values_is_left_out(wrong: str) -> None:
    run = RunStore().create(baseline())
    run.append({"event": "started"})
    with (run.folder / "events.jsonl").open("a") as file:
        file.write(wrong + "\n")
    assert run.events() == [{"event": "started"}]


@pytest.mark.parametrize(
    "told",
    [
        {"event": "rate", "points": [[1e-5, 2.5], [1e-4, None]], "done": 2, "of": 9},
        {"event": "finished", "hints": {"steep": 1e-3}, "points": 9, "diverged": True},
        {"event": "epoch", "t": 1.0, "train_loss": math.inf, "error_rate": 0.5},
        {"event": "progress", "done": 0, "of": 0, "stage": "folds", "seconds_left": None},
        {"event": "failed", "problem": "No.", "incomplete": {"found": 3}},
    ],
)
def test_what_a_training_tells_is_kept(told: dict[str, Any]) -> None:
    run = RunStore().create(baseline())
    run.append(told)
    assert run.events() == [told]


@pytest.mark.parametrize(
    "wrong",
    [
        {"parent": ["pets37"]},
        {"created": [1]},
        {"created": float("nan")},
        {"visitor": 7},
        {"files": [None]},
        {"versions": []},
        {"results": {"error_rate": "none"}},
        {"results": {"seconds": None}},
        {"attempt": -1},
        {"recipe": {**baseline().to_json(), "data": ["sample"]}},
    ],
)
def test_a_run_of_other_values_is_damaged(wrong: dict[str, Any]) -> None:
    store = RunStore()
    run = store.create(baseline())
    write_json(run.folder / "run.json", {**run.info, **wrong})
    assert store.get(run.id).state == "damaged"


def test_half_a_line_is_left_out() -> None:
    run = RunStore().create(baseline())
    run.append({"event": "started"})
    with (run.folder / "events.jsonl").open("ab") as file:
        file.write(b'{"event": "epoch", "valid_lo')
    assert list(run.events()) == [{"event": "started"}]
    run.append({"event": "failed"})
    run.append({"event": "more"})
    assert [event["event"] for event in run.events()] == ["started", "failed", "more"]


def test_lines_that_are_no_events_are_left_out() -> None:
    run = RunStore().create(baseline())
    garbage = b'\xff\xfe\n[1]\n"x"\n\n{"event": "epoch"}\nnull\n' + b"[" * 100_000 + b"\n"
    (run.folder / "events.jsonl").write_bytes(garbage)
    assert list(run.events()) == [{"event": "epoch"}]


def test_names_that_are_no_text_are_kept() -> None:
    run = RunStore().create(baseline())
    name = os.fsdecode(b"pug_\xff.jpg")
    assert run.update(files=[name]).info["files"] == [name]


def test_predictions_come_back_as_they_went_in() -> None:
    kept = predictions()
    found = trained(RunStore(), kept).validation()
    assert found.files == kept.files
    for one, other in zip(
        (found.probabilities, found.targets, found.losses),
        (kept.probabilities, kept.targets, kept.losses),
        strict=True,
    ):
        np.testing.assert_array_equal(one, other)
    assert found.errors == int((kept.probabilities.argmax(1) != kept.targets).sum())


def test_no_predictions_yet_is_one_sentence() -> None:
    assert "let an epoch end" in said(RunStore().create(baseline()).validation)


@pytest.mark.parametrize("keep", [0, 4, 30, -1])
def test_predictions_that_are_cut_off_are_one_sentence(keep: int) -> None:
    run = trained(RunStore())
    path = run.folder / "validation.safetensors"
    path.write_bytes(path.read_bytes()[:keep])
    assert said(run.validation) == f"The predictions of run {run.id} are damaged: train it again."


def test_predictions_of_something_else_are_one_sentence() -> None:
    run = trained(RunStore())
    path = run.folder / "validation.safetensors"
    whole = load_file(path)
    for arrays in (
        {key: value for key, value in whole.items() if key != "losses"},
        {**whole, "probabilities": whole["probabilities"][:-1]},
        {**whole, "probabilities": whole["probabilities"][:, :-1]},
        {**whole, "targets": whole["targets"][:, None]},
        {key: value[:-1] for key, value in whole.items()},
    ):
        save_file(arrays, path)
        assert "are damaged" in said(run.validation)
    path.write_bytes(os.urandom(500))
    assert "are damaged" in said(run.validation)


# --- the disk -----------------------------------------------------------------------------------


def refusing(number: int) -> Callable[..., Any]:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(number, os.strerror(number))

    return refuse


def half_written(path: Path, data: Any, *_: Any, **__: Any) -> None:
    """As a disk does that fills up while it is written to."""
    with path.open("wb") as file:
        file.write((data if isinstance(data, bytes) else data.encode())[:20])
    refusing(errno.ENOSPC)()


def test_a_full_disk_leaves_the_old_file_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    run = trained(RunStore())
    before = {path.name: path.read_bytes() for path in run.folder.iterdir()}
    with monkeypatch.context() as disk:
        disk.setattr(Path, "write_text", half_written)
        disk.setattr(Path, "write_bytes", half_written)
        for work in (
            lambda: run.update(state="failed"),
            lambda: run.save_validation(predictions(9)),
        ):
            sentence = said(work)
            assert "is full: free some space" in sentence
            assert str(run.folder) in sentence
    assert {path.name: path.read_bytes() for path in run.folder.iterdir()} == before
    assert run.fresh().state == "finished"


def test_a_full_disk_stops_a_new_run_and_an_event(monkeypatch: pytest.MonkeyPatch) -> None:
    store = RunStore()
    run = store.create(baseline())
    with monkeypatch.context() as disk:
        disk.setattr(Path, "mkdir", refusing(errno.ENOSPC))
        assert "is full" in said(lambda: store.create(baseline()))
    with monkeypatch.context() as disk:
        disk.setattr(Path, "open", refusing(errno.ENOSPC))
        sentence = said(lambda: run.append({"event": "epoch"}))
        assert f"The disk that holds {run.folder} is full" in sentence
    assert [each.id for each in store.list()] == [run.id, SHIPPED_ID, DRAWN_ID]


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.EPERM, errno.EIO])
def test_a_folder_that_can_not_be_written_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, number: int
) -> None:
    monkeypatch.setattr(Path, "write_text", refusing(number))
    assert said(lambda: write_json(tmp_path / "x.json", {})) == (
        f"{tmp_path} can't be written: set PETWIDGETS_HOME to a folder of your own."
    )
    assert contents(tmp_path) == []


@pytest.mark.parametrize("home", ["{0}/file", "{0}/file/below", "/proc/no-such-thing"])
def test_a_home_that_can_not_be_is_one_sentence(tmp_path: Path, home: str) -> None:
    (tmp_path / "file").touch()
    store = RunStore(Path(home.format(tmp_path)))
    assert "set PETWIDGETS_HOME" in said(lambda: store.create(baseline()))
    assert [run.id for run in store.list()] == [SHIPPED_ID, DRAWN_ID]


def test_an_exception_on_the_way_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    write_json(path, {"a": 1})
    with pytest.raises(ZeroDivisionError), replacing(path) as temporary:
        temporary.write_text(str(1 / 0))
    with pytest.raises(TypeError), replacing(path) as temporary:
        temporary.write_bytes(b"half") + None  # type: ignore[operator]
    assert json.loads(path.read_text()) == {"a": 1}
    assert contents(tmp_path) == ["x.json"]
    with pytest.raises(TypeError):
        write_json(path, {"a": object()})
    assert json.loads(path.read_text()) == {"a": 1}


# --- the run that ships -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shipped() -> Run:
    return Run(SHIPPED / SHIPPED_ID)


def test_the_shipped_run_is_sound(shipped: Run) -> None:
    assert (shipped.state, shipped.usable, shipped.info["id"]) == ("finished", True, SHIPPED_ID)
    assert RunStore().get(SHIPPED_ID) == shipped
    vocab = shipped.info["vocab"]
    assert len(vocab) == 37
    assert vocab == sorted(vocab)
    assert sum(breed[0].isupper() for breed in vocab) == 12
    events = [event["event"] for event in shipped.events()]
    assert (events[0], events[-1], events.count("epoch")) == ("started", "finished", 12)
    sizes = {path.name: path.stat().st_size for path in shipped.folder.iterdir()}
    assert sizes.pop("features.safetensors") < 2_000_000
    assert sum(sizes.values()) < 1_000_000


def test_its_predictions_are_what_it_says_of_them(shipped: Run) -> None:
    validation = shipped.validation()
    assert len(validation.files) == len(set(validation.files)) == 740
    assert validation.probabilities.shape == (740, 37)
    assert validation.probabilities.min() >= 0
    np.testing.assert_allclose(validation.probabilities.sum(1), 1, atol=1e-5)
    of_targets = validation.probabilities[np.arange(740), validation.targets]
    np.testing.assert_allclose(validation.losses, -np.log(of_targets), atol=1e-4)
    results = shipped.info["results"]
    assert results["error_rate"] == pytest.approx(validation.errors / 740, abs=1e-9)
    assert results["valid_loss"] == pytest.approx(float(validation.losses.mean()), abs=1e-5)
    last = [event for event in shipped.events() if event["event"] == "epoch"][-1]
    assert last["error_rate"] == results["error_rate"]
    assert results["error_rate"] < 0.11
    names = [re.sub(r"_\d+\.jpg$", "", name) for name in validation.files]
    assert [shipped.info["vocab"][target] for target in validation.targets] == names


def test_it_was_never_trained_on_what_it_is_measured_on(shipped: Run) -> None:
    trained_on, held = set(shipped.info["train_files"]), set(shipped.recipe.hold_out)
    assert len(trained_on) == 2960
    assert len(held) == 370
    assert not trained_on & held
    assert not trained_on & set(shipped.info["files"])
    assert held <= set(shipped.info["files"])


def test_the_photographs_at_their_original_size_are_held_out(shipped: Run, real: Path) -> None:
    originals = {path.name for path in (real / "pets-original" / "images").glob("*.jpg")}
    assert originals == set(shipped.recipe.hold_out)


def test_it_tells_nothing_of_the_machine_that_made_it(shipped: Run) -> None:
    text = "".join(
        (shipped.folder / name).read_text("utf-8") for name in ("run.json", "events.jsonl")
    )
    paths = set(re.findall(r'"((?:/|[A-Z]:\\|~)[^"]*)"', text))
    assert paths == {"/srv/oxford-iiit-pet-512"}
    assert shipped.recipe.data == "/srv/oxford-iiit-pet-512"
    assert "CC BY-SA 4.0" in shipped.info["licence"]


# --- recorded runs ---


@pytest.mark.parametrize("run", RunStore().recorded(), ids=lambda run: run.id)
def test_recorded_runs_are_sound_and_say_what_they_are(run: Run) -> None:
    assert run.state == "finished"
    assert not run.usable
    validation, told = run.validation(), run.events()
    epochs = [event for event in told if event["event"] == "epoch"]
    assert len(epochs) == run.recipe.epochs
    assert epochs[-1]["error_rate"] == validation.errors / len(validation.targets)
    assert epochs[-1]["valid_loss"] == pytest.approx(validation.losses.mean(), rel=1e-4)
    assert run.recipe.data == "/srv/oxford-iiit-pet-512"
    assert not set(run.info["files"]) & set(run.info["train_files"])
    assert RunStore().get(run.id) == run


def test_stopping_early_is_worse_than_a_whole_shorter_cycle() -> None:
    """The chapter's point, "Selecting the Number of Epochs", on 740 real photographs."""
    recorded = RunStore().recorded()
    long = next(run for run in recorded if run.id == "recorded-head-40")
    rows = early_stopping(long, recorded)
    assert [row[0] for row in rows] == ["5", "10", "20"]
    for _, error, loss, whole_error, whole_loss, _ in rows[1:]:
        assert float(whole_error) < float(error)
        assert float(whole_loss) < float(loss)
    band = overconfident(figures(long.events()))
    assert band is not None
    assert band[0] == 3


# --- features ---


def test_features_are_kept_as_float16() -> None:
    run = trained(RunStore())
    assert not run.featured
    assert "keeps no features: have them computed" in said(run.features)
    rows = np.linspace(-3, 3, 6 * 4).reshape(6, 4)
    run.save_features(rows)
    assert run.featured
    assert np.array_equal(run.features(), rows.astype(np.float16))
    assert not [name for name in contents(run.folder) if name.startswith(".")]


@pytest.mark.parametrize(
    "rows",
    [
        np.ones((5, 4), np.float16),  # of five photographs, where there are six
        np.ones((6, 4), np.float32),
        np.ones(6, np.float16),
        np.full((6, 4), np.nan, np.float16),
        None,
    ],
)
def test_damaged_features_are_not_believed(rows: np.ndarray | None) -> None:
    run = trained(RunStore())
    path = run.folder / "features.safetensors"
    path.write_bytes(b"no tensors") if rows is None else save_file({"features": rows}, path)
    assert f"The features of run {run.id} are damaged" in said(run.features)
    assert run.validation().errors >= 0, "the rest is sound"


@pytest.mark.parametrize(
    "events",
    [
        [],
        [{"event": "epoch"}],
        [{"event": "epoch", "epoch": "one"}],
        [{"event": "epoch", "epoch": 5, "error_rate": None, "valid_loss": 1.0}],
        [{"event": "epoch", "epoch": 5, "error_rate": "x"}],
    ],
)
def test_a_shorter_run_of_another_shape_is_not_compared(events: list[dict[str, Any]]) -> None:
    long = RunStore().get("recorded-head-40")
    odd = RunStore().create(
        replace(long.recipe, stages=(replace(long.recipe.stages[0], epochs=5),))
    )
    for event in events:
        odd.append(event)
    sound = RunStore().get("recorded-head-5")
    assert [row[-1] for row in early_stopping(long, [odd, sound])] == [sound.id]


@pytest.mark.parametrize("made", [{}, {"epoch": 4}, {"parent": "20260101-000000-aaaaaa"}])
def test_only_a_whole_cycle_from_the_same_weights_is_compared(made: dict[str, Any]) -> None:
    long = RunStore().get("recorded-head-40")
    recipe = replace(long.recipe, stages=(replace(long.recipe.stages[0], epochs=5),))
    run = RunStore().create(recipe, parent=made.get("parent", ""))
    figures = {"train_loss": 1.0, "valid_loss": 1.0, "error_rate": 0.5}
    for epoch in range(1, made.get("epoch", 5) + 1):
        run.append({"event": "epoch", "t": 1.0, "epoch": epoch, "of": 5, **figures})
    assert len(early_stopping(long, [run])) == (not made)


def test_a_run_of_too_many_breeds_is_not_looked_at() -> None:
    run = trained(RunStore()).update(vocab=[str(n) for n in range(1001)])
    assert "tells 1,001 classes apart, and 1,000 at most" in said(lambda: read(run))


@pytest.mark.parametrize(
    ("error", "temperature", "said"),
    [
        (0.1, 0.9, "Its temperature would be 0.90: not sure enough."),
        (0.1, 1.2, "Its temperature would be 1.20: too sure of itself."),
        (0.9, 1.0, "No temperature can be fitted to"),
        (0.0, 0.05, "No temperature can be fitted to"),  # as older runs recorded it
    ],
)
def test_what_the_temperature_says_of_an_epoch(error: float, temperature: float, said: str) -> None:
    event = {"epoch": 1, "valid_loss": 0.1, "error_rate": error, "temperature": temperature}
    assert said in explained([event], event)
