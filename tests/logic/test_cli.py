"""The command line: results on stdout, one sentence on stderr, and an exit status."""

from __future__ import annotations

import errno
import io
import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scipy.stats import binomtest

from petwidgets import PetLab
from petwidgets.cli import data, doctor
from petwidgets.cli.main import main
from petwidgets.common import errors
from petwidgets.common.errors import Problem
from petwidgets.data import dataset, oxford, sources
from petwidgets.data.synthetic import sample
from petwidgets.engine import messages
from petwidgets.jobs import classify as jobs
from petwidgets.jobs.export import Made
from petwidgets.metrics.intervals import wilson
from petwidgets.recipes.presets import baseline, fine_tune
from petwidgets.runs.predictions import VALIDATION, Validation
from petwidgets.runs.run import DRAWN_ID, SHIPPED, SHIPPED_ID, Run
from petwidgets.runs.store import RunStore
from petwidgets.server import serve
from petwidgets.server.address import Address

Answer = tuple[int, str, str]
Command = Callable[..., Answer]


@pytest.fixture
def command(capfd: pytest.CaptureFixture[str]) -> Command:
    """Runs one command in this process, and gives its status, stdout and stderr."""

    def run(*arguments: object) -> Answer:
        capfd.readouterr()
        status = main([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        return status, out, err

    return run


def lines(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def refused(answer: Answer) -> str:
    """The one sentence of a command that was refused."""
    status, out, err = answer
    assert status == 1
    assert out == ""
    assert err.startswith("petwidgets: ")
    assert err.count("\n") == 1, err
    return err.removeprefix("petwidgets: ").strip()


def pets(folder: Path, *names: str) -> Path:
    folder.mkdir(exist_ok=True)
    for i, name in enumerate(names):
        Image.new("RGB", (40, 30), (40 * i, 80, 90)).save(folder / name, "JPEG")
    return folder


PETS = [f"{breed}_{n}.jpg" for breed in ("pug", "Bombay") for n in (1, 2, 3)]


@pytest.fixture
def two_breeds(tmp_path: Path) -> Path:
    """The smallest set with a photograph to validate on, and one more."""
    return pets(tmp_path / "pets", *PETS)


def in_a_process(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "petwidgets", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


# --- the frame ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [[], ["dance"], ["data"], ["runs"], ["train"], ["classify"], ["train", "--epochs", "many"]],
)
def test_wrong_usage_exits_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    assert capsys.readouterr().err.startswith("usage: petwidgets")


@pytest.mark.parametrize("arguments", [["--help"], ["train", "--help"], ["--version"]])
def test_help_and_version_exit_with_0(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 0
    assert capsys.readouterr().out


RUNS = ("list", "show", "compare", "export", "import", "delete")


def test_every_command_takes_json(capsys: pytest.CaptureFixture[str]) -> None:
    leaves = ["serve", "data list", "data get", "data check", "train", "classify"]
    for leaf in [*leaves, *(f"runs {part}" for part in RUNS), "doctor"]:
        with pytest.raises(SystemExit):
            main([*leaf.split(), "--help"])
        assert "--json" in capsys.readouterr().out, leaf


def test_only_the_sentence_reaches_stderr_and_the_rest_the_log(tmp_path: Path, home: Path) -> None:
    folder = pets(tmp_path / "pets", "pug_1.jpg")
    path = folder / "pug_1.jpg"
    path.write_bytes(path.read_bytes()[:-100])
    done = in_a_process("data", "check", folder, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert lines(done.stdout)[0]["problem"] == "unreadable"
    assert "unreadable picture" in (home / "petwidgets.log").read_text("utf-8")
    assert "unreadable picture" in in_a_process("data", "check", folder, "--verbose").stderr


def test_a_reader_that_has_had_enough_is_no_error() -> None:
    out, inn = os.pipe()
    os.close(out)
    with os.fdopen(inn, "wb") as pipe:
        done = subprocess.run(
            [sys.executable, "-m", "petwidgets", "runs", "show", SHIPPED_ID],
            stdout=pipe,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.skipif(os.name != "posix", reason="names are text elsewhere")
def test_a_name_that_is_no_text_is_printed_all_the_same(tmp_path: Path) -> None:
    folder = pets(tmp_path / "pets", "pug_1.jpg")
    name = os.fsdecode(b"pug_\xff.txt")
    (folder / name).touch()
    for encoding in ("utf-8:strict", "ascii:strict"):
        done = in_a_process("data", "check", folder, "--json", PYTHONIOENCODING=encoding)
        assert (done.returncode, done.stderr) == (0, "")
        assert Path(lines(done.stdout)[0]["file"]).name == name


@pytest.mark.skipif(os.name != "posix", reason="names are text elsewhere")
def test_any_name_stays_on_its_line(tmp_path: Path) -> None:
    """A name may end no line, move no cursor, and turn no reading direction."""
    names = [b"two\nlines", b"\x1b[2J", "\u202egpj".encode(), b"caf\xe9", b"a\ttab"]
    folder = pets(tmp_path / "pets", "pug_1.jpg")
    for name in names:
        (folder / f"{os.fsdecode(name)}.txt").touch()
    done = in_a_process("data", "check", folder)
    assert (done.returncode, done.stderr) == (0, "")
    said = done.stdout.splitlines()
    assert len(said) == len(names) + 1
    assert all(line.isprintable() for line in said)
    assert any(r"two\nlines.txt: This file is not" in line for line in said)
    assert any(r"caf\xe9.txt" in line for line in said)
    gone = in_a_process("data", "check", folder / os.fsdecode(b"no\n\xff"))
    assert gone.returncode == 1
    assert gone.stderr.count("\n") == 1


def test_what_the_system_refuses_is_one_sentence(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> None:
        raise PermissionError(13, "Permission denied", "/root/pets")

    refuse.__doc__ = "Refuses."
    monkeypatch.setattr(data, "list_sources", refuse)
    assert refused(command("data", "list")) == "/root/pets: Permission denied."


@pytest.mark.usefixtures("training", "healthy")
@pytest.mark.parametrize("home", ["file", "file/below"])
def test_a_home_that_can_not_be_is_one_sentence(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, two_breeds: Path, home: str
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("PETWIDGETS_HOME", str(tmp_path / home))
    assert "set PETWIDGETS_HOME" in refused(
        command("train", "--data", two_breeds, "--recipe", "baseline")
    )
    status, out, err = command("doctor", "--json")
    assert (status, err) == (1, "")
    assert [f["what"] for f in lines(out) if not f["ok"]] == ["home"]
    assert command("runs", "list")[0] == 0


# --- data ---------------------------------------------------------------------------------------


def test_data_list(command: Command, monkeypatch: pytest.MonkeyPatch, two_breeds: Path) -> None:
    monkeypatch.setenv("PETWIDGETS_DATA", str(two_breeds))
    monkeypatch.setattr(oxford, "present", lambda: False)
    status, out, err = command("data", "list", "--json")
    assert (status, err) == (0, "")
    assert [(row["source"], row["here"]) for row in lines(out)] == [
        (str(two_breeds), True),
        ("sample", False),
        ("oxford-pets", False),
    ]
    status, out, _ = command("data", "list")
    assert (status, out.count("\n")) == (0, 3)


@pytest.mark.parametrize("folder", ["~nobody-of-this-name/pets", "x" * 5000, "/nowhere"])
def test_data_list_with_a_folder_that_is_not_there(
    command: Command, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    monkeypatch.setenv("PETWIDGETS_DATA", folder)
    monkeypatch.setattr(oxford, "present", lambda: False)
    status, out, err = command("data", "list", "--json")
    assert (status, err) == (0, "")
    assert lines(out)[0] == {"source": folder, "title": f"Folder {folder}", "here": False}


def test_data_get(command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def draw(folder: Path, **_: object) -> Path:
        return pets(folder, "pug_1.jpg")

    monkeypatch.setattr(sample, "draw_sample", draw)
    status, out, _ = command("data", "get", "sample", "--to", tmp_path / "s", "--json")
    assert status == 0
    assert lines(out) == [{"folder": str(tmp_path / "s"), "photographs": 1}]

    def offline(*_: object, **__: object) -> Path:
        raise Problem("There is no network: try again later.")

    monkeypatch.setattr(oxford, "get", offline)
    for more in ([], ["--to", tmp_path / "o"]):
        said = refused(command("data", "get", "oxford-pets", *more))
        assert said == "There is no network: try again later."


def test_data_check(command: Command, two_breeds: Path) -> None:
    status, out, err = command("data", "check", two_breeds)
    assert (status, out, err) == (0, f"0 findings in {two_breeds}.\n", "")
    assert command("data", "check", two_breeds, "--json") == (0, "", "")
    (two_breeds / "notes.mat").touch()
    (two_breeds / "pug_4.jpg").touch()
    status, out, err = command("data", "check", two_breeds, "--json")
    assert (status, err) == (0, "")
    assert [(Path(row["file"]).name, row["problem"]) for row in lines(out)] == [
        ("notes.mat", "odd"),
        ("pug_4.jpg", "unreadable"),
    ]
    assert all(set(row) == {"file", "problem", "sentence", "also"} for row in lines(out))
    assert command("data", "check", two_breeds)[1].count("\n") == 3


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        (["data", "check", ""], "the folder"),
        (["data", "get", "sample", "--to", ""], "--to"),
        (["classify", ""], "FILE"),
        (["classify", "pug_1.jpg", ""], "FILE"),
        (["runs", "export", SHIPPED_ID, ""], "FILE"),
        (["runs", "import", ""], "FILE"),
        (["bench", "--data", ""], "--data"),
        (["bench", "--plot", ""], "--plot"),
    ],
)
def test_an_empty_name_is_not_the_current_folder(  # noqa: PLR0917
    command: Command,
    two_breeds: Path,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    argument: str,
) -> None:
    monkeypatch.chdir(two_breeds)
    assert refused(command(*arguments)) == (
        f"The name given for {argument} is empty: write it out, or set the variable of the shell"
        " that it comes from."
    )
    assert sorted(path.name for path in two_breeds.iterdir()) == sorted(PETS)
    assert not (home / "runs").exists()


@pytest.mark.parametrize("part", ["show", "delete", "export", "compare"])
def test_an_empty_id_is_no_run(command: Command, tmp_path: Path, part: str) -> None:
    more = {"export": [tmp_path / "x.zip"], "compare": [SHIPPED_ID]}.get(part, [])
    assert refused(command("runs", part, "", *more)).startswith("There is no run ''")


def test_data_check_refuses(command: Command, tmp_path: Path) -> None:
    assert refused(command("data", "check", tmp_path / "no")).startswith("There is no folder")
    assert "is empty" in refused(command("data", "check", tmp_path))
    assert "File name too long" in refused(command("data", "check", "x" * 300))


# --- train --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--recipe", "magic"], "There is no recipe 'magic'"),
        (["--epochs", "0"], "at least one epoch"),
        (["--epochs", "-1"], "can't be negative"),
        (["--base-lr", "0"], "A learning rate is"),
        (["--base-lr", "nan"], "A learning rate is"),
        (["--base-lr", "inf"], "A learning rate is"),
        (["--base-lr", "-0.01"], "A learning rate is"),
        (["--epochs", "9" * 20], "at most 100,000 epochs"),
        (["--batch-size", "9" * 20], "4096 at most"),
        (["--limit-per-breed", "-3"], "at least two photographs"),
        (["--seed", "-1"], "A seed is a whole number from 0 to 4294967295."),
        (["--seed", "-1", "--split", "by-breed"], "A seed is a whole number from 0"),
        (["--seed", str(2**32)], "A seed is a whole number from 0"),
        (["--seed", "9" * 20, "--split", "random"], "A seed is a whole number from 0"),
        (["--size", "7"], "between 32 and 1024"),
        (["--size", "2000"], "between 32 and 1024"),
        (["--batch-size", "1"], "at least two photographs"),
        (["--limit-per-breed", "1"], "at least two photographs"),
        (["--freeze-epochs", "2"], "frozen throughout"),
        (["--pattern", "("], "can't be read"),
        (["--pattern", ".+"], "captures nothing"),
        (["--pattern", r"(\d+)-x"], "matches none of 6 names"),
        (["--hold-out", "/nowhere"], "There is no folder /nowhere"),
        (["--arch", "nonsense"], "There is no architecture 'nonsense'"),
        (["--recipe", "fine-tune", "--arch", "nonsense"], "There is no architecture 'nonsense'"),
        (["--limit-per-breed", "2"], "There are too few photographs to train and validate on"),
        (["--data", ""], "The name given for --data is empty: write it out, or set the variable"),
        (["--labels", ""], "The name given for --labels is empty"),
        (["--changes", ""], "The name given for --changes is empty"),
        (["--hold-out", ""], "The name given for --hold-out is empty"),
        (["--split", "folders"], "needs train/ and valid/"),
        (["--labels", "/nowhere.csv"], "There is no file /nowhere.csv"),
        (["--data", "/nowhere"], "There is no folder /nowhere"),
        (["--data", "x" * 300], "There is no folder"),
        (["--data", "~nobody-of-this-name/x"], "There is no folder"),
    ],
)
def test_bad_input_is_said_before_anything_is_made(
    command: Command, two_breeds: Path, home: Path, arguments: list[str], words: str
) -> None:
    sound = ["train", "--data", two_breeds, "--recipe", "baseline"]
    assert words in refused(command(*sound, *arguments))
    assert not (home / "runs").exists()


def test_an_empty_folder_is_refused(command: Command, tmp_path: Path) -> None:
    said = refused(command("train", "--data", tmp_path, "--recipe", "fine-tune"))
    assert said.startswith(f"There are no photographs in {tmp_path}")


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Stands in for `petwidgets.baseline.train`, which takes a minute."""
    module = ModuleType("petwidgets.baseline.train")
    module.train = lambda *_: pytest.fail("trained")  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "petwidgets.baseline.train", module)
    return module


def test_a_training_says_its_results(
    command: Command, training: ModuleType, two_breeds: Path
) -> None:
    heard: list[Run] = []

    def train(
        run: Run, report: Callable[..., None], stop: Callable[[], bool], _confirm: object
    ) -> dict[str, Any]:
        heard.append(run)
        assert not stop()
        report({"event": "stage", "sentence": "Looking at every photograph"})
        report({"event": "progress", "done": 1, "of": 4})
        figures = {"train_loss": 2.0, "valid_loss": 1.5, "error_rate": 0.25}
        report({"event": "epoch", "epoch": 1, "of": 1, **figures})
        results = {**figures, "epochs": 1, "seconds": 2.5, "images_per_second": 4.0}
        run.update(state="finished", results=results)
        return results

    training.train = train  # type: ignore[attr-defined]
    asked = ["train", "--data", two_breeds, "--recipe", "fine-tune", "--seed", 7, "--size", 500]
    status, out, err = command(*asked, "--limit-per-breed", 3, "--json")
    assert status == 0
    figures = {"error_rate": 0.25, "valid_loss": 1.5, "epochs": 1, "seconds": 2.5}
    assert lines(out) == [{"run": heard[0].id, **figures, "images_per_second": 4.0}]
    assert "Looking at every photograph" in err
    assert "epoch 1/1: train 2.0000, valid 1.5000, error 25.0 %" in err
    recipe = heard[0].recipe
    assert recipe == fine_tune(
        data=str(two_breeds), seed=7, size=500, presize=500, limit_per_breed=3
    )
    status, out, _ = command(*asked)
    assert (status, out) == (
        0,
        f"{heard[1].id}: finished, fine-tune on {two_breeds}, error 25.0 %\n",
    )


def test_names_held_out_go_into_the_recipe(
    command: Command, training: ModuleType, two_breeds: Path, tmp_path: Path
) -> None:
    heard: list[Run] = []

    def train(run: Run, *_: object) -> dict[str, Any]:
        heard.append(run)
        return {}

    training.train = train  # type: ignore[attr-defined]
    held = pets(tmp_path / "held", "pug_2.jpg")
    status, _, _ = command(
        "train", "--data", two_breeds, "--recipe", "baseline", "--hold-out", held, "--json"
    )
    assert (status, heard[0].recipe.hold_out) == (0, ("pug_2.jpg",))
    assert heard[0].info["notes"] == []
    pets(held, "boxer_1.jpg")
    command("train", "--data", two_breeds, "--recipe", "baseline", "--hold-out", held)
    (said,) = heard[1].info["notes"]
    assert "not in the set: boxer_1.jpg" in said


@pytest.mark.usefixtures("training")
@pytest.mark.parametrize(
    ("names", "words"),
    [
        (
            PETS,
            "All photographs are held out, which leaves fewer than two breeds to train on: hold",
        ),
        (PETS[:3], "Of 6 photographs 3 are held out, which leaves fewer than two breeds"),
    ],
)
def test_a_hold_out_that_takes_too_much_is_refused_before_a_run_is_made(
    command: Command, two_breeds: Path, tmp_path: Path, names: list[str], words: str
) -> None:
    held = pets(tmp_path / "held", *names)
    for split in ("random", "by-breed"):
        asked = ["train", "--data", two_breeds, "--recipe", "baseline", "--hold-out", held]
        assert words in refused(command(*asked, "--split", split))
    assert not RunStore().list()[:-2]


@pytest.mark.usefixtures("training")
def test_nothing_to_hold_out_is_refused(command: Command, two_breeds: Path, tmp_path: Path) -> None:
    held = pets(tmp_path / "held", "samoyed_1.jpg")
    asked = ["train", "--data", two_breeds, "--recipe", "baseline", "--hold-out", held]
    assert refused(command(*asked)).startswith("The only photograph in ")
    assert not RunStore().list()[:-2]


def test_labels_come_from_a_csv_file(
    command: Command, training: ModuleType, two_breeds: Path, tmp_path: Path
) -> None:
    heard: list[Run] = []

    def train(run: Run, *_: object) -> dict[str, Any]:
        heard.append(run)
        return {}

    training.train = train  # type: ignore[attr-defined]
    file = tmp_path / "breeds.csv"
    rows = ["pug_1;a;", "pug_2;a;", "pug_3;b;", "Bombay_1;b;x", "Bombay_2;b;"]
    file.write_text("\n".join(["id;what;note", *rows]), "utf-16")
    asked = ["train", "--data", two_breeds, "--recipe", "baseline", "--labels", file]
    assert "choose the label column, what and note" in refused(command(*asked))
    assert "There is no column 'no'" in refused(command(*asked, "--label-column", "no"))
    assert "give one of them" in refused(command(*asked, "--pattern", "parent-folder"))
    assert command(*asked, "--label-column", "What", "--file-column", "ID", "--yes")[0] == 0
    file.unlink()
    recipe = heard[0].recipe
    labels = {f"{name}.jpg": label for name, label, _ in (row.split(";") for row in rows)}
    assert dataset.load(recipe.data, recipe.pattern).labels() == labels
    assert (heard[0].folder / "labels.json").is_file()
    assert "There is no file" in refused(command(*asked))


@pytest.mark.usefixtures("training")
def test_columns_without_labels_are_refused(command: Command, two_breeds: Path) -> None:
    asked = ["train", "--data", two_breeds, "--recipe", "baseline", "--label-column", "breed"]
    assert "--labels" in refused(command(*asked))


def test_changes_of_a_file_go_into_the_recipe(
    command: Command, training: ModuleType, two_breeds: Path, tmp_path: Path
) -> None:
    heard: list[Run] = []

    def train(run: Run, *_: object) -> dict[str, Any]:
        heard.append(run)
        return {}

    training.train = train  # type: ignore[attr-defined]
    file, asked = tmp_path / "labels.csv", ["train", "--data", two_breeds, "--recipe", "baseline"]
    rows = ["file,decision,new label", "pug_1.jpg,relabel,Bombay", "gone.jpg,leave out,"]
    file.write_text("\n".join([*rows, "pug_2.jpg,keep,"]))
    status, _, _ = command(*asked, "--changes", file, "--json")
    recipe = heard[0].recipe
    assert (status, recipe.relabel) == (0, (("pug_1.jpg", "Bombay"),))
    assert recipe.leave_out == ("gone.jpg",)
    file.write_text("\n".join([*rows, "pug_2.jpg,burn,"]))
    assert "labels.csv: Row 4: 'burn' is not a decision" in refused(
        command(*asked, "--changes", file)
    )
    file.write_text("file,decision,new label\npug_1.jpg,relabel,cat\n")
    assert "take pug_1.jpg for 'cat'" in refused(command(*asked, "--changes", file))
    assert "There is no file" in refused(command(*asked, "--changes", tmp_path / "no.csv"))
    assert len(heard) == 1


def test_a_problem_of_the_training_is_one_sentence(
    command: Command, training: ModuleType, two_breeds: Path
) -> None:
    def train(run: Run, *_: object) -> dict[str, Any]:
        run.update(state="failed")
        raise Problem("None of the photographs can be read.")

    training.train = train  # type: ignore[attr-defined]
    said = refused(command("train", "--data", two_breeds, "--recipe", "baseline"))
    assert said == "None of the photographs can be read."


@pytest.mark.usefixtures("training")
def test_one_breed_is_refused_before_a_run_is_made(command: Command, tmp_path: Path) -> None:
    folder = pets(tmp_path / "pets", "pug_1.jpg", "pug_2.jpg")
    said = refused(command("train", "--data", folder, "--recipe", "baseline"))
    assert said.startswith("All photographs are labelled pug")
    assert [run.id for run in RunStore().list()] == ["pets37", "drawn37"]


@pytest.fixture
def halved(tmp_path: Path) -> Path:
    """A set of which the chapter's expression matches a half."""
    names = [f"{b}_{n}.jpg" for b in ("pug", "beagle") for n in range(5)]
    return pets(tmp_path / "halved", *names, *(f"boxer_{n}.JPG" for n in range(10)))


def test_much_that_is_left_out_is_refused_without_yes(
    command: Command, training: ModuleType, halved: Path, home: Path
) -> None:
    asked = ["train", "--data", halved, "--recipe", "baseline", "--json"]
    said = refused(command(*asked))
    assert said.startswith("Only 50 % of the photographs would be used. 20 photographs found, 10")
    assert "Without them these are missing: boxer (10)." in said
    assert said.endswith("Correct that, or go on without the rest by --yes.")
    assert not (home / "runs").exists()
    confirmed: list[bool] = []

    def train(
        run: Run, _report: object, _stop: object, confirm: Callable[[object], bool]
    ) -> dict[str, Any]:
        confirmed.append(confirm(None))
        run.update(state="finished")
        return {"error_rate": 0.5}

    training.train = train  # type: ignore[attr-defined]
    assert command(*asked, "--yes")[0] == 0
    assert confirmed == [True]


@pytest.mark.parametrize(("answer", "status"), [("y\n", 0), ("n\n", 1), ("\n", 1)])
def test_a_person_is_asked_once(  # noqa: PLR0917
    command: Command,
    training: ModuleType,
    halved: Path,
    answer: str,
    status: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stdin = io.StringIO(answer)
    monkeypatch.setattr(stdin, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", stdin)

    def train(
        run: Run, _report: object, _stop: object, confirm: Callable[[object], bool]
    ) -> dict[str, Any]:
        assert confirm(None)  # without a second question, for which there is no answer
        run.update(state="finished")
        return {"error_rate": 0.5}

    training.train = train  # type: ignore[attr-defined]
    found, _, err = command("train", "--data", halved, "--recipe", "baseline")
    assert found == status
    assert "Go on without the rest? [y/N]" in err


def test_ctrl_c_asks_the_training_to_stop_and_exits_with_130(
    command: Command, training: ModuleType, two_breeds: Path
) -> None:
    def train(
        _run: Run, _report: object, stop: Callable[[], bool], _confirm: object
    ) -> dict[str, Any]:
        os.kill(os.getpid(), 2)
        assert stop()
        return {"epochs": 0}

    training.train = train  # type: ignore[attr-defined]
    status, out, _ = command("train", "--data", two_breeds, "--recipe", "baseline", "--json")
    assert status == 130
    assert lines(out)[0]["epochs"] == 0


def test_a_tilde_that_no_shell_expands_is_the_users_folder(
    command: Command, two_breeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(two_breeds.parent))
    monkeypatch.setenv("USERPROFILE", str(two_breeds.parent))
    here = f"~/{two_breeds.name}"
    for option in ("--changes", "--labels"):
        said = refused(command("train", f"--data={here}", "--recipe=baseline", f"{option}={here}"))
        assert said.startswith(f"{two_breeds} is a folder, not a file: give the CSV file with the")
    hidden = refused(command("train", f"--data={here}", "--recipe=baseline", "--pattern=(x)"))
    assert "matches none of 6 names" in hidden
    assert command("data", "check", here)[0] == 0


# --- serve --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--port", "99999"], "99999 is not a port: give --port a number from 1 to 65535."),
        (["--port", "-1"], "-1 is not a port"),
        (["--port", "0"], "0 is not a port"),
        (["--port", "9" * 20], "is not a port"),
        (["--host", "no.such.host.invalid"], "'no.such.host.invalid' is not an address of this"),
        (["--host", "a..b"], "'a..b' is not an address of this machine"),
        (["--host", "x" * 400], "is not an address of this machine"),
        (["--host", "192.0.2.1"], "'192.0.2.1' is not an address of this machine"),
        (["--host", ""], "--host is empty"),
        (["--host", "0.0.0.0"], "Others reach 0.0.0.0: set PETWIDGETS_TOKEN"),  # noqa: S104
        (
            ["--keep-days", "nan"],
            "--keep-days is a number of days from 0.04, an hour, to 36,500, such as 7.",
        ),
        (["--keep-days", "-1"], "--keep-days is a number of days from 0.04"),
        (["--keep-days", "0"], "--keep-days is a number of days from 0.04"),
        (["--keep-days", "inf"], "--keep-days is a number of days from 0.04"),
        (["--keep-days", "1e308"], "--keep-days is a number of days from 0.04"),
        (
            ["--base-url", "a b?"],
            "'a b?' can't be the path of an address: give --base-url one of plain letters and",
        ),
        (["--token", "x", "--no-token"], "A token and --no-token contradict each other: leave out"),
        (["--max-kernels", "-1"], "pages from 1 on, such as 4; 0 for as many as the memory allows"),
    ],
)
def test_serve_refuses(command: Command, arguments: list[str], words: str) -> None:
    assert words in refused(command("serve", *arguments))


def test_a_base_url_is_what_an_address_can_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Address, "_check_free", lambda _self: None)
    for sound in ("", "/", "pets", "/pets/", "/a-b/c_d/e.f/~g/", "/user/jo%40x.org/", "/user/@jo/"):
        Address(base_url=sound).check()
    for bad in ("http://x/pets/", "/a#b/", "/a%2/", "/m\u00fc/", "/../", "/a/./b", "/(a/", "a\nb"):
        with pytest.raises(Problem, match="can't be the path of an address"):
            Address(base_url=bad).check()


def test_a_port_that_is_taken_or_not_ours(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refused(command("serve", "--port", port))
    assert said == (
        f"127.0.0.1:{port} can't be listened on (Address already in use): choose another with"
        " --port."
    )

    def forbidden(*_: object) -> None:
        raise PermissionError(errno.EACCES, "with more words")

    monkeypatch.setattr(socket, "create_server", forbidden)
    said = refused(command("serve", "--port", 80))
    assert (
        said == "127.0.0.1:80 can't be listened on (Permission denied): choose another with --port."
    )


# --- what is not installed ----------------------------------------------------------------------


@pytest.fixture
def without_extras(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("petwidgets.learning")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setattr(serve, "find_spec", lambda _name: None)


@pytest.mark.usefixtures("without_extras")
def test_a_missing_extra_is_one_sentence(
    command: Command, two_breeds: Path, tmp_path: Path
) -> None:
    sentence = "torch is not installed: pip install 'petwidgets[train]'."
    status, out, _ = command("classify", two_breeds / "pug_1.jpg", "--json")
    assert (status, lines(out)[0]["run"]) == (0, SHIPPED_ID), "this takes no torch"
    assert refused(command("train", "--data", two_breeds, "--recipe", "fine-tune")) == sentence
    for name, *form in (["run.onnx"], ["run.zip", "--as", "model"]):
        assert refused(command("runs", "export", SHIPPED_ID, tmp_path / name, *form)) == sentence
        assert not (tmp_path / name).exists()
    said = refused(command("serve"))
    assert said == "voila is not installed: pip install 'petwidgets[app]'."
    with pytest.raises(Problem, match=re.escape(sentence)):
        PetLab().learner()


def test_a_page_says_what_its_engine_lacks() -> None:
    lacking = ModuleNotFoundError("No module named 'torch'", name="torch")
    for sentence in (messages.sentence, errors.sentence):
        assert sentence(lacking) == "torch is not installed: pip install 'petwidgets[train]'."
        assert "petwidgets[" not in sentence(ModuleNotFoundError("mine", name="mine"))


# --- classify -----------------------------------------------------------------------------------


def test_classify_of_a_missing_run(command: Command) -> None:
    for identity in ("nope", "../pets37", ""):
        said = refused(command("classify", "x.jpg", "--run", identity))
        assert said.startswith(f"There is no run {identity!r}")


@pytest.fixture
def classifies(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Put a function in the place of the one that classifies, and none of torch."""
    module = ModuleType("petwidgets.inference.classify")
    module.classifier = lambda _run: None  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "petwidgets.inference", ModuleType("petwidgets.inference"))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return lambda classify, **more: vars(module).update(classify=classify, **more)


def test_a_run_without_weights_is_said_once(
    command: Command, classifies: Callable[..., None]
) -> None:
    def lacking(run: Run) -> None:
        raise Problem(f"The run {run.id} has no weights.")

    classifies(print, classifier=lacking)
    said = refused(command("classify", "a.jpg", "b.jpg"))
    assert said == f"The run {SHIPPED_ID} has no weights."


def test_one_bad_file_does_not_stop_the_rest(
    command: Command, classifies: Callable[..., None]
) -> None:
    def classify(run: Run, file: Path) -> jobs.Answer:
        if file.name == "bad.jpg":
            raise Problem("This file is empty: choose another one.")
        odd = file.name == "odd.jpg"
        decision = jobs.Decision(
            breed="pug",
            probability=0.9 if odd else 0.99998,
            top=(("pug", 0.9), ("boxer", 0.05)),
            likeness=0.8,
            least_likeness=0.5,
            least_probability=0.4,
            temperature=1.3,
            recognised=not odd,
            doubt="small" if odd else "",
            reason="It is too small: bring it larger." if odd else "",
        )
        return jobs.Answer(run.id, decision, (0.5,), b"", b"", b"png", (0, 0, 1, 1))

    classifies(classify)
    files = ["bad.jpg", "pug.jpg", "odd.jpg"]
    status, out, err = command("classify", *files, "--json")
    bad, pug, odd = lines(out)
    assert (status, err) == (1, "")
    assert bad == {"file": "bad.jpg", "problem": "This file is empty: choose another one."}
    assert (pug["file"], pug["breed"], pug["recognised"], pug["run"]) == (
        "pug.jpg",
        "pug",
        True,
        SHIPPED_ID,
    )
    assert pug["probability"] == 0.99998
    assert not {"seen", "activations"} & set(pug)
    assert not odd["recognised"]
    status, out, _ = command("classify", *files)
    assert out.splitlines() == [
        "bad.jpg: This file is empty: choose another one.",
        "pug.jpg: pug > 99.9 %",
        "odd.jpg: not recognised (perhaps pug 90.0 %). It is too small: bring it larger.",
    ]
    assert command("classify", "pug.jpg")[0] == 0


def test_folders_and_patterns_are_their_photographs(
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
    classifies: Callable[..., None],
    two_breeds: Path,
    tmp_path: Path,
) -> None:
    def unreadable(_run: Run, _file: Path) -> None:
        raise Problem("It can't be read.")

    classifies(unreadable)
    (two_breeds / "notes.txt").write_text("no photograph")
    (tmp_path / "empty").mkdir()
    pets(two_breeds / "more", "[1].jpg")
    monkeypatch.chdir(tmp_path)

    def seen(*given: str) -> list[str]:
        _, out, err = command("classify", *given, "--json")
        assert not err
        return [line["file"] for line in lines(out)]

    names = sorted([*PETS, "more/[1].jpg"])
    assert seen("pets") == [f"pets/{name}" for name in names]
    assert seen("pets/p*.jpg", "pets/pug_1.jpg") == [
        "pets/pug_1.jpg", "pets/pug_2.jpg", "pets/pug_3.jpg", "pets/pug_1.jpg",
    ]  # fmt: skip
    assert seen("pets/more/[1].jpg") == ["pets/more/[1].jpg"]
    assert seen("pets/**/[[]*.jpg") == ["pets/more/[1].jpg"]
    status, out, _ = command("classify", "*.png", "empty", "pets/pug_?.jpg")
    assert status == 1
    assert out.splitlines()[:2] == [
        "*.png: No file has such a name: check the pattern.",
        "empty: There are no photographs in empty: choose a folder that holds some.",
    ]
    assert len(out.splitlines()) == 5


# --- runs ---------------------------------------------------------------------------------------


def test_runs_list(command: Command) -> None:
    store = RunStore()
    queued, damaged = store.create(baseline()), store.create(baseline())
    (damaged.folder / "run.json").write_text("{")
    status, out, err = command("runs", "list", "--json")
    assert (status, err) == (0, "")
    states = {row["run"]: row["state"] for row in lines(out)}
    assert states == {
        queued.id: "queued",
        damaged.id: "damaged",
        SHIPPED_ID: "finished",
        DRAWN_ID: "finished",
    }
    status, out, err = command("runs", "list")
    assert (status, err) == (0, "")
    assert f"{damaged.id}: The run {damaged.id} is damaged: delete it" in out
    assert f"{queued.id}: queued, baseline on sample\n" in out
    queued.update(name="baseline 2")
    assert f"{queued.id} (baseline 2): queued, " in command("runs", "list")[1]
    assert re.search(r"^pets37: finished, baseline on .*, error 4\.3 %$", out, re.MULTILINE)


def test_runs_show(command: Command) -> None:
    status, out, err = command("runs", "show", SHIPPED_ID, "--json")
    (shown,) = lines(out)
    assert (status, err) == (0, "")
    assert (shown["run"], shown["state"], len(shown["vocab"])) == (SHIPPED_ID, "finished", 37)
    assert shown["events"] > 12
    assert json.loads(command("runs", "show", SHIPPED_ID)[1]) == shown


def test_runs_show_refuses(command: Command) -> None:
    assert refused(command("runs", "show", "nope")).startswith("There is no run 'nope'")
    run = RunStore().create(baseline())
    (run.folder / "run.json").write_text("[" * 100_000)
    assert "is damaged" in refused(command("runs", "show", run.id))


def test_runs_delete(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(SHIPPED, tmp_path / "shipped")  # what a fault would delete
    for module in ("run", "store"):
        monkeypatch.setattr(f"petwidgets.runs.{module}.SHIPPED", tmp_path / "shipped")
    one, other = (RunStore().create(baseline()) for _ in range(2))
    status, out, err = command("runs", "delete", one.id, "--json")
    assert (status, lines(out), err) == (0, [{"deleted": one.id}], "")
    assert [run.id for run in RunStore().list()] == [other.id, SHIPPED_ID, DRAWN_ID]
    assert refused(command("runs", "delete", one.id)).startswith("There is no run")
    assert refused(command("runs", "delete", SHIPPED_ID)).endswith("stays.")
    assert refused(command("runs", "delete", "..")).startswith("There is no run")


def predicted(seed: int, right: tuple[int, ...], **settings: Any) -> Run:
    """A run that is right on these of eight photographs of pugs."""
    run = RunStore().create(fine_tune(seed=seed, **settings))
    rows = [[0.9, 0.1] if i in right else [0.1, 0.9] for i in range(8)]
    files = tuple(f"{i}.jpg" for i in range(8))
    pugs, ones = np.zeros(8, np.int64), np.ones(8, np.float32)
    run.save_validation(Validation(files, np.array(rows, np.float32), pugs, ones))
    return run.update(state="finished", vocab=["pug", "boxer"], files=list(files))


def test_runs_compare(command: Command) -> None:
    one = predicted(1, (0, 1, 2, 3, 4, 5, 6))
    other = predicted(2, (0, 7))
    status, out, err = command("runs", "compare", one.id, other.id, "--json")
    first, second, seed, pair, seeds = lines(out)
    assert (status, err) == (0, "")
    assert (first["run"], first["errors"], first["photographs"]) == (one.id, 1, 8)
    assert (second["error_rate"], second["interval"]) == (0.75, list(wilson(6, 8)))
    assert seed == {"setting": "seed", "values": {one.id: 1, other.id: 2}}
    counts = [pair[name] for name in ("both", "first", "second", "neither")]
    assert counts == [1, 6, 1, 0]
    assert pair["pair"] == [one.id, other.id]
    assert pair["p"] == pytest.approx(binomtest(1, 7, 0.5).pvalue)
    assert pair["difference"] == 0.625
    assert pair["interval"][0] < 0.625 < pair["interval"][1]
    assert (seeds["seeds"], seeds["mean"], seeds["least"]) == ([one.id, other.id], 0.4375, 0.125)
    status, out, err = command("runs", "compare", one.id, other.id)
    assert (status, err) == (0, "")
    assert f"{one.id}: error 12.5 % on 8, 95 % interval" in out
    assert "these photographs don't tell which is better" in out


def test_runs_compare_says_how_many_names_differ(command: Command) -> None:
    one = predicted(1, (0, 1), hold_out=tuple(f"pug_{i}.jpg" for i in range(740)))
    other = predicted(2, (0, 7))
    status, out, _ = command("runs", "compare", one.id, other.id)
    assert status == 0
    assert "hold_out: 740 photographs, 0 photographs" in out.splitlines()
    assert max(map(len, out.splitlines())) < 400
    _, out, _ = command("runs", "compare", one.id, other.id, "--json")
    [row] = [line for line in lines(out) if line.get("setting") == "hold_out"]
    assert row["values"] == {one.id: 740, other.id: 0}


def test_runs_compare_says_settings_in_words(command: Command) -> None:
    one, other = predicted(1, (0, 1), limit_per_breed=30), predicted(1, (0, 7))
    three = RunStore().create(baseline(seed=1))
    shutil.copy(one.folder / VALIDATION, three.folder)
    three.update(state="finished", vocab=one.info["vocab"], files=one.info["files"])
    out = command("runs", "compare", one.id, other.id, three.id)[1].splitlines()
    assert "limit_per_breed: 30, none, none" in out
    assert "stage 1: rate: slice(0.002), slice(0.002), 0.005" in out
    assert "stage 2: frozen: no, no, none" in out
    assert not [line for line in out if re.search(r"\b(None|True|False)\b", line)]


def test_runs_compare_refuses(command: Command) -> None:
    assert "nothing to compare" in refused(command("runs", "compare", SHIPPED_ID, SHIPPED_ID))
    assert "There is no run" in refused(command("runs", "compare", SHIPPED_ID, "nope"))
    queued = RunStore().create(baseline())
    assert "let an epoch end" in refused(command("runs", "compare", SHIPPED_ID, queued.id))


def test_runs_export_and_import(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "mine.petrun.zip"
    status, out, err = command("runs", "export", SHIPPED_ID, file, "--json")
    assert (status, err) == (0, "")
    size = file.stat().st_size
    assert lines(out) == [{"run": SHIPPED_ID, "file": str(file), "bytes": size, "as": "run"}]
    assert command("runs", "export", SHIPPED_ID, file)[1] == f"{SHIPPED_ID} is in {file}.\n"
    status, out, err = command("runs", "import", file, "--json")
    assert (status, err) == (0, "")
    imported = RunStore().get(lines(out)[0]["run"])
    assert imported.validation().errors == 32
    assert command("runs", "import", file)[0] == 0
    assert len(RunStore().list()) == 4


def test_runs_export_and_import_refuse(command: Command, tmp_path: Path) -> None:
    assert "There is no run" in refused(command("runs", "export", "nope", tmp_path / "x.zip"))
    assert "is a folder" in refused(command("runs", "export", SHIPPED_ID, tmp_path))
    assert "There is no file" in refused(command("runs", "import", tmp_path / "none.zip"))
    assert refused(command("runs", "import", tmp_path)) == (
        f"{tmp_path} is a folder, not a file: give one that petwidgets runs export wrote."
    )
    (tmp_path / "no.zip").write_bytes(b"no zip")
    assert "not a run that petwidgets" in refused(command("runs", "import", tmp_path / "no.zip"))
    queued = RunStore().create(baseline())
    assert "has not ended" in refused(command("runs", "export", queued.id, tmp_path / "x.zip"))
    assert not (tmp_path / "x.zip").exists()


@pytest.fixture
def makers(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was asked of the modules that make models and reports, which stand in for theirs."""
    asked: list[str] = []
    for name in MAKERS.values():
        module = ModuleType(f"petwidgets.{name}")
        made = Made("x", name.encode(), "tried", difference=1e-6)
        module.packed = lambda *_, name=name, made=made: asked.append(name) or made  # type: ignore[attr-defined]
        module.TRIED = 8  # type: ignore[attr-defined]
        parent, _, own = module.__name__.rpartition(".")
        package = sys.modules.get(parent) or ModuleType(parent)
        monkeypatch.setitem(sys.modules, parent, package)
        monkeypatch.setattr(package, own, module, raising=False)
        monkeypatch.setitem(sys.modules, module.__name__, module)
    return asked


MAKERS = {
    "onnx": "learning.export.onnx",
    "report": "export.report",
    "model": "learning.export.model_folder",
}


@pytest.mark.parametrize(
    ("asked", "form"),
    [
        ("a.onnx", "onnx"),
        ("a.ONNX", "onnx"),
        ("a.html", "report"),
        ("a.htm", "report"),
        ("a.zip --as model", "model"),
        ("a.petrun.zip --as report", "report"),
    ],
)
def test_runs_export_goes_by_the_name_or_by_as(
    command: Command, tmp_path: Path, makers: list[str], asked: str, form: str
) -> None:
    maker = MAKERS[form]
    name, *options = asked.split()
    file = tmp_path / name
    status, out, err = command("runs", "export", SHIPPED_ID, file, *options, "--json")
    assert (status, err, makers) == (0, "", [maker])
    value = {"run": SHIPPED_ID, "file": str(file), "bytes": len(maker), "as": form}
    assert lines(out) == [{**value, "difference": 1e-6, "said": "tried"}]
    assert file.read_bytes() == maker.encode()
    said = command("runs", "export", SHIPPED_ID, file, *options)[1]
    assert said == f"{SHIPPED_ID} is in {file}: tried, 1e-06 apart at most.\n"


def test_runs_export_of_any_other_name_is_the_run(
    command: Command, tmp_path: Path, makers: list[str]
) -> None:
    for name in ("a.zip", "a.petrun.zip", "a", "a.pth"):
        assert command("runs", "export", SHIPPED_ID, tmp_path / name)[0] == 0
        assert command("runs", "import", tmp_path / name)[0] == 0
    assert command("runs", "export", SHIPPED_ID, tmp_path / "a.onnx", "--as", "run")[0] == 0
    assert makers == []


def test_runs_export_writes_whole_or_not_at_all(
    command: Command, tmp_path: Path, makers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise Problem("It can't be.")

    file = tmp_path / "a.html"
    file.write_text("before")
    monkeypatch.setattr(sys.modules["petwidgets.export.report"], "packed", fail)
    assert refused(command("runs", "export", SHIPPED_ID, file)) == "It can't be."
    assert "is a folder" in refused(
        command("runs", "export", SHIPPED_ID, tmp_path, "--as", "model")
    )
    missing = tmp_path / "none" / "a.onnx"
    assert "can't be written" in refused(command("runs", "export", SHIPPED_ID, missing))
    assert makers == []  # what can't be written is not computed
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["a.html"]
    assert file.read_text() == "before"


# --- doctor -------------------------------------------------------------------------------------


@pytest.fixture
def healthy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "LEAST_FREE", 0)
    monkeypatch.setattr(doctor, "version", lambda _: "1.0")
    monkeypatch.setattr(oxford, "present", lambda: False)


@pytest.mark.usefixtures("healthy")
def test_doctor(command: Command, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    status, out, err = command("doctor", "--json")
    assert (status, err) == (0, "")
    found = {row["what"]: row for row in lines(out)}
    assert {"torch", "home", "disk", "runs", "sample", "oxford-pets"} <= set(found)
    assert found["sample"]["sentence"] == "not here: petwidgets data get sample"
    assert found["runs"]["sentence"] == "2 sound"
    assert {path.name for path in home.iterdir()} <= {"petwidgets.log"}
    monkeypatch.setenv("HOME", str(home.parent))
    monkeypatch.setenv("PETWIDGETS_DATA", "~/home")
    status, out, _ = command("doctor")
    assert status == 0
    assert "ok  ~/home: here\n" in out


@pytest.mark.usefixtures("healthy")
def test_doctor_finds_what_is_wrong(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def missing(name: str) -> str:
        if name in ("torch", "voila"):
            raise doctor.PackageNotFoundError(name)
        return "1.0"

    monkeypatch.setattr(doctor, "version", missing)
    monkeypatch.setattr(doctor, "LEAST_FREE", 1e18)
    monkeypatch.setenv("PETWIDGETS_DATA", str(tmp_path / "gone"))
    run = RunStore().create(baseline())
    (run.folder / "run.json").unlink()
    status, out, err = command("doctor", "--json")
    assert (status, err) == (1, "")
    bad = {row["what"]: row["sentence"] for row in lines(out) if not row["ok"]}
    assert set(bad) == {"voila", "disk", "runs", str(tmp_path / "gone")}
    assert bad["voila"] == "missing: pip install 'petwidgets[app]'"
    assert bad["runs"] == f"damaged: delete {run.id}"
    said = command("doctor")[1]
    assert "BAD voila: missing" in said
    # A light install is in order.
    assert "ok  torch: not here, fine-tuning takes it: pip install 'petwidgets[train]'" in said


@pytest.mark.usefixtures("healthy")
def test_doctor_goes_on_when_fastais_settings_are_broken(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> bool:
        raise Problem("config.ini cannot be read: mend or remove it.")

    monkeypatch.setattr(oxford, "present", broken)
    status, out, err = command("doctor", "--json")
    assert (status, err) == (1, "")
    assert [row["what"] for row in lines(out) if not row["ok"]] == [sources.OXFORD]
