"""The folder of a run's web page: what lies in it, what does not, and who gets none."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import web_page_cases
from safetensors.numpy import load, save
from small_run import FILES, save_tensors

from petwidgets.cli.main import main
from petwidgets.common.errors import Problem
from petwidgets.inference import converted, web_page
from petwidgets.inference.body import FOLDER
from petwidgets.inference.classify import classifier
from petwidgets.jobs import network as jobs
from petwidgets.metrics import abstention
from petwidgets.metrics.abstention import Limits, Look, answer
from petwidgets.metrics.calibration import worth
from petwidgets.recipes.presets import baseline, fine_tune
from petwidgets.runs.run import SHIPPED_ID, Run
from petwidgets.runs.store import RunStore

NAMES = {
    "README.txt", "body-LICENSE.txt", "body.onnx", "head.safetensors", "index.html", "model.json",
    "onnxruntime-LICENSE.txt", "onnxruntime-notices.txt", "onnxruntime.wasm.gz", "page.css",
    "page.js",
}  # fmt: skip


@pytest.fixture(scope="module")
def shipped() -> dict[str, bytes]:
    return web_page.files(RunStore().get(SHIPPED_ID))


def approximately(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: approximately(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        parts = [approximately(part) for part in value]
        return pytest.approx(value, rel=1e-4, abs=1e-4) if all(map(_is_number, value)) else parts
    return pytest.approx(value, rel=1e-4) if isinstance(value, float) else value


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float))


def test_the_cases_of_the_javascript_are_what_pillow_computes() -> None:
    kept = json.loads(web_page_cases.PLACE.read_text("utf-8"))
    computed = json.loads(json.dumps(web_page_cases.cases()))
    assert computed == approximately(kept)


def test_the_folder_is_whole(shipped: dict[str, bytes]) -> None:
    assert set(shipped) == NAMES
    model, tensors = json.loads(shipped["model.json"]), load(shipped["head.safetensors"])
    run = RunStore().get(SHIPPED_ID)
    limits = classifier(run).limits
    assert model["breeds"] == [name.replace("_", " ") for name in run.info["vocab"]]
    assert model["limits"]["temperature"] == limits.temperature
    assert model["worth"] == worth(limits.temperature)
    assert b"as often right" not in shipped["page.js"]
    assert model["limits"]["least_probability"] == limits.least_probability
    assert [doubt["name"] for doubt in model["doubts"]] == list(abstention.DOUBTS)
    assert "32 of 740 photographs" in model["about"][1]
    assert tensors["layers.0.weights"].shape[0] == 37
    np.testing.assert_array_equal(tensors["means"], limits.means)
    assert shipped["body.onnx"] == (FOLDER / "tf_efficientnet_lite2.onnx").read_bytes()
    assert b"Microsoft Corporation" in shipped["onnxruntime-LICENSE.txt"]
    assert b"Apache" in shipped["body-LICENSE.txt"]


def test_the_page_loads_and_runs_its_own_files_alone(shipped: dict[str, bytes]) -> None:
    html = shipped["index.html"].decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'; script-src 'self' 'wasm-unsafe-eval';")
    assert "unsafe-inline" not in html
    assert set(re.findall(r'(?:src|href)="([^"]+)"', html)) == {"data:,", "page.css", "page.js"}
    assert re.findall(rb"@import|url\(", shipped["page.css"]) == []


def test_no_path_and_no_photograph_is_in_it(shipped: dict[str, bytes]) -> None:
    run = RunStore().get(SHIPPED_ID)
    private = {str(Path.home()), str(FOLDER), run.recipe.data, Path(run.recipe.data).name} - {"/"}
    files = [name for key in ("files", "train_files") for name in run.info[key]]
    for name in ("model.json", "head.safetensors", "index.html", "README.txt", "body.onnx"):
        found = [text for text in (*private, *files) if text.encode() in shipped[name]]
        assert (name, found) == (name, [])


def test_it_needs_no_torch() -> None:
    code = f"""
import sys
sys.modules.update(dict.fromkeys(("torch", "fastai", "timm"), None))  # importing them fails
from petwidgets.inference import web_page
from petwidgets.runs.store import RunStore
print(web_page.packed(RunStore().get({SHIPPED_ID!r})).name)
"""
    child = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert (child.stdout, child.stderr) == (f"{SHIPPED_ID}-web.zip\n", "")


def test_a_zip_holds_the_same_folder(shipped: dict[str, bytes]) -> None:
    made = web_page.packed(RunStore().get(SHIPPED_ID))
    with zipfile.ZipFile(io.BytesIO(made.content)) as archive:
        there = {name: archive.read(name) for name in archive.namelist()}
    assert there == {f"{SHIPPED_ID}-web/{name}": content for name, content in shipped.items()}


@pytest.mark.parametrize("doubt", abstention.DOUBTS)
def test_its_sentences_are_those_of_the_lesson(doubt: str) -> None:
    limits = Limits(1.0, 0.62, np.eye(2, dtype=np.float32), 0.71)
    features = np.array([1, 2.5] if doubt != "unlike" else [-1, -1], np.float32)
    look = Look(40 if doubt == "small" else 400, 0.2 if doubt == "blurred" else 1.0)
    sure = np.array([0.4, 0.6] if doubt == "unsure" else [0.1, 0.9], np.float32)
    parts = ("pug", "german_shorthaired") if doubt == "two" else ()
    decision = answer(
        limits, ["pug", "german_shorthaired"], sure, features=features, look=look, parts=parts
    )
    assert decision.doubt == doubt
    blanks = {
        "breed": "german shorthaired",
        "probability": f"{decision.probability:.0%}",
        "likeness": f"{decision.likeness:.2f}",
        "side": str(look.side),
        "parts": "pug and german shorthaired",
    }
    assert set(blanks) == set(abstention.BLANKS)
    assert abstention.reasons(limits)[doubt].format(**blanks) == decision.reason


def trained(recipe: Any, vocab: list[str]) -> Run:
    run = RunStore().create(recipe)
    info = {"vocab": vocab, "preprocessing": {"mean": [0.5] * 3, "std": [0.5] * 3}}
    run.update(state="finished", files=[*FILES], head="linear", **info)
    save_tensors(run)
    head = {"1.2.weight": np.ones((2, 1280), np.float32), "1.2.bias": np.ones(2, np.float32)}
    (run.folder / "model.safetensors").write_bytes(save(head))
    return run.fresh()


def test_a_converted_body_comes_along(tmp_path: Path) -> None:
    run = trained(fine_tune(data=str(tmp_path / "of somebody")), ["Bombay", "pug\udce9<b>"])
    converted.KEPT.folder.mkdir(parents=True)
    place = converted.KEPT.folder / converted.name_of(run)
    shutil.copy(FOLDER / "tf_efficientnet_lite0.onnx", place)
    made = web_page.files(run)
    assert set(made) == NAMES - {"body-LICENSE.txt"}  # it is the run's own
    assert made["body.onnx"] == (FOLDER / "tf_efficientnet_lite0.onnx").read_bytes()
    assert json.loads(made["model.json"])["breeds"] == ["Bombay", "pug <b>"]
    assert b"of somebody" not in made["model.json"]


def test_a_body_that_is_not_in_the_cache_is_converted_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = []
    monkeypatch.setattr(jobs.convert.__class__, "load", lambda _: lambda run: asked.append(run.id))
    run = trained(fine_tune(data=str(tmp_path)), ["Bombay", "pug"])
    with pytest.raises(Problem, match="is not there as ONNX"):
        web_page.files(run)
    assert asked == [run.id]
    other = trained(baseline(data=str(tmp_path), arch="resnet18"), ["Bombay", "pug"])
    with pytest.raises(Problem, match="choose a baseline of one of the shipped architectures"):
        web_page.files(other)
    assert asked == [run.id]  # no conversion helps there


def test_who_gets_none_is_told_why(home: Path) -> None:
    recorded = RunStore().get("recorded-head-5")
    with pytest.raises(Problem, match="has no weights"):
        web_page.files(recorded)
    shutil.copytree(RunStore().get(SHIPPED_ID).folder, home / "runs" / "mine")
    (home / "runs" / "mine" / "model.safetensors").write_bytes(b"cut off")
    with pytest.raises(Problem, match="weights of run mine are damaged"):
        web_page.files(RunStore().get("mine"))
    (home / "runs" / "mine" / "run.json").write_text("{")
    with pytest.raises(Problem, match="damaged"):
        web_page.files(RunStore().get("mine"))
    with pytest.raises(Problem, match="has not ended"):
        web_page.files(RunStore().create(baseline(data="sample")))


def test_the_command_writes_a_folder_or_a_zip(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, file = tmp_path / "page", tmp_path / "page.zip"
    for place in (folder, file):
        arguments = ["runs", "export", SHIPPED_ID, str(place), "--as", "web", "--json"]
        assert main(arguments) == 0
        said = json.loads(capsys.readouterr().out)
        size = sum(path.stat().st_size for path in folder.iterdir())
        size = size if place is folder else file.stat().st_size
        facts = {"run": SHIPPED_ID, "file": str(place), "bytes": size, "as": "web"}
        assert said == {**facts, "said": "11 files; not tried here, for a browser computes it"}
    assert {path.name for path in folder.iterdir()} == NAMES
    assert zipfile.is_zipfile(file)
    for place in (folder, tmp_path / "none" / "page"):
        assert main(["runs", "export", SHIPPED_ID, str(place), "--as", "web"]) == 1
        problem = capsys.readouterr().err
        assert "give" in problem
        assert problem.count("\n") == 1
    assert {path.name for path in tmp_path.iterdir()} - {"home"} == {"page", "page.zip"}
