"""Data sets without a pet on them, from a folder to a report: nothing here is tied to breeds."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pytest
from digits import EACH, baseline, digits

from petwidgets.cli.main import main
from petwidgets.export.model_card import card
from petwidgets.export.run_summary import account
from petwidgets.metrics.abstention import Limits, Look, answer
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from pathlib import Path

PETS = re.compile(r"(?i)\b(breeds?|crossbreed|pets?|cats?|dogs?|animals?)\b")
RENAMED = {"alpha": "Siamese", "beta": "pug", "gamma": "samoyed"}
NAME = re.compile(r"petwidgets|limit.per.breed|by-breed")
"""Words with a breed in them that are names: of the program, and of settings."""


class Said(NamedTuple):
    """A status, and stdout as JSON lines."""

    status: int
    lines: list[dict[str, Any]]
    errors: str


class Trained(NamedTuple):
    """A folder, and the result of a training on it."""

    folder: Path
    result: dict[str, Any]
    home: Path


def words(page: str) -> str:
    """The text of a page as its reader sees it."""
    return re.sub(r"<style.*?</style>|<[^>]*>", " ", page, flags=re.DOTALL)


def pets_in(text: str) -> list[str]:
    return PETS.findall(NAME.sub("", text))


@pytest.fixture
def command(capfd: pytest.CaptureFixture[str]) -> Any:
    def run(*arguments: object) -> Said:
        capfd.readouterr()
        status = main([*map(str, arguments), "--json"])
        out, errors = capfd.readouterr()
        return Said(status, [json.loads(line) for line in out.splitlines()], errors)

    return run


def renamed(folder: Path, real: Path) -> None:
    """Copy real photographs by folder, under names that say nothing."""
    for name, breed in RENAMED.items():
        (folder / name).mkdir(parents=True)
        photos = sorted((real / "pets-512" / "images").glob(f"{breed}_*.jpg"))[:EACH]
        for n, photo in enumerate(photos):
            shutil.copy(photo, folder / name / f"IMG-{n:04}.jpg")


@pytest.fixture(scope="module", params=["digits", "renamed"])
def trained(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """A baseline of digits at random, or of photographs of three classes."""
    place = tmp_path_factory.mktemp(request.param)
    folder = place / request.param
    if request.param == "digits":
        digits(folder)
    else:
        renamed(folder, request.getfixturevalue("real"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PETWIDGETS_HOME", str(place / "home"))
        result = {}
        for seed in (1, 2):
            assert main(baseline(folder, seed)) == 0
        result["runs"] = [run.id for run in RunStore().list() if run.made_here]
    return Trained(folder, result, place / "home")


@pytest.fixture(autouse=True)
def _same_home(trained: Trained, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PETWIDGETS_HOME", str(trained.home))


def test_the_check_reads_every_file(trained: Trained, command: Any) -> None:
    said = command("data", "check", trained.folder)
    assert said.status == 0
    assert not [one for one in said.lines if one["problem"] == "unreadable"]
    assert not pets_in(json.dumps(said.lines).replace(str(trained.folder), ""))


def test_it_learns_more_than_guessing(trained: Trained, command: Any) -> None:
    for identity in trained.result["runs"]:
        said = command("runs", "show", identity)
        [shown] = said.lines
        vocab = sorted(path.name for path in trained.folder.iterdir())
        assert shown["vocab"] == vocab
        assert shown["recipe"]["pattern"] == "parent-folder"
        assert shown["results"]["error_rate"] < 0.6 * (1 - 1 / len(vocab))


def test_photographs_are_classified(trained: Trained, command: Any) -> None:
    identity = trained.result["runs"][0]
    run = RunStore().get(identity)
    files = [trained.folder / name for name in run.info["train_files"]]
    said = command("classify", *files, "--run", identity)
    assert said.status == 0
    assert all({name for name, _ in one["top"]} <= {*run.info["vocab"]} for one in said.lines)
    right = [one["breed"] == path.parent.name for one, path in zip(said.lines, files, strict=True)]
    assert np.mean(right) > 0.8
    assert not pets_in(" ".join(one["reason"] for one in said.lines))


def test_two_runs_are_compared(trained: Trained, command: Any) -> None:
    said = command("runs", "compare", *trained.result["runs"])
    assert said.status == 0
    assert [one["run"] for one in said.lines if "run" in one] == trained.result["runs"]


def test_the_report_speaks_of_classes(trained: Trained, command: Any, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    said = command("runs", "export", trained.result["runs"][0], page)
    assert said.status == 0
    text = words(page.read_text())
    assert f"{len([*trained.folder.iterdir()])} classes" in text
    assert not pets_in(text)


def test_the_model_card_speaks_of_classes(trained: Trained) -> None:
    text = card(account(RunStore().get(trained.result["runs"][0])), 13_000_000)
    assert f"{len([*trained.folder.iterdir()])} classes" in text
    assert not pets_in(text)


def test_a_run_goes_elsewhere(
    trained: Trained, command: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity, file = trained.result["runs"][0], tmp_path / "run.zip"
    assert command("runs", "export", identity, file).status == 0
    monkeypatch.setenv("PETWIDGETS_HOME", str(tmp_path / "elsewhere"))
    said = command("runs", "import", file)
    assert said.status == 0
    photo = next(trained.folder.rglob("*.*g"))
    assert command("classify", photo, "--run", said.lines[0]["run"]).status == 0


@pytest.mark.parametrize(("vocab", "word"), [(("3", "8"), "class"), (("Siamese", "pug"), "breed")])
def test_a_doubt_uses_the_word_of_its_labels(vocab: tuple[str, ...], word: str) -> None:
    limits = Limits(1.0, 0.0)
    sharp = Look(side=500, sharpness=1e6)
    given = {"features": np.ones(4), "look": sharp, "parts": vocab}
    said = answer(limits, vocab, np.array([0.5, 0.5]), **given)
    assert said.reason.startswith(f"Its parts look like different {word}")
