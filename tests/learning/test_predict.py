"""An answer is the network's own, whatever is dropped on it, and the shipped run is good."""

from __future__ import annotations

import io
import os
import random
import re
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from fastai.vision.all import Learner, torch
from PIL import Image, ImageOps
from safetensors.torch import load_file, save_file

from petwidgets.baseline import run_dataset
from petwidgets.common.errors import Problem
from petwidgets.data.image import read_photo
from petwidgets.inference import classify as predict
from petwidgets.inference.classify import Classifier, classifier, classify, warm
from petwidgets.learning.models.backbones import pretrained
from petwidgets.learning.train.learner import learner
from petwidgets.runs.run import SHIPPED_ID, Run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    Trained = tuple[Run, list[dict[str, Any]]]

ODD = (  # of the folder odd-images: those that can't be classified
    "broken_data_stream.png",
    "decompression_bomb.gif",
    "derived_text_renamed.jpg",
    "derived_truncated_cat.jpg",
    "derived_zero_bytes.jpg",
    "truncated_jpeg.jpg",
)


@pytest.fixture(scope="module")
def shipped_learner(
    shipped: Run, images: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Learner]:
    run = copied(shipped, tmp_path_factory.mktemp("shipped") / "pets37")
    run = run.update(recipe={**run.info["recipe"], "data": "/nowhere"})  # only named by the user
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PETWIDGETS_DATA", str(images))
        yield learner(run)


def photos(files: list[Path]) -> list[Image.Image]:
    return [read_photo(file) for file in files]


# --- the shipped run ---


def test_probabilities_are_the_learners(
    known: Classifier, images: Path, shipped_learner: Learner
) -> None:
    files = [images / name for name in known.run.info["files"][::37]]
    assert len(files) == 20
    dls = shipped_learner.dls
    assert list(dls.vocab) == known.vocab
    expected = shipped_learner.get_preds(dl=dls.test_dl(files, num_workers=0))[0].numpy()
    found = known.probabilities(photos(files))
    assert (found.shape, found.dtype) == ((20, 37), np.float32)
    assert np.abs(found - expected).max() < 1e-5
    assert np.abs(found.sum(1) - 1).max() < 1e-5


def test_learner_has_the_runs_own_parts(shipped: Run, shipped_learner: Learner) -> None:
    dls = shipped_learner.dls
    assert [path.name for path in dls.valid_ds.items] == shipped.info["files"]
    assert [path.name for path in dls.train_ds.items] == shipped.info["train_files"]
    batch = torch.tensor([0.5, 0.5, 0.5])
    assert torch.equal(dls.after_batch.normalize.mean.flatten().cpu(), batch)


def test_recorded_predictions_are_what_it_predicts(known: Classifier, images: Path) -> None:
    recorded = known.run.validation()
    rows = list(range(0, len(recorded.files), 18))
    found = known.probabilities(photos([images / recorded.files[row] for row in rows]))
    assert len(rows) >= 40
    assert np.abs(found - recorded.probabilities[rows]).max() < 1e-4
    losses = -np.log(found[range(len(rows)), recorded.targets[rows]])
    assert np.abs(losses - recorded.losses[rows]).max() < 1e-3


def test_shipped_runs_figures_agree(shipped: Run) -> None:
    validation, results = shipped.validation(), shipped.info["results"]
    assert results["error_rate"] == pytest.approx(validation.errors / len(validation.files))
    assert results["valid_loss"] == pytest.approx(float(validation.losses.mean()), abs=1e-5)
    breeds = [re.sub(r"_\d+\.jpg$", "", name) for name in validation.files]
    assert [shipped.info["vocab"][target] for target in validation.targets] == breeds
    assert not set(shipped.info["files"]) & set(shipped.info["train_files"])
    assert list(shipped.events())[-1]["event"] == "finished"


def test_photographs_that_it_never_saw(known: Classifier, real: Path) -> None:
    """Originals in their full size, two of each breed, none of which was trained on."""
    files: list[Path] = []
    for breed in known.vocab:
        own = sorted((real / "pets-original" / "images").glob(f"{breed}_*"))
        files += [path for path in own if re.fullmatch(rf"{breed}_\d+\.jpg", path.name)][::5]
    assert len(files) == 74
    assert not {file.name for file in files} & set(known.run.info["train_files"])
    wrong = 0
    for start in range(0, len(files), 16):
        part = files[start : start + 16]
        found = known.probabilities(photos(part)).argmax(1)
        wrong += sum(
            known.vocab[i] != file.name.rsplit("_", 1)[0]
            for i, file in zip(found, part, strict=True)
        )
    assert wrong / len(files) <= 0.18


# --- one photograph ---


def test_answer(shipped: Run, known: Classifier, images: Path) -> None:
    file = images / "samoyed_10.jpg"
    answer = classify(shipped, file)
    row = known.limits.cooled(known.activations([read_photo(file)]))[0]
    order = np.argsort(-row)[:5]
    assert answer.decision.breed == "samoyed"
    assert answer.decision.recognised is True
    assert answer.run == SHIPPED_ID
    assert [breed for breed, _ in answer.decision.top] == [known.vocab[i] for i in order]
    assert [p for _, p in answer.decision.top] == pytest.approx([row[i] for i in order], abs=1e-5)
    assert answer.decision.probability == answer.decision.top[0][1]
    assert classify(shipped, file.read_bytes()) == answer
    assert answer.decision.temperature == pytest.approx(
        0.747, abs=1e-3
    )  # a model that is not sure enough
    activations = known.activations([read_photo(file)])[0]  # on more threads: other last digits
    assert answer.activations == pytest.approx(activations.tolist(), abs=1e-4)
    decision = answer.decision
    assert (decision.doubt, decision.reason, answer.box) == ("", "", (0, 0, 1, 1))
    with Image.open(io.BytesIO(answer.photo)) as photo:
        assert (photo.format, max(photo.size)) == ("JPEG", 512)


def test_seen_is_the_square_that_the_network_saw(shipped: Run, images: Path) -> None:
    file = images / "samoyed_10.jpg"
    seen = Image.open(io.BytesIO(classify(shipped, file).seen))
    assert (seen.format, seen.size, seen.mode) == ("JPEG", (320, 320), "RGB")
    photo = read_photo(file)
    side = min(photo.size)
    left, top = (photo.width - side) // 2, (photo.height - side) // 2
    square = photo.crop((left, top, left + side, top + side)).resize((320, 320))
    difference = np.asarray(seen, dtype=float) - np.asarray(square, dtype=float)
    assert np.abs(difference).mean() < 6  # two ways of resizing


def test_odd_pictures_get_an_answer_or_a_sentence(shipped: Run, real: Path) -> None:
    files = sorted(path for path in (real / "odd-images").iterdir() if path.suffix != ".tsv")
    problems = {}
    for file in files:
        try:
            answer = classify(shipped, file)
        except Problem as problem:
            problems[file.name] = str(problem)
            continue
        shares = [share for _, share in answer.decision.top]
        assert len(shares) == 5
        assert shares == sorted(shares, reverse=True)
        assert 0 <= shares[-1] <= shares[0]
        assert sum(shares) <= 1 + 1e-6
        assert {type(share) for share in shares} == {float}
        assert answer.decision.recognised is not bool(answer.decision.reason)
    assert len(files) > 30
    for sentence in problems.values():
        assert re.fullmatch(r"[A-Z][^\n]{10,160}\.", sentence)
    assert tuple(sorted(problems)) == ODD


def test_rotation_in_exif_makes_no_difference(shipped: Run, real: Path) -> None:
    file, upright = real / "odd-images" / "derived_orientation6_cat.jpg", io.BytesIO()
    with Image.open(file) as photo:
        assert photo.getexif()[0x0112] == 6  # its orientation
        ImageOps.exif_transpose(photo).save(upright, "PNG")
    rotated, straight = (classify(shipped, photo).decision for photo in (file, upright.getvalue()))
    assert rotated == straight


def test_no_random_number_is_taken(
    shipped: Run, fine_tuned: Trained, images: Path, tmp_path: Path
) -> None:
    """A training in another thread draws from the same state, and its seed is to mean something."""
    for run in (shipped, fine_tuned[0]):
        predict._classifier.cache_clear()
        pretrained.cache_clear()
        before = random.getstate(), torch.get_rng_state().tolist()
        classify(run, images / "samoyed_10.jpg")
        assert before == (random.getstate(), torch.get_rng_state().tolist())


# --- runs that can't classify ---


def copied(run: Run, folder: Path) -> Run:
    shutil.copytree(run.folder, folder)
    return Run(folder)


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1000])


def noise(path: Path) -> None:
    path.write_bytes(os.urandom(5000))


def another_shape(path: Path) -> None:
    save_file({key: value.flatten()[:3] for key, value in load_file(path).items()}, path)


def other_names(path: Path) -> None:
    save_file({f"x{key}": value for key, value in load_file(path).items()}, path)


@pytest.mark.parametrize("damage", [cut_off, noise, another_shape, other_names])
def test_damaged_weights(shipped: Run, tmp_path: Path, damage: Any) -> None:
    run = copied(shipped, tmp_path / "run")
    damage(run.folder / "model.safetensors")
    for reader in (classifier, lambda run: classify(run, b""), warm):
        with pytest.raises(Problem, match="The weights of run run are damaged: train it again"):
            reader(run)


def test_damaged_run(shipped: Run, tmp_path: Path) -> None:
    run = copied(shipped, tmp_path / "run")
    (run.folder / "run.json").write_text("{}")
    for reader in (classifier, learner):
        with pytest.raises(Problem, match="The run run is damaged"):
            reader(run)


def test_missing_weights(shipped: Run, tmp_path: Path) -> None:
    run = copied(shipped, tmp_path / "run")
    (run.folder / "model.safetensors").unlink()
    with pytest.raises(Problem, match="The run run has no weights yet"):
        classifier(run)


def test_photographs_of_a_run_that_are_gone(
    baseline: Trained, tmp_path: Path, few: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = copied(baseline[0], tmp_path / "run")
    run.update(recipe={**run.info["recipe"], "data": str(tmp_path / "gone")})
    monkeypatch.setattr(run_dataset, "sources", lambda: [str(tmp_path / "none")])
    with pytest.warns(UserWarning, match="The photographs of run run are not on this machine"):
        assert len(learner(run.fresh()).dls.train_ds) == 0
    monkeypatch.setattr(run_dataset, "sources", lambda: [str(few)])
    assert len(learner(run.fresh()).dls.train_ds) == 26


def test_classifier_is_kept_until_weights_change(
    fine_tuned: Trained, baseline: Trained, tmp_path: Path, few: Path
) -> None:
    run = copied(fine_tuned[0], tmp_path / "run")
    first = classifier(run)
    assert classifier(run) is first
    weights = run.folder / "model.safetensors"
    save_file({key: value * 0 for key, value in load_file(weights).items()}, weights)
    stat = weights.stat()
    os.utime(weights, ns=(stat.st_atime_ns, stat.st_mtime_ns + 10**9))
    changed = classifier(Run(run.folder))
    assert changed is not first
    photo = photos(sorted(few.iterdir())[:1])
    assert changed.probabilities(photo) == pytest.approx(np.full((1, 4), 0.25))
    assert first.probabilities(photo) != pytest.approx(np.full((1, 4), 0.25))
