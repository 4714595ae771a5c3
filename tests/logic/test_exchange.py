"""A run as one file: what goes out comes in again, and what is no such file is refused."""

from __future__ import annotations

import io
import json
import os
import shutil
import stat
import struct
import time
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from safetensors.numpy import save
from small_run import FILES, entries, save_tensors, zipped

from petwidgets.common import leftovers
from petwidgets.common.errors import Problem
from petwidgets.common.owner import Owner
from petwidgets.recipes.presets import fine_tune
from petwidgets.runs import import_export, safe_zip
from petwidgets.runs import schema as bounds
from petwidgets.runs.import_export import export, packed, take
from petwidgets.runs.info import owner_of
from petwidgets.runs.run import DRAWN_ID, SHIPPED_ID, Run
from petwidgets.runs.safe_zip import HAND_MADE, NOT_OURS
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

VISITOR = "0123456789abcdef"
NAMES = ["events.jsonl", "model.safetensors", "run.json", "validation.safetensors"]
OWNED = sorted([*NAMES, "owner.json"])
"""What is in the folder of an import."""
EVENTS = [
    {"t": 0.0, "event": "started", "recipe": "fine-tune", "epochs": 2},
    {
        "t": 1.0, "event": "batch", "done": 1, "of": 2, "loss": float("nan"), "rates": [0.1],
        "images_per_second": 9.0,
    },
    {
        "t": 2.0, "event": "epoch", "epoch": 1, "of": 2,
        "train_loss": 1.0, "valid_loss": 0.5, "error_rate": 0.5,
    },
    {"t": 3.0, "event": "finished"},
]  # fmt: skip


def trained(store: RunStore, **info: Any) -> Run:
    """A run of two breeds and four photographs, as a training leaves it."""
    run = store.create(fine_tune(2), visitor="somebody", goes_on=True, priority=-1, **info)
    save_tensors(run)
    for event in EVENTS:
        run.append(event)
    for name in ("lock", "charge", "stop", "checkpoint.safetensors"):
        (run.folder / name).write_bytes(b"not to be exported")
    results = {"error_rate": 0.25, "seconds": 3.0, "epochs": 2}
    said = {"keeps": "all", "head": "fastai", "least_probability": 0.5, "results": results}
    return run.update(
        state="finished", vocab=["Bombay", "pug"], files=list(FILES), train_files=["x.jpg"], **said
    )


@pytest.fixture
def there(tmp_path: Path) -> RunStore:
    """Another home, that runs come from."""
    return RunStore(tmp_path / "there")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A small export."""
    return packed(trained(RunStore(tmp_path_factory.mktemp("sound"))))


def with_info(content: bytes, **changes: Any) -> bytes:
    parts = entries(content)
    info = {**json.loads(parts["run.json"]), **changes}
    return zipped({**parts, "run.json": json.dumps(info).encode()})


def refused(content: bytes) -> str:
    """The sentence of a file that is refused; nothing is left of it."""
    store = RunStore()
    with pytest.raises(Problem) as caught:
        take(content, store, VISITOR)
    assert not store.folder.exists() or list(store.folder.iterdir()) == []
    said = str(caught.value)
    assert "\n" not in said
    assert said.endswith((".", ":"))
    return said


# --- there and back -----------------------------------------------------------------------------


def test_there_and_back(there: RunStore, tmp_path: Path) -> None:
    run = trained(there)
    export(run, tmp_path / "one.petrun.zip")
    content = import_export.read(tmp_path / "one.petrun.zip")
    assert sorted(entries(content)) == NAMES
    taken = take(content, RunStore(), VISITOR)
    assert (taken.id != run.id, taken.info["origin"]) == (True, run.id)
    assert taken.folder.parent == RunStore().folder
    for name in NAMES:
        if name != "run.json":
            assert (taken.folder / name).read_bytes() == (run.folder / name).read_bytes(), name
    assert sorted(path.name for path in taken.folder.iterdir()) == OWNED
    assert (taken.recipe, taken.state, taken.usable) == (run.recipe, "finished", True)
    assert taken.validation().errors == run.validation().errors == 1
    assert [each.id for each in RunStore().list()] == [taken.id, SHIPPED_ID, DRAWN_ID]
    assert sorted(p.name for p in tmp_path.iterdir() if p.is_file()) == ["one.petrun.zip"]


def test_the_shipped_run_goes_out_and_in() -> None:
    shipped = RunStore().get(SHIPPED_ID)
    taken = take(packed(shipped), RunStore())
    assert taken.id != SHIPPED_ID
    assert taken.validation().errors == shipped.validation().errors
    assert taken.events() == shipped.events()
    assert taken.info["licence"] == shipped.info["licence"]
    assert RunStore().get(SHIPPED_ID).folder == shipped.folder


def test_a_run_that_is_there_is_never_touched(there: RunStore, sound: bytes) -> None:
    store = RunStore()
    first = take(sound, store)
    before = {p.name: p.read_bytes() for p in first.folder.iterdir()}
    second = take(with_info(sound, vocab=["Bombay", "boxer"]), store)
    assert second.id != first.id
    assert second.info["id"] == second.id
    assert {p.name: p.read_bytes() for p in first.folder.iterdir()} == before


@pytest.mark.parametrize(
    "identity", ["../x", "/etc/x", ".hidden", "", "a" * 500, 7, None, "pets37"]
)
def test_an_id_that_no_store_gives_is_not_remembered(sound: bytes, identity: Any) -> None:
    run = take(with_info(sound, id=identity), RunStore())
    assert import_export.ID.fullmatch(run.id)
    assert "origin" not in run.info
    assert [path.name for path in RunStore().folder.iterdir()] == [run.id]


@pytest.mark.parametrize("identity", ["99991231-235959-ffffff", "00010101-000000-000000"])
def test_an_import_is_of_now_whatever_it_says(sound: bytes, identity: str) -> None:
    store = RunStore()
    before = store.create(fine_tune(1))
    run = take(with_info(sound, id=identity), store)
    assert run.info["origin"] == identity
    assert before.id[:15] <= run.id[:15] <= time.strftime("%Y%m%d-%H%M%S")


def test_what_a_file_claims_of_its_owner_and_parent_is_not_believed(sound: bytes) -> None:
    claims = {"visitor": "another", "goes_on": True, "parent": "20250101-000000-aaaaaa"}
    claims |= {"priority": -99, "attempt": 3, "imported": 0, "surprise": {"deep": [1]}}
    claims |= {"turn": {"minutes": 1e9, "until": 1e9}, "origin": "another"}
    told = json.loads(entries(sound)["run.json"])
    assert not {"visitor", "goes_on", "priority"} & set(told)  # it does not leave the home either
    info = take(with_info(sound, **claims), RunStore(), VISITOR).info
    assert info["visitor"] == VISITOR
    assert info["imported"] > 0
    assert not (set(claims) - {"visitor", "imported", "origin"}) & set(info)
    assert info["origin"] == told["id"]
    assert owner_of(info) == Owner(VISITOR, imported=True)
    assert "visitor" not in take(with_info(sound, **claims), RunStore()).info


@pytest.mark.parametrize("state", ["running", "queued"])
def test_what_claims_to_be_under_way_is_stopped(sound: bytes, state: str) -> None:
    assert take(with_info(sound, state=state), RunStore()).state == "stopped"


def test_a_run_without_weights_and_predictions_comes_in(sound: bytes) -> None:
    parts = entries(sound)
    for name in ("model.safetensors", "validation.safetensors", "events.jsonl"):
        del parts[name]
        run = take(zipped(parts), RunStore())
        assert not run.usable
        assert run.recipe == fine_tune(2)


def test_what_is_not_over_or_no_training_is_not_exported(there: RunStore, tmp_path: Path) -> None:
    cases: list[tuple[Callable[[Run], Run], str]] = [
        (lambda run: run.update(state="running"), "has not ended"),
        (lambda run: run.update(kind="rates"), "is no training"),
    ]
    for change, words in cases:
        with pytest.raises(Problem, match=words):
            packed(change(trained(there)))
    damaged = trained(there)
    (damaged.folder / "run.json").write_text("{")
    with pytest.raises(Problem, match="is damaged"):
        export(damaged.fresh(), tmp_path / "x.zip")
    with pytest.raises(Problem, match="is a folder"):
        export(trained(there), tmp_path)
    with pytest.raises(Problem, match="give another place"):
        export(trained(there), tmp_path / "nowhere" / "x.zip")
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == []


def test_a_file_that_is_not_there_or_too_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sound: bytes
) -> None:
    with pytest.raises(Problem, match="There is no file"):
        import_export.read(tmp_path / "none.zip")
    (tmp_path / "one.zip").write_bytes(sound)
    monkeypatch.setattr(safe_zip, "MOST_PACKED", len(sound) - 1)
    with pytest.raises(Problem, match="no run is so large"):
        import_export.read(tmp_path / "one.zip")
    assert "no run is so large" in refused(sound)


def test_what_claims_to_be_of_the_future_is_of_now(sound: bytes) -> None:
    """Else it would never be swept away with its visitor."""
    run = take(with_info(sound, created=1e18), RunStore(), VISITOR)
    assert run.info["created"] == run.info["imported"]
    assert take(with_info(sound, created=5), RunStore()).info["created"] == 5


def test_what_a_killed_process_left_is_removed(sound: bytes) -> None:
    runs = RunStore().folder
    left = set()
    for age in (2 * leftovers.STALE, 0):
        hexadecimal = f"{int(age):016x}"
        deleted, made = f".20260101-000000-abcdef.{int(age)}", f".new.20260101-000000-{int(age)}"
        left = {f".import.{hexadecimal}", made, deleted}
        for name in left:
            (runs / name).mkdir(parents=True)
            then = time.time() - age
            os.utime(runs / name, (then, then))
    run = take(sound, RunStore())
    assert {path.name for path in runs.iterdir()} == {*left, run.id}


# --- damaged ------------------------------------------------------------------------------------

SPLENDID = {"finished", "stopped", "failed"}


def sound_or_refused(content: bytes, folder: Path) -> None:
    """Whatever it holds: a sentence and nothing left, or a run that every reader can read."""
    shutil.rmtree(folder, ignore_errors=True)
    store = RunStore(folder)
    try:
        run = take(content, store, VISITOR)
    except Problem:
        assert not store.folder.exists() or list(store.folder.iterdir()) == []
        return
    assert run.state in SPLENDID
    assert run.info["visitor"] == VISITOR
    assert {path.name for path in run.folder.iterdir()} <= set(OWNED)
    assert len(run.events()) == (run.folder / "events.jsonl").read_bytes().count(b"\n")
    assert run.validation().errors <= 4


@given(st.data())
def test_flipped_bytes(tmp_path_factory: pytest.TempPathFactory, sound: bytes, data: Any) -> None:
    places = data.draw(st.lists(st.integers(0, len(sound) - 1), min_size=1, max_size=3))
    damaged = bytearray(sound)
    for place in places:
        damaged[place] ^= data.draw(st.integers(1, 255))
    sound_or_refused(bytes(damaged), tmp_path_factory.getbasetemp() / "flipped")


@given(st.data())
def test_cut_off(sound: bytes, data: Any) -> None:
    end = data.draw(st.integers(0, len(sound) - 1))
    with pytest.raises(Problem):
        take(sound[:end], RunStore())


@given(st.sampled_from(NAMES), st.data())
def test_entries_that_are_whole_but_others(
    tmp_path_factory: pytest.TempPathFactory, sound: bytes, name: str, data: Any
) -> None:
    """What the zip's own checksums don't notice, since they are made anew."""
    parts = entries(sound)
    content = bytearray(parts[name])
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.one_of(st.none(), st.integers(0, len(content))))
    altered = zipped({**parts, name: bytes(content[:end])})
    sound_or_refused(altered, tmp_path_factory.getbasetemp() / "altered")


@given(st.text(max_size=60), st.binary(max_size=20))
@example("../../evil.json", b"")
@example("run.json/../../evil", b"")
@example("/etc/passwd", b"")
@example("C:\\evil", b"")
@example("folder/model.safetensors", b"")
@example("model.pkl", b"")
@example("checkpoint.safetensors", b"")
@example("", b"")
def test_added_entries(sound: bytes, name: str, content: bytes) -> None:
    if name in NAMES or passed_over(name):
        return
    try:
        more = zipped({**entries(sound), name: content})
    except UnicodeEncodeError:  # such a name can't be in a zip
        return
    store = RunStore()
    before = [*store.folder.iterdir()] if store.folder.exists() else []
    with pytest.raises(Problem, match="belongs to no run"):
        take(more, store)
    assert ([*store.folder.iterdir()] if store.folder.exists() else []) == before


def passed_over(name: str) -> bool:
    """Whether a file manager adds such an entry: a folder, or what it keeps beside files."""
    parts = name.replace("\\", "/").split("/")
    last = next((part for part in reversed(parts) if part not in ("", ".")), "")
    beside = last.startswith("._") or last in (".DS_Store", "Thumbs.db", "desktop.ini")
    return parts[-1] == "" != name or parts[0] == "__MACOSX" or beside


# --- packed again by somebody ---


@pytest.mark.parametrize("folder", ["pets37/", "my run/", "a/b/", "mine\\"])
def test_an_export_that_was_unpacked_and_packed_again(sound: bytes, folder: str) -> None:
    parts = {f"{folder}{name}": content for name, content in entries(sound).items()}
    mac = {folder: b"", "__MACOSX/": b"", f"__MACOSX/{folder}._run.json": b"\0\5\x16\7"}
    more = {f"{folder}._run.json": b"x", f"{folder}.DS_Store": b"x", f"{folder}Thumbs.db": b"x"}
    run = take(zipped({**mac, **more, **parts}), RunStore())
    assert {path.name for path in run.folder.iterdir()} == set(OWNED)


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (("README.md", "config.json", "load.py", "model.safetensors"), "a model folder"),
        (("index.html", "page.js", "model.json", "head.safetensors"), "a web page"),
    ],
)
def test_another_export_of_a_run(names: tuple[str, ...], kind: str) -> None:
    for folder in ("", "pets37/"):
        assert refused(zipped({f"{folder}{name}": b"{}" for name in names})) == (
            f"This is {kind}, not a run: export the run itself, as petwidgets runs export --as run"
            " does."
        )


def test_two_folders_in_a_file(sound: bytes) -> None:
    parts = entries(sound)
    two = {f"{folder}/{name}": c for folder in ("a", "b") for name, c in parts.items()}
    assert "belongs to no run" in refused(zipped(two))
    assert "belongs to no run" in refused(zipped({f"../{n}": c for n, c in parts.items()}))
    assert "belongs to no run" in refused(zipped({f"/etc/{n}": c for n, c in parts.items()}))


# --- made by hand -------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"", b"PK", b"no zip at all" * 99, b"PK\x05\x06" + b"\0" * 18])
def test_what_is_no_export(content: bytes) -> None:
    assert refused(content) == NOT_OURS


def test_a_name_that_ends_in_its_midst(sound: bytes) -> None:
    parts = {"run.json_txt": entries(sound)["run.json"]}
    assert "belongs to no run" in refused(zipped(parts).replace(b"run.json_txt", b"run.json\0txt"))


def test_an_entry_twice(sound: bytes) -> None:
    into = io.BytesIO(sound)
    with zipfile.ZipFile(into, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("run.json", b"{}")
    assert "twice" in refused(into.getvalue())


def test_links_folders_and_unusual_packing(sound: bytes) -> None:
    parts = {"run.json": entries(sound)["run.json"]}
    link = (stat.S_IFLNK | 0o777) << 16
    assert "no plain file" in refused(zipped(parts, external_attr=link))
    assert "no plain file" in refused(zipped(parts, external_attr=(stat.S_IFDIR | 0o777) << 16))
    for how in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        assert "unusual way" in refused(zipped(parts, compress_type=how))


def test_an_encrypted_entry(sound: bytes) -> None:
    damaged = bytearray(zipped({"run.json": entries(sound)["run.json"]}))
    for signature, at in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        damaged[damaged.index(signature) + at] |= 1
    assert "is encrypted" in refused(bytes(damaged))


def test_a_bomb_is_refused_before_it_is_unpacked(sound: bytes) -> None:
    zeros = b"\0" * (safe_zip.LARGEST["run.json"] + 1)
    bomb = zipped({"run.json": zeros})
    assert len(bomb) < 100_000
    assert "8 MB are the most" in refused(bomb)


def test_a_bomb_that_says_that_it_is_small(sound: bytes, tmp_path: Path) -> None:
    """Only as much is unpacked as is claimed, and the checksum then tells."""
    bomb = bytearray(zipped({"run.json": b"\0" * 10_000_000}))
    for signature, at in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        place = bomb.index(signature) + at
        bomb[place : place + 4] = struct.pack("<L", 1000)
    assert "is damaged" in refused(bytes(bomb))


def test_an_entry_that_damage_swallows_is_missed(sound: bytes) -> None:
    """The comment of one entry becomes as long as the next entry, which is gone with that."""
    damaged, start = bytearray(sound), sound.index(b"PK\x01\x02")
    length = sound.index(b"PK\x01\x02", sound.index(b"PK\x01\x02", start + 4) + 4)
    first = sound.index(b"PK\x01\x02", start + 4)
    struct.pack_into("<H", damaged, start + 32, length - first)
    assert refused(bytes(damaged)) == HAND_MADE


def test_a_list_of_a_million_entries_is_not_read(sound: bytes) -> None:
    claims = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 9, 9, safe_zip.LONGEST_LIST + 1, 0, 0)
    assert refused(sound[:-22] + claims) == HAND_MADE
    wide = struct.pack("<4sLQL", b"PK\x06\x07", 0, 0, 1)
    assert refused(sound[:-22] + wide + sound[-22:]) == HAND_MADE


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"state": "damaged"}, "at 'state'"),
        ({"state": ["finished"]}, "at 'state'"),
        ({"kind": "rates"}, "search of a learning rate"),
        ({"recipe": {}}, "at 'recipe'"),
        ({"recipe": 7}, "at 'recipe'"),
        ({"vocab": "pug"}, "at 'vocab'"),
        ({"vocab": ["pug", "pug"]}, "at 'vocab'"),
        ({"vocab": ["pug", 7]}, "at 'vocab'"),
        ({"vocab": ["pug"]}, "don't fit its run.json"),
        ({"vocab": ["pug", "boxer", "Bombay"]}, "don't fit its run.json"),
        ({"vocab": [str(n) for n in range(1001)]}, "tells 1,001 classes apart: those of 1,000"),
        ({"created": 10**400}, "at 'created'"),
        ({"files": ["pug_1.jpg"]}, "don't fit its run.json"),
        ({"files": [["pug_1.jpg"]]}, "at 'files'"),
        ({"results": {"seconds": "long"}}, "at 'results'"),
        ({"results": []}, "at 'results'"),
        ({"created": "yesterday"}, "at 'created'"),
        ({"created": float("nan")}, "at 'created'"),
        ({"keeps": "all of it"}, "at 'keeps'"),
        ({"keeps": {}}, "at 'keeps'"),
        ({"least_probability": 7}, "at 'least_probability'"),
        ({"batch_size": "64"}, "at 'batch_size'"),
        ({"preprocessing": {"mean": [1]}}, "at 'preprocessing'"),
        ({"licence": "x" * 100_000}, "at 'licence'"),
    ],
)
def test_a_run_json_that_is_not_sound(sound: bytes, changes: dict[str, Any], words: str) -> None:
    assert words in refused(with_info(sound, **changes))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("data", ["x"]), ("arch", {}), ("size", "224"), ("size", 224.5), ("seed", None),
        ("seed", True), ("valid", "0.2"), ("hold_out", [1]), ("limit_per_breed", "9"),
        ("unheard", 1), ("batch_size", 10**30),
        ("leave_out", [1]), ("leave_out", ["x" * 2000]), ("relabel", [["a", 1]]),
        ("relabel", [["a"]]), ("relabel", ["ab"]), ("relabel", [["a", "b"], ["a", "c"]]),
    ],
)  # fmt: skip
def test_a_recipe_whose_settings_are_of_another_kind(sound: bytes, name: str, value: Any) -> None:
    recipe = {**fine_tune(2).to_json(), name: value}
    assert "at 'recipe'" in refused(with_info(sound, recipe=recipe))


@pytest.mark.parametrize(
    ("name", "value"), [("epochs", "3"), ("frozen", 1), ("rate", [1, 2, 3]), ("rate", ["a", 1])]
)
def test_a_stage_whose_settings_are_of_another_kind(sound: bytes, name: str, value: Any) -> None:
    recipe = fine_tune(2).to_json()
    recipe["stages"] = [{**recipe["stages"][0], name: value}]
    assert "at 'recipe'" in refused(with_info(sound, recipe=recipe))


@pytest.mark.parametrize("content", [b"", b"[]", b"7", b"{", b"\xff", b"[" * 100_000, b"{}"])
def test_a_run_json_that_is_none(sound: bytes, content: bytes) -> None:
    assert "run.json in this file" in refused(zipped({**entries(sound), "run.json": content}))
    assert refused(zipped({"events.jsonl": b""})) == NOT_OURS


@pytest.mark.parametrize(
    "line",
    [
        b"", b"7", b"{}", b"[1]", b"{", b"\xff\xfe", b"[" * 100_000,
        b'{"event": 7}', b'{"event": ["epoch"]}', b'{"event": "started", "t": "0"}',
        b'{"event": "started", "t": Infinity}', b'{"event": "started", "t": -1}',
        b'{"event": "started", "t": true}', b'{"event": "epoch"}',
        b'{"event": "epoch", "epoch": 1, "of": 1, "train_loss": 1, "error_rate": 0}',
        (b'{"t": 1, "event": "epoch", "epoch": 1, "of": 1, "train_loss": 1, "valid_loss": 1,'
        b' "error_rate": 2}'),
        b'{"event": "batch", "done": 1, "of": 2}', b'{"event": "batch", "done": -1}',
        b'{"event": "stage", "sentence": {}}', b'{"event": "batch", "rates": 0.1}',
    ],
)  # fmt: skip
def test_an_event_that_is_none(sound: bytes, line: bytes) -> None:
    parts = entries(sound)
    more = zipped({**parts, "events.jsonl": parts["events.jsonl"] + line + b"\n"})
    assert f"Line {len(EVENTS) + 1} of the events.jsonl" in refused(more)


def test_events_that_are_cut_off(sound: bytes) -> None:
    parts = entries(sound)
    cut = zipped({**parts, "events.jsonl": parts["events.jsonl"][:-1]})
    assert "events.jsonl in this file is cut off" in refused(cut)


def predictions(**changes: np.ndarray) -> bytes:
    arrays = {
        "probabilities": np.full((4, 2), 0.5, np.float32),
        "targets": np.zeros(4, np.int64),
        "losses": np.ones(4, np.float32),
    }
    return save({key: value for key, value in {**arrays, **changes}.items() if value.size})


@pytest.mark.parametrize(
    "changes",
    [
        {"targets": np.full(4, 2)},
        {"targets": np.full(4, -1)},
        {"targets": np.zeros(4, np.float32)},
        {"targets": np.zeros(3, np.int64)},
        {"targets": np.zeros(0, np.int64)},
        {"losses": np.ones(4, np.float64)},
        {"probabilities": np.full((4, 2), 1.5, np.float32)},
        {"probabilities": np.full((4, 3), 0.5, np.float32)},
        {"probabilities": np.full((2, 4), 0.5, np.float32)},
    ],
)
def test_predictions_that_do_not_fit(sound: bytes, changes: dict[str, np.ndarray]) -> None:
    parts = {**entries(sound), "validation.safetensors": predictions(**changes)}
    assert "don't fit its run.json" in refused(zipped(parts))


def test_what_a_training_that_diverged_leaves_is_taken(sound: bytes) -> None:
    none = np.full((4, 2), np.nan, np.float32)
    parts = {**entries(sound), "validation.safetensors": predictions(probabilities=none)}
    assert take(zipped(parts), RunStore()).state == "finished"


@pytest.mark.parametrize(
    "tensors",
    [
        {"1.weight": np.ones((3, 5), np.float32)},
        {"1.weight": np.ones((5, 2), np.float32)},
        {"1.bias": np.ones(2, np.float32)},
        {},
    ],
)
def test_weights_of_other_breeds(sound: bytes, tensors: dict[str, np.ndarray]) -> None:
    parts = {**entries(sound), "model.safetensors": save(tensors)}
    assert "don't end in 2 breeds" in refused(zipped(parts))


@pytest.mark.parametrize("name", ["model.safetensors", "validation.safetensors"])
@pytest.mark.parametrize(
    "change",
    [
        lambda _: b"",
        lambda content: content[:-1],
        lambda content: content + b"\0",
        lambda content: b"\xff" * 8 + content[8:],
        lambda content: struct.pack("<Q", 2**40) + content[8:],
        lambda content: content.replace(b"F32", b"F99"),
    ],
)
def test_tensors_that_are_damaged(
    sound: bytes, name: str, change: Callable[[bytes], bytes]
) -> None:
    parts = entries(sound)
    said = refused(zipped({**parts, name: change(parts[name])}))
    assert said == f"{name} is damaged in this file: export the run again."


def test_pickles_are_never_read(sound: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    import pickle

    monkeypatch.setattr(pickle, "loads", lambda *_: pytest.fail("unpickled"))
    monkeypatch.setattr(pickle, "load", lambda *_: pytest.fail("unpickled"))
    parts = {**entries(sound), "model.safetensors": b"\x80\x04\x95" + b"\0" * 99}
    assert "is damaged" in refused(zipped(parts))


def test_a_full_disk_leaves_nothing(sound: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(safe_zip.shutil, "copyfileobj", full)
    assert "is full" in refused(sound)


# --- what a page that lists runs would have to read ---


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"files": ["a"] * 100_000, "train_files": ["b"] * 100_001}, "200,000 photographs"),
        ({"surprise": [[]] * bounds.MOST_VALUES}, "400,000 values"),
        ({"results": {str(i): 0 for i in range(bounds.MOST_VALUES)}}, "400,000 values"),
        ({"results": {"seconds": 10**400}}, "damaged at 'results'"),
    ],
)
def test_a_run_json_has_no_more_in_it_than_runs_have(
    sound: bytes, changes: dict[str, Any], words: str
) -> None:
    assert words in refused(with_info(sound, **changes))


def test_a_rate_of_hundreds_of_digits(sound: bytes) -> None:
    recipe = json.loads(entries(sound)["run.json"])["recipe"]
    recipe["stages"][0]["rate"] = 10**400
    assert "damaged at 'recipe'" in refused(with_info(sound, recipe=recipe))


@pytest.mark.parametrize(
    ("events", "words"),
    [
        (b'{"event": "x"}\n' * (bounds.MOST_EVENTS + 1), "50,000 events"),
        (b'{"event": "x", "a": [' + b"[],[]," * 500_000 + b"1]}\n", "1,500,000 values"),
        (b'{"event": "x", "a": "' + b"a" * bounds.LONGEST_LINE + b'"}\n', "Line 1"),
    ],
)
def test_events_are_no_more_than_trainings_have(sound: bytes, events: bytes, words: str) -> None:
    assert words in refused(zipped({**entries(sound), "events.jsonl": events}))


def test_a_long_training_leaves_with_fewer_batches_and_comes_in(there: RunStore) -> None:
    run = trained(there)
    path = run.folder / "events.jsonl"
    batch = json.dumps(EVENTS[1]).encode() + b"\n"
    path.write_bytes(path.read_bytes() + batch * (3 * bounds.MOST_EVENTS))
    taken = take(packed(run.fresh()), RunStore())
    told = [event["event"] for event in taken.events()]
    assert bounds.MOST_EVENTS / 3 < len(told) <= bounds.MOST_EVENTS
    assert {"started", "epoch", "finished"} <= {*told}
