"""A model that is taken along says what the run says, without petwidgets, and tells of itself."""

from __future__ import annotations

import ast
import hashlib
import inspect
import io
import json
import os
import subprocess
import sys
import zipfile
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from petwidgets.cli import main
from petwidgets.common.errors import Problem
from petwidgets.data import decoding, levels
from petwidgets.data.image import read_photo
from petwidgets.export.run_summary import account, snippet
from petwidgets.inference.classify import classifier
from petwidgets.jobs.export import Made
from petwidgets.learning.export import model_folder, odd_images, onnx, standalone
from petwidgets.learning.models.backbones import network
from petwidgets.metrics.calibration import cooled
from petwidgets.recipes.presets import fine_tune
from petwidgets.runs.predictions import Validation
from petwidgets.runs.run import SHIPPED_ID, Run
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from pathlib import Path

    Trained = tuple[Run, list[dict[str, Any]]]

HOSTILE = ["<img src=x onerror=window.pwned=1>", "a|b\n# c", "\"'`{{ 1 }}", "$\\frac$ \ud800"]


def made(arch: str, **settings: Any) -> Run:
    """A run of an architecture that nobody trained, hostile in every name."""
    run = RunStore().create(fine_tune(arch=arch, **{"size": 64, "presize": 96, **settings}))
    torch.manual_seed(0)
    save_file(network(arch, 4).state_dict(), run.folder / "model.safetensors")
    draw = np.random.default_rng(0)
    rows = draw.dirichlet(np.full(4, 0.5), 40).astype(np.float32)
    targets = draw.integers(0, 4, 40)
    losses = -np.log(np.maximum(rows[range(40), targets], 1e-9))
    files = tuple(f"{HOSTILE[i % 4]}_{i}.jpg" for i in range(40))
    run.save_validation(Validation(files, rows, targets, losses))
    stats = {"mean": [0.4, 0.5, 0.6], "std": [0.2, 0.3, 0.4]}
    more = {"preprocessing": stats, "keeps": "all", "head": "fastai", "weights": HOSTILE[0]}
    return run.update(state="finished", vocab=HOSTILE, files=[*files], train_files=["x"], **more)


def unpacked(run: Run, into: Path) -> Path:
    content = model_folder.packed(run).content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(into)
    return into / run.id


def elsewhere(folder: Path, code: str) -> str:
    """What code prints that runs in the folder, in a process that has not heard of petwidgets."""
    ours = {"PYTHONPATH", "PETWIDGETS_HOME"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=folder,
        env={k: v for k, v in os.environ.items() if k not in ours},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_shipped_models_folder_needs_no_petwidgets(real: Path, tmp_path: Path) -> None:
    """The card's own code, then probabilities of real photographs."""
    run = RunStore().get(SHIPPED_ID)
    photos = [real / "pets-512" / "images" / name for name in run.info["files"][::74]]
    photos += sorted((real / "pets-original" / "images").glob("Abyssinian_1*.jpg"))[:4]
    folder = unpacked(run, tmp_path)
    Image.open(real / "pets-512" / "images" / "samoyed_10.jpg").save(folder / "photo.jpg")
    card = (folder / "README.md").read_text("utf-8")
    code = card.split("```python\n")[1].split("```")[0]
    out = elsewhere(
        folder,
        f"""{code}
import json, sys
rows = model.probabilities([Image.open(path) for path in {[*map(str, photos)]!r}])
loaded = {{"petwidgets", "fastai"}} & set(sys.modules)
print(json.dumps([rows.tolist(), sorted(loaded), model.vocab]))""",
    )
    *said, last = out.splitlines()
    assert len(said) == 5
    assert said[0].startswith("samoyed ")
    rows, loaded, vocab = json.loads(last)
    assert (loaded, vocab) == ([], run.info["vocab"])
    expected = classifier(run).probabilities([read_photo(path) for path in photos])
    fitted = account(run).calibration.temperature
    assert len(rows) == 14
    assert np.abs(np.array(rows) - cooled(expected, fitted)).max() < 1e-5


def test_a_fine_tuned_run_of_the_other_head(fine_tuned: Trained, few: Path, tmp_path: Path) -> None:
    run = fine_tuned[0]
    model = standalone.load(unpacked(run, tmp_path))
    photos = [read_photo(path) for path in sorted(few.iterdir())[::4]]
    known = classifier(run).probabilities(photos)
    fitted = account(run).calibration.temperature
    assert np.abs(model.probabilities(photos).numpy() - cooled(known, fitted)).max() < 1e-5
    assert type(model.network[1][0]) is standalone.ConcatPool
    assert model.classify(photos[0])[0][0] in run.info["vocab"]


@pytest.mark.parametrize(
    ("arch", "size"),
    [("resnet18", 64), ("resnet10t", 64), ("deit_tiny_patch16_224", 224)],
)
def test_other_architectures(arch: str, size: int, tmp_path: Path) -> None:
    run = made(arch, size=size, presize=size)
    made_of_it = model_folder.packed(run)
    assert made_of_it.difference <= 1e-6
    model = standalone.load(unpacked(run, tmp_path))
    own = model_folder.whole(run)
    batch = model_folder.squares(2, size)
    with torch.inference_mode():
        assert torch.allclose(model.network(batch), own.network(batch), atol=1e-5)
    assert (own.mean, own.std) == ((0.4, 0.5, 0.6), (0.2, 0.3, 0.4))


def test_any_names_are_kept_and_mean_nothing(tmp_path: Path) -> None:
    run = made("resnet18", data=f"/srv/secret/{HOSTILE[0]}")
    folder = unpacked(run, tmp_path)
    config = json.loads((folder / "config.json").read_text("ascii"))
    assert config["vocab"] == HOSTILE
    assert standalone.load(folder).vocab == HOSTILE
    told = account(run)
    assert config["temperature"] == told.calibration.temperature
    assert config["thresholds"] == {"least_probability": told.least_probability}
    written = (folder / "README.md").read_text("utf-8")
    assert "<img" not in written.replace("\\<img", "")
    assert "secret" not in written + json.dumps(config)
    names = {path.name for path in folder.iterdir()}
    assert names == {"model.safetensors", "config.json", "load.py", "README.md"}


def test_no_random_number_is_taken() -> None:
    before = torch.get_rng_state().tolist()
    model_folder.packed(RunStore().get(SHIPPED_ID))
    assert before == torch.get_rng_state().tolist()


def test_a_folder_that_says_other_things_is_not_handed_over(
    fine_tuned: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    other_way = lambda _self, x: torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1)  # noqa: E731
    monkeypatch.setattr(standalone.ConcatPool, "forward", other_way)
    with pytest.raises(Problem, match="The folder's model differs from the run's by"):
        model_folder.packed(fine_tuned[0])


def test_its_load_py_reads_odd_files_as_the_product_does(tmp_path: Path) -> None:
    """Each kind of file by its path, its bytes and as Pillow opens it, in a folder of its own."""
    (tmp_path / "load.py").write_text(model_folder.loader(), "utf-8")
    files = {f"{i}.bin": data for i, data in enumerate(odd_images.made().values())}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    assert said_of_files(tmp_path, [*files]) == {
        name: [digest(read_photo(data))] for name, data in files.items()
    }


def test_its_load_py_reads_the_odd_photographs(real: Path, tmp_path: Path) -> None:
    (tmp_path / "load.py").write_text(model_folder.loader(), "utf-8")
    known = {}
    for path in sorted((real / "odd-images").iterdir()):
        with suppress(Problem):
            known[str(path)] = [digest(read_photo(path))]
    assert len(known) == 27
    assert said_of_files(tmp_path, [*known]) == known


def digest(picture: Image.Image) -> str:
    return hashlib.sha256(f"{picture.size}".encode() + picture.tobytes()).hexdigest()


def said_of_files(folder: Path, files: list[str]) -> dict[str, list[str]]:
    """The different digests of what a folder's load.py reads of each file in its three ways."""
    out = elsewhere(
        folder,
        f"""import hashlib, json
from pathlib import Path
from PIL import Image
from load import formats, seen
formats()  # of which HEIC is one for Image.open from here on

def digest(photo):
    read = seen(photo)
    return hashlib.sha256(f"{{read.size}}".encode() + read.tobytes()).hexdigest()

ways = str, lambda file: Path(file).read_bytes(), Image.open
print(json.dumps({{f: sorted({{digest(way(f)) for way in ways}}) for f in {files!r}}}))""",
    )
    return dict(json.loads(out))


def test_its_load_py_says_what_it_can_not_read(tmp_path: Path) -> None:
    (tmp_path / "load.py").write_text(model_folder.loader(), "utf-8")
    Image.new("RGB", (32, 32)).save(tmp_path / "a.heic")
    out = elsewhere(
        tmp_path,
        """import sys
sys.modules["pillow_heif"] = None  # as if it were not installed
from load import seen
try:
    seen("a.heic")
except ValueError as error:
    print(error)""",
    )
    assert out.strip() == (
        "This HEIC picture needs a decoder that is missing here: install the package pillow-heif,"
        " or save it as JPEG."
    )


def test_its_load_py_is_the_very_code_of_the_product() -> None:
    text = model_folder.loader()
    assert "petwidgets" not in text.split('"""')[-1]
    assert not [line for line in text.splitlines() if "import" in line and "petwidgets" in line]
    defined = [
        getattr(node, "name", "")
        for module in (decoding, levels, standalone)
        for node in ast.parse(inspect.getsource(module)).body
    ]
    names = [name for name in defined if name]
    assert len(names) == len(set(names))  # none of them stands for another one in load.py


def test_a_load_py_that_reads_otherwise_is_not_handed_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sound = model_folder.loader()
    for place, other in {
        "FULL_SCALE, BYTE, MOST_BITS = 65535.0,": "FULL_SCALE, BYTE, MOST_BITS = 255.0,",
        'Image.new("RGBA", seen.size, "white")': 'Image.new("RGBA", seen.size, "black")',
        "MAX_PIXELS = 64_000_000": "MAX_PIXELS = 640_000_000",
    }.items():
        assert place in sound
        monkeypatch.setattr(model_folder, "loader", lambda a=place, b=other: sound.replace(a, b))
        with pytest.raises(Problem, match=r"The folder's load\.py reads a .* in another way"):
            model_folder.packed(RunStore().get(SHIPPED_ID))


def test_runs_without_a_model(fine_tuned: Trained) -> None:
    with pytest.raises(Problem, match="recorded-head-5 has no weights: its report is all"):
        model_folder.packed(RunStore().get("recorded-head-5"))
    running = made("resnet18").update(state="running")
    with pytest.raises(Problem, match="has not ended"):
        model_folder.packed(running)
    damaged = made("resnet18")
    (damaged.folder / "model.safetensors").write_bytes(b"no")
    with pytest.raises(Problem, match=r"The weights of run .* are damaged"):
        model_folder.packed(damaged)
    unknown = made("resnet18")
    recipe = replace(unknown.recipe, arch="resnet33").to_json()
    with pytest.raises(Problem, match="There is no architecture 'resnet33'"):
        model_folder.packed(unknown.update(recipe=recipe))


def test_the_panels_code_runs(
    real: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = Made("pets37.onnx", b"x", "tried")
    monkeypatch.setattr(onnx, "packed", lambda _: file)  # in its own tests
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    Image.open(real / "pets-512" / "images" / "samoyed_10.jpg").save("photo.jpg")
    try:
        exec(snippet(SHIPPED_ID, weights=True), {})  # noqa: S102 - that it runs is the point
    finally:
        sys.modules.pop("load", None)
    lines = capsys.readouterr().out.splitlines()
    names = ("pets37-model.zip", "pets37.onnx", "pets37-web.zip", "pets37-report.html")
    assert [line.split()[0] for line in lines[:5]] == [*names, "samoyed"]
    assert all((tmp_path / name).is_file() for name in names)
    exec(snippet("recorded-head-5", weights=False), {})  # noqa: S102 - as above
    assert (tmp_path / "recorded-head-5-report.html").is_file()


def test_on_the_command_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    run, file = made("resnet18"), tmp_path / "mine.zip"
    assert main.main(["runs", "export", run.id, str(file), "--as", "model", "--json"]) == 0
    said = json.loads(capfd.readouterr().out)
    assert (said["as"], said["bytes"]) == ("model", file.stat().st_size)
    assert f"{run.id}/load.py" in zipfile.ZipFile(file).namelist()
    assert main.main(["runs", "export", "recorded-head-5", str(tmp_path / "x.onnx")]) == 1
    out, err = capfd.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "has no weights" in err
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["mine.zip"]
