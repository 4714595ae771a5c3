"""Work that is killed at each change it makes: nothing half-written is believed afterwards."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import psutil
import pytest
from killing import homes_after
from PIL import Image
from test_exchange import trained

from petwidgets.data import label_store, thumbnails
from petwidgets.data.checks import check
from petwidgets.data.label_table import Table
from petwidgets.data.synthetic import sample
from petwidgets.recipes.presets import fine_tune
from petwidgets.runs import import_export
from petwidgets.runs.run import WITH_WEIGHTS
from petwidgets.runs.store import RunStore
from petwidgets.session.store import VisitStore

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE = 60.0
"""Seconds that processes may take to end on a busy machine."""

IDENTITY = "0123456789abcdef0123456789abcdef"


def sound_runs(home: Path) -> list[str]:
    """The ids of a home's runs, each of which can be read to its end."""
    runs = [run for run in RunStore(home).list() if run.id not in WITH_WEIGHTS]
    for run in runs:
        assert run.state != "damaged"
        assert list(run.events()) is not None
        if run.validated:
            assert len(run.validation().targets)
    return [run.id for run in runs]


def test_a_session_that_is_kept(tmp_path: Path) -> None:
    VisitStore(tmp_path / "before").folder.mkdir(parents=True)
    (tmp_path / "before" / "sessions" / f"{IDENTITY}.json").write_text('{"source": "sample"}')
    work = f"VisitStore(home).arrive({IDENTITY!r}).keep(source='other', settings={{'a': 1}})"
    imports = "from petwidgets.session.store import VisitStore"
    for _, home in homes_after(work, tmp_path, imports):
        visit = VisitStore(home).arrive(IDENTITY)
        assert visit.state()["source"] in ("sample", "other")
        visit.keep(source="third")
        assert visit.state()["source"] == "third"
        VisitStore(home).sweep(RunStore(home))


WRITES = """
store = RunStore(home)
run = store.create(fine_tune(2))
p = np.array([[0.1, 0.9], [0.8, 0.2]], np.float32)
run.append({"t": 0.0, "event": "started"})
run.update(state="running", vocab=["Bombay", "pug"], files=["pug_1.jpg", "Bombay_1.jpg"])
files, targets = ("pug_1.jpg", "Bombay_1.jpg"), np.array([1, 0])
run.save_validation(Validation(files, p, targets, -np.log([0.9, 0.8]).astype(np.float32)))
run.end("finished", results={"seconds": 1.0})
store.delete(run.id)
"""


def test_a_run_that_is_made_written_and_deleted(tmp_path: Path) -> None:
    imports = """
import numpy as np
from petwidgets.recipes.presets import fine_tune
from petwidgets.runs.predictions import Validation
from petwidgets.runs.store import RunStore
"""
    seen = set()
    for _, home in homes_after(WRITES, tmp_path, imports):
        seen.add(len(sound_runs(home)))
        assert RunStore(home).create(fine_tune(2)).id in sound_runs(home)
    assert seen == {0, 1}


def test_a_run_that_is_imported(tmp_path: Path) -> None:
    (tmp_path / "before").mkdir()
    (tmp_path / "before" / "run.zip").write_bytes(import_export.packed(trained(RunStore(tmp_path))))
    work = "import_export.take((home / 'run.zip').read_bytes(), RunStore(home))"
    imports = (
        "from petwidgets.runs import import_export; from petwidgets.runs.store import RunStore"
    )
    seen = set()
    for _, home in homes_after(work, tmp_path, imports):
        seen.add(len(sound_runs(home)))
        again = import_export.take((home / "run.zip").read_bytes(), RunStore(home))
        assert again.usable
        assert again.id in sound_runs(home)
    assert seen == {0, 1}


@pytest.mark.parametrize("there", [True, False], ids=["over another", "new"])
def test_a_run_that_is_exported(tmp_path: Path, *, there: bool) -> None:
    run = trained(RunStore(tmp_path / "before"))
    whole = import_export.packed(run)
    if there:
        (tmp_path / "before" / "run.zip").write_bytes(whole)
    work = f"import_export.export(RunStore(home).get({run.id!r}), home / 'run.zip')"
    imports = (
        "from petwidgets.runs import import_export; from petwidgets.runs.store import RunStore"
    )
    for _, home in homes_after(work, tmp_path, imports):
        packed = home / "run.zip"
        if packed.exists():
            assert zipfile.ZipFile(io.BytesIO(packed.read_bytes())).testzip() is None
        else:
            assert not there, "what was there is gone"
        import_export.export(RunStore(home).get(run.id), packed)
        assert import_export.take(packed.read_bytes(), RunStore(home)).usable


def test_a_thumbnail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photo = tmp_path / "pug_1.png"
    Image.new("RGB", (600, 400), "red").save(photo)
    work = f"thumbnails.cached(Path({str(photo)!r}))"
    for _, home in homes_after(work, tmp_path / "homes", "from petwidgets.data import thumbnails"):
        monkeypatch.setenv("PETWIDGETS_HOME", str(home))
        assert Image.open(io.BytesIO(thumbnails.cached(photo))).size == (200, 133)


def test_a_table_of_labels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "labels.csv").write_text("file,label\na.jpg,pug\nb.jpg,boxer\n")
    work = f"label_store.keep_file(Path({str(tmp_path / 'labels.csv')!r}))"
    imports = "from petwidgets.data import label_store"
    for _, home in homes_after(work, tmp_path / "homes", imports):
        monkeypatch.setenv("PETWIDGETS_HOME", str(home))
        pattern = label_store.keep_file(tmp_path / "labels.csv")
        assert isinstance(label_store.find(pattern), Table)


# --- work of several processes ---

DRAWS = """
import sys
from pathlib import Path
from petwidgets.data.synthetic import sample
def told(done, total): print(done, flush=True)
if __name__ == "__main__":
    sample.draw_sample(Path(sys.argv[1]), progress=told, limit_per_breed=4)
"""
CHECKS = """
import sys
from pathlib import Path
from petwidgets.data.checks import check
def told(done, total): print(done, flush=True)
if __name__ == "__main__":
    check.check(Path(sys.argv[1]), told, lambda: False, None)
"""


def killed_at_work(code: str, folder: Path) -> None:
    """Kill a process in the midst of its work, and see that its children end with it."""
    command = [sys.executable, "-c", code, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert any(int(line) > 0 for line in process.stdout)
        children = psutil.Process(process.pid).children(recursive=True)
        process.kill()
    assert children
    assert psutil.wait_procs(children, PATIENCE)[1] == []


def test_a_drawing(tmp_path: Path) -> None:
    folder = tmp_path / "drawn"
    killed_at_work(DRAWS, folder)
    assert not folder.exists(), "it is there when it is whole"
    sample.draw_sample(folder, limit_per_breed=2)
    assert len([*folder.iterdir()]) == 74
    for picture in folder.iterdir():
        Image.open(picture).load()


def test_a_check_of_files(tmp_path: Path) -> None:
    folder = tmp_path / "photographs"
    folder.mkdir()
    noise = Image.effect_noise((700, 700), 90)
    for n in range(300):
        noise.save(folder / f"pug_{n}.jpg")
    killed_at_work(CHECKS, folder)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["photographs"]
    (folder / "pug_0.jpg").write_bytes(b"")
    for n in range(10, 300):
        (folder / f"pug_{n}.jpg").unlink()
    assert check.check(folder, lambda *_: None, lambda: False, None)
