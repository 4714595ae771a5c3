"""Command lines as anybody may type them: an exit status, and one sentence where it is not 0."""

from __future__ import annotations

import io
import json
import os
import sys
import types
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from damage import altered_text, damaged, fuzzed
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from seeds import finished

from petwidgets.cli import main
from petwidgets.common.errors import Problem
from petwidgets.recipes.recipe import Recipe
from petwidgets.runs.import_export import packed
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Iterator

STATUSES = (0, 1, 2)
LINES = [
    ["data", "list"],
    ["data", "check", "PLACE"],
    ["train", "--data", "PLACE", "--recipe", "baseline", "--epochs", "2", "--yes"],
    [
        *("train", "--data=PLACE", "--recipe=fine-tune", "--freeze-epochs=1", "--base-lr=0.01"),
        *("--size", "64", "--batch-size", "2", "--seed", "7", "--pattern", "(.+)_\\d+.jpg$"),
        *("--limit-per-breed", "2", "--split", "by-breed", "--arch", "resnet18", "--json"),
    ],
    [
        *("train", "--data", "PLACE", "--recipe", "one-cycle", "--labels", "PLACE/labels.csv"),
        *("--file-column", "file", "--label-column", "label", "--hold-out", "PLACE"),
        *("--changes", "PLACE/changes.csv"),
    ],
    ["classify", "PLACE/pug_1.jpg", "PLACE/*.jpg", "--run", "pets37", "--json"],
    ["runs", "list", "--json"],
    ["runs", "show", "RUN"],
    ["runs", "compare", "RUN", "pets37"],
    ["runs", "export", "RUN", "PLACE/out.petrun.zip", "--as", "run"],
    ["runs", "import", "PLACE/run.petrun.zip"],
    ["runs", "delete", "RUN"],
    ["serve", "--host", "127.0.0.1", "--port", "8866", "--token", "x", "--base-url", "/a/"],
    ["serve", "--keep-days", "7", "--engine", "tcp://127.0.0.1:8786"],
]
WORDS = sorted(
    {word for line in LINES for word in line} | {"--help", "--version", "--verbose", "--"}
)


@st.composite
def lines(draw: Any) -> list[str]:
    """A sound command line, with words left out, changed, doubled, or put in."""
    line = [*draw(st.sampled_from(LINES))]
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(line)))
        word = draw(st.sampled_from(WORDS) | altered_text(WORDS))
        line[at : at + draw(st.integers(0, 1))] = [word] * draw(st.integers(0, 2))
    return line


def _train(run: Any, heard: Any, stop: Any, confirm: Any) -> dict[str, Any]:
    assert isinstance(run.recipe, Recipe)
    return {"error_rate": 0.25, "epochs": run.recipe.epochs}


def _classify(_run: Any, _file: Path) -> None:
    raise Problem("It is not looked at.")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder of photographs and tables, and commands that neither train nor serve."""
    folder = tmp_path_factory.mktemp("pets")
    for name in ("pug_1", "pug_2", "pug_3", "beagle_1", "beagle_2", "beagle_3"):
        Image.effect_noise((16, 16), 60).save(folder / f"{name}.jpg")
    (folder / "labels.csv").write_text("file,label\npug_1.jpg,pug\nbeagle_1.jpg,beagle\n")
    (folder / "changes.csv").write_text("file,decision\npug_1.jpg,leave out\n")
    store = RunStore(tmp_path_factory.mktemp("there"))
    (folder / "run.petrun.zip").write_bytes(packed(finished(store)))
    names = "petwidgets.baseline.train", "petwidgets.inference.classify"
    training, predicting = map(types.ModuleType, names)
    training.train = _train  # type: ignore[attr-defined]
    predicting.classify = _classify  # type: ignore[attr-defined]
    predicting.classifier = lambda _run: None  # type: ignore[attr-defined]
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, training.__name__, training)
        patch.setitem(sys.modules, predicting.__name__, predicting)
        patch.setattr("petwidgets.cli.serve.serve_dashboard", lambda _options: 0)
        patch.setattr("petwidgets.cli.main.keep_log", lambda: None)
        patch.setattr("petwidgets.data.checks.check._looks", lambda *_: [])
        patch.setenv("HOME", str(home))
        patch.chdir(home)
        yield folder


def filled(line: list[str], place: Path, run: str) -> list[str]:
    return [word.replace("PLACE", str(place)).replace("RUN", run) for word in line]


def files(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_size for path in folder.rglob("*") if path.is_file()}


def answered(arguments: list[str]) -> tuple[int, str, str]:
    """Exit status, stdout and stderr of a command."""
    out, said = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(said):
        try:
            status = main.main(arguments)
        except SystemExit as end:  # argparse: help, or how it is used
            status = int(end.code or 0)
    return status, out.getvalue(), said.getvalue()


@fuzzed(60)
@given(line=lines())
def test_a_command_line(place: Path, line: list[str]) -> None:
    home = Path(os.environ["PETWIDGETS_HOME"])
    run = finished(RunStore())
    before = files(place)
    arguments = [word for word in filled(line, place, run.id) if "\0" not in word]  # by no system
    status, out, said = answered(arguments)
    assert status in STATUSES
    assert "Traceback" not in said
    assert "Errno" not in said
    if status == 1 and not out:
        told = [one for one in said.splitlines() if one.startswith("petwidgets: ")]
        assert len(told) == 1, said
        assert told[0].endswith("."), said
    words = {"--help", "-h", "show", "doctor"}  # they print text
    if status == 0 and "--json" in arguments and not words & {*arguments}:
        for one in filter(None, out.splitlines()):
            assert isinstance(json.loads(one), dict)
    after = files(place)
    assert {name: after[name] for name in before} == before
    assert all(name.startswith(str(place)) for name in after)
    for name in {*after} - {*before}:
        Path(name).unlink()
    assert files(home.parent) == files(home)


@fuzzed(20)
@given(
    content=damaged([b"file,decision\r\npug_1.jpg,leave out\r\n", b"file;label\npug_1.jpg;pug\n"])
)
def test_a_table_that_a_command_is_given(
    place: Path, tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    table = tmp_path_factory.getbasetemp() / "table.csv"
    table.write_bytes(content)
    for option in ("--changes", "--labels"):
        line = ["train", "--data", str(place), "--recipe", "baseline", "--yes", option, str(table)]
        status, _, told = answered(line)
        said = told.splitlines()
        assert status in (0, 1)
        if status:
            assert said[-1].startswith("petwidgets: ")
            assert said[-1].endswith(".")
