"""Several real processes train one model together; without a GPU they talk through gloo."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil
import pytest
from fastai.vision.all import nn, torch
from safetensors.torch import load_file
from timm.layers import BatchNormAct2d, convert_sync_batchnorm

from petwidgets.learning.models.backbones import network
from petwidgets.learning.train.learner import learner
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from petwidgets.runs.run import Run

pytest.importorskip("accelerate", reason="accelerate starts the processes")

LAUNCH = ["-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2"]
DEFAULTS = ["--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no"]
TRAIN = ["--freeze-epochs", "1", "--epochs", "1", "--size", "64", "--batch-size", "4"]

OBSERVED = """
import json, os, sys
from pathlib import Path
from safetensors.torch import save_file
from petwidgets.cli.main import main
from petwidgets.learning.train import accelerate_parts, callbacks, fit

out, rank = Path(sys.argv.pop(1)), os.environ["RANK"]
seen = {"batches": [], "positions": []}
fit_all, after_batch = fit.Fit._fit, callbacks.Batches.after_batch
get_idxs = accelerate_parts.Part.get_idxs

def noting_batch(batches):
    if batches.training:
        seen["batches"].append(len(batches.y))
    after_batch(batches)

def noting_positions(part):
    positions = get_idxs(part)
    if part.dl.shuffle:
        seen["positions"].append(positions)
    return positions

def noting_weights(self, learn):
    fit_all(self, learn)
    save_file(learn.model.state_dict(), out / f"{rank}.safetensors")
    (out / f"{rank}.json").write_text(json.dumps(seen))

fit.Fit._fit, callbacks.Batches.after_batch = noting_weights, noting_batch
accelerate_parts.Part.get_idxs = noting_positions
sys.exit(main())
"""

SLOW = """
import os, sys, threading
from pathlib import Path
from petwidgets.cli import main

over, run, on_one_line = Path(sys.argv.pop(1)), main._run, main.on_one_line

def noting(arguments):
    status = run(arguments)
    over.touch()
    return status

def late(text):
    while not over.exists():
        threading.Event().wait(0.05)
    threading.Event().wait(2)  # a busy machine; the launcher looks ten times a second
    return on_one_line(text)

if os.environ["RANK"] == "0":
    main.on_one_line = late
else:
    main._run = noting
sys.exit(main.main())
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """No GPU, and a temporary folder whose leftovers are seen."""
    (tmp_path / "temporary").mkdir()
    more = {"CUDA_VISIBLE_DEVICES": "", "TMPDIR": str(tmp_path / "temporary")}
    return {**os.environ, **more, "OMP_WAIT_POLICY": "passive"}


@contextmanager
def launched(
    program: Sequence[Any], environment: dict[str, str]
) -> Iterator[subprocess.Popen[str]]:
    """Two processes under accelerate, none of which is there after the block."""
    command = [sys.executable, *LAUNCH, *DEFAULTS, "--main_process_port", "0", *program]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [str(part) for part in command],
        env=environment,
        stdout=pipe,
        stderr=pipe,
        text=True,
        start_new_session=True,
    ) as launcher:
        try:
            yield launcher
            assert not family(environment["TMPDIR"])
        finally:
            for process in family(environment["TMPDIR"]):
                process.kill()


def family(temporary: str) -> list[psutil.Process]:
    """The processes with this temporary folder, also when the one that began them has ended."""
    return [process for process in psutil.process_iter() if belongs(process, temporary)]


def belongs(process: psutil.Process, temporary: str) -> bool:
    try:
        return process.environ().get("TMPDIR") == temporary
    except psutil.Error:  # it has ended, or is another user's
        return False


def made() -> list[Run]:
    """All runs but the shipped one."""
    return [run for run in RunStore().list() if run.folder.parent == RunStore().folder]


def test_two_processes_train_one_model(
    few: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    (tmp_path / "observed.py").write_text(OBSERVED)
    asked = ["--data", few, "--recipe", "fine-tune", *TRAIN, "--limit-per-breed", 7, "--json"]
    program = [tmp_path / "observed.py", tmp_path, "train", *asked]
    with launched(program, environment) as launcher:
        out, told = launcher.communicate()
        assert launcher.returncode == 0, told
    runs = made()
    assert [json.loads(line)["run"] for line in out.splitlines()] == [runs[0].id]
    assert told.count("epoch 1/2") == 1
    assert len(runs) == 1
    assert not list((tmp_path / "temporary").rglob("run.json"))
    require_together(tmp_path)
    require_whole(runs[0])
    ours = load_file(runs[0].folder / "model.safetensors")
    weights = load_file(tmp_path / "0.safetensors")
    assert all(ours[key].equal(weights[key]) for key in weights)


def require_together(folder: Path) -> None:
    """Both have the same weights, and learned from all photographs, twice a batch at a time."""
    first, second = (load_file(folder / f"{rank}.safetensors") for rank in (0, 1))
    assert first.keys() == second.keys()
    assert [key for key in first if not first[key].equal(second[key])] == []
    assert all(torch.isfinite(tensor).all() for tensor in first.values())
    seen = [json.loads((folder / f"{rank}.json").read_text()) for rank in (0, 1)]
    for one in seen:
        assert one["batches"] == [4] * 6  # 12 photographs of 23 and one that is there twice
    for ours, theirs in zip(*(one["positions"] for one in seen), strict=True):
        assert (len(ours), len(theirs)) == (12, 12)
        assert sorted({*ours, *theirs}) == list(range(23))


def require_whole(run: Run) -> None:
    """Each photograph that is validated on has its own row, in order."""
    assert run.state == "finished"
    validation = run.validation()
    assert len(validation.files) == len(validation.targets) == 5  # odd: fastai fills up with one
    learn = learner(run)
    probabilities, targets = learn.get_preds()
    assert np.abs(probabilities.numpy() - validation.probabilities).max() < 1e-4
    assert targets.tolist() == validation.targets.tolist()
    events = list(run.events())
    assert [event["epoch"] for event in events if event["event"] == "epoch"] == [1, 2]
    last = [event for event in events if event["event"] == "batch"][-1]
    assert last["done"] == last["of"] == 6


def test_interrupt_stops_all(few: Path, tmp_path: Path, environment: dict[str, str]) -> None:
    """As Ctrl-C does, which reaches every process of the terminal."""
    asked = ["--data", few, "--recipe", "fine-tune", *TRAIN, "--epochs", 500]
    with launched(["-m", "petwidgets", "train", *asked], environment) as launcher:
        while not any(epochs(run) > 1 for run in made()):
            assert launcher.poll() is None
            time.sleep(0.05)
        os.killpg(launcher.pid, signal.SIGINT)
        launcher.communicate(timeout=60)
    (run,) = made()
    assert run.state == "stopped"
    assert run.info["results"]["epochs"] == epochs(run)
    assert run.usable


def epochs(run: Run) -> int:
    return sum(event["event"] == "epoch" for event in run.events())


@pytest.mark.parametrize(
    ("recipe", "size", "sentence"),
    [
        ("baseline", 4, "A baseline computes its features once and then trains in seconds: start"),
        ("fine-tune", 14, "26 photographs to train on can't fill 2 batches of 14, one for each"),
    ],
)
def test_what_several_can_not_do_is_said_once(
    recipe: str, size: int, sentence: str, few: Path, environment: dict[str, str]
) -> None:
    """Even where the first process comes last: the launcher ends all when another has failed."""
    place = Path(environment["TMPDIR"])
    (place / "slow.py").write_text(SLOW)
    asked = ["--data", few, "--recipe", recipe, "--size", 64, "--batch-size", size]
    program = [place / "slow.py", place / "over", "train", *asked]
    with launched(program, environment) as launcher:
        out, told = launcher.communicate()
    assert launcher.returncode != 0
    assert not out
    assert told.count(sentence) == 1
    assert all(run.state == "failed" for run in made())


def test_synchronised_batch_norms_are_the_same_function() -> None:
    """timm's hold the activation, which fastai's own conversion would lose."""
    model = network("tf_efficientnet_lite0", 4).eval()
    assert any(isinstance(module, BatchNormAct2d) for module in model.modules())
    photographs = torch.rand(2, 3, 64, 64)
    parameters = [id(parameter) for parameter in model.parameters()]
    with torch.inference_mode():
        expected = model(photographs)
        converted = convert_sync_batchnorm(model)
        assert torch.allclose(converted(photographs), expected, atol=1e-5)
    assert not any(isinstance(module, nn.BatchNorm2d) for module in converted.modules())
    assert [id(parameter) for parameter in converted.parameters()] == parameters


def test_training_alone_needs_no_accelerate() -> None:
    code = "import sys; sys.modules['accelerate'] = None; import petwidgets.learning.train.train"
    subprocess.run([sys.executable, "-c", code], check=True)
