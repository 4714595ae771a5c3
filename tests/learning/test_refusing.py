"""When the shipped run says that it doesn't know, and what a closer look says of a photograph."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest
from fastai.vision.all import torch
from PIL import Image, ImageFilter, ImageOps
from sklearn.linear_model import LogisticRegression

from petwidgets.common.errors import Problem
from petwidgets.data.image import read_photo
from petwidgets.data.sources import photographs
from petwidgets.data.synthetic.sample import draw_sample
from petwidgets.inference.classify import Classifier, classify
from petwidgets.inference.tta import cut, views
from petwidgets.learning.predict import rejection_rules as module
from petwidgets.learning.predict.rejection_rules import DECAY, fitted, rejection_rules
from petwidgets.runs.run import Run

if TYPE_CHECKING:
    from pathlib import Path

    from petwidgets.jobs.classify import RejectionRules

UNREADABLE = ("broken", "decompression", "derived_text", "derived_trunc", "derived_zero", "trunc")
PETS = ("cat_chelsea", "derived_cmyk_cat", "derived_orientation6_cat")


def photos(files: list[Path]) -> list[Image.Image]:
    return [read_photo(file) for file in files]


def test_features_that_ship_are_what_the_last_layer_sees(
    shipped: Run, known: Classifier, images: Path
) -> None:
    rows = list(range(0, 740, 60))
    files = [images / shipped.info["files"][row] for row in rows]
    sight = known.look(known.preparation.batch(photos(files)))
    kept = shipped.features()[rows].astype(np.float32)
    assert np.abs(sight.features - kept).max() < 2e-3 * np.abs(kept).max()
    alone = known.activations(photos(files))
    assert np.abs(sight.activations - alone).max() < 1e-4


def test_what_is_no_pet_is_refused_and_pets_are_not(
    known: Classifier, images: Path, real: Path, home: Path
) -> None:
    """The limits: four of five others refused, no more than one in twenty right answers lost."""
    others = [
        path
        for path in sorted((real / "odd-images").iterdir())
        if path.suffix != ".tsv" and not path.name.startswith((*PETS, *UNREADABLE))
    ]
    refused = [known.answer(read_photo(path)) for path in others]
    assert len(others) == 24
    assert sum(not answer.decision.recognised for answer in refused) >= 22
    assert {answer.decision.doubt for answer in refused} <= {"unlike", "blurred", "small", ""}
    drawn = draw_sample(home / "drawn", limit_per_breed=1)
    pictures = [known.answer(read_photo(path)) for path in photographs(drawn)]
    assert sum(not answer.decision.recognised for answer in pictures) >= 0.8 * len(pictures)
    answers = [
        (known.answer(read_photo(images / name)), name.rsplit("_", 1)[0])
        for name in known.run.info["files"][::5]
    ]
    decisions = [(answer.decision, breed) for answer, breed in answers]
    right = [decision.recognised for decision, breed in decisions if decision.breed == breed]
    assert len(right) > 120
    assert right.count(False) <= 0.06 * len(right)


def test_each_doubt_of_a_photograph(known: Classifier, images: Path) -> None:
    pug = read_photo(images / "pug_10.jpg")
    assert known.answer(pug).decision.recognised
    small = known.answer(pug.resize((50, 50)))
    assert small.decision.doubt == "small"
    assert "its shorter side has 50 pixels" in small.decision.reason
    assert known.answer(pug.filter(ImageFilter.GaussianBlur(10))).decision.doubt == "blurred"
    noise = np.random.default_rng(0).integers(256, size=(300, 300, 3), dtype=np.uint8)
    assert known.answer(Image.fromarray(noise)).decision.doubt == "unlike"
    two = Image.new("RGB", (640, 480))
    two.paste(ImageOps.fit(pug, (320, 480)), (0, 0))
    two.paste(ImageOps.fit(read_photo(images / "samoyed_10.jpg"), (320, 480)), (320, 0))
    both = known.answer(two)
    assert both.decision.doubt == "two"
    assert "pug and samoyed" in both.decision.reason or "samoyed and pug" in both.decision.reason


def test_a_run_without_features_goes_by_the_probability(
    shipped: Run, tmp_path: Path, images: Path
) -> None:
    run = Run(shutil.copytree(shipped.folder, tmp_path / "pets37"))
    (run.folder / "features.safetensors").unlink()
    answer = classify(run, images / "samoyed_10.jpg")
    assert (answer.decision.likeness, answer.decision.recognised) == (1.0, True)


# --- a closer look ---


def test_views_are_tencrops_and_their_mean(shipped: Run, known: Classifier, images: Path) -> None:
    file = images / "samoyed_10.jpg"
    found = views(shipped, file)
    assert (found.decision.breed, len(found.pictures), len(found.breeds)) == ("samoyed", 10, 10)
    squares = cut(read_photo(file), shipped.recipe.presize)
    assert {square.size for square in squares} == {(460, 460)}
    assert np.array_equal(np.asarray(squares[9]), np.asarray(squares[4])[:, ::-1])  # mirrored
    each = known.limits.cooled(known.activations([read_photo(file), *squares]))
    mean = 0.25 * each[0] + 0.75 * each[1:].mean(0)
    assert found.decision.probability == pytest.approx(mean.max(), abs=1e-5)
    with pytest.raises(Problem, match=r"^This file is empty: choose another one\.$"):
        views(shipped, b"")


def test_sigmoids_are_sklearns(shipped: Run) -> None:
    """Logistic regression of one breed against the rest, on a part of the features."""
    kept, features = shipped.validation(), shipped.features().astype(np.float32)[:, :64]
    found = fitted(features, kept.targets, 37)
    x = torch.tensor(features)
    for breed in (3, 20):
        c = 1 / (DECAY * len(features))
        one = LogisticRegression(C=c, tol=1e-8, max_iter=2000)
        one.fit(features, kept.targets == breed)
        expected = one.predict_proba(features)[:, 1]
        assert np.abs(found(x)[:, breed].numpy() - expected).max() < 2e-2


def scores(found: RejectionRules) -> list[tuple[float, float]]:
    return [(rule.score, rule.least) for rule in found.rules]


def test_no_way_is_at_a_temperature_that_was_not_fitted(
    shipped: Run, known: Classifier, images: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "UNFITTED", known.limits.temperature)
    pet = rejection_rules(shipped, images / "samoyed_10.jpg")
    assert [rule.name for rule in pet.rules][:2] == [
        *("softmax", "likeness to a breed's mean features")
    ]


def test_ways_to_refuse_cost_the_same(shipped: Run, images: Path, real: Path) -> None:
    pet = rejection_rules(shipped, images / "samoyed_10.jpg")
    assert [score >= least for score, least in scores(pet)] == [True] * 4
    assert pet.breeds[0][0] == "samoyed"
    coffee = rejection_rules(shipped, real / "odd-images" / "coffee.png")
    assert [score >= least for score, least in scores(coffee)] == [False] * 4
    with pytest.raises(Problem, match=r"^This file is empty"):
        rejection_rules(shipped, b"")
