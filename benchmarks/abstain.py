"""What it costs to say "I don't know", and what it brings: right answers lost, others refused.

    python benchmarks/abstain.py PETS --others FOLDER... [--not-others NAME...] [--pairs N]

PETS is a folder of photographs that a run was validated on, under their names; others are pictures
that show no pet (those that do are left out by --not-others). Prints what the rule in use refuses
and loses, as it stands and with the limits of one half of the validation set tried on the other;
then, for each way to refuse, what of the others it refuses for so many right answers given up.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps

from petwidgets.common.errors import Problem
from petwidgets.data.image import read_photo
from petwidgets.data.sources import photographs, prepare
from petwidgets.inference.classify import Classifier, classifier
from petwidgets.learning.predict.rejection_rules import Sigmoids, fitted
from petwidgets.metrics.abstention import left_out, limits
from petwidgets.metrics.calibration import cooled
from petwidgets.metrics.intervals import least_probability, wilson
from petwidgets.runs.store import RunStore

PRICES = (0.01, 0.02, 0.035, 0.05)


def seen(known: Classifier, pictures: list[Image.Image]) -> tuple[np.ndarray, np.ndarray]:
    """Activations and features."""
    found = [
        known.look(known.preparation.batch(pictures[i : i + 16]))
        for i in range(0, len(pictures), 16)
    ]
    return (
        np.concatenate([sight.activations for sight in found]),
        np.concatenate([sight.features for sight in found]),
    )


def readable(folder: Path, leave_out: set[str]) -> list[Image.Image]:
    pictures = []
    for path in photographs(folder):
        if path.name in leave_out:
            continue
        try:
            pictures.append(read_photo(path))
        except Problem as problem:
            print(f"  {path.name}: {problem}")
    return pictures


def curves(known: Classifier, others: dict[str, tuple[np.ndarray, np.ndarray]]) -> None:
    kept, features = known.run.validation(), known.run.features().astype(np.float32)
    right = kept.probabilities.argmax(1) == kept.targets
    sigmoids: Sigmoids = fitted(features, kept.targets, len(known.vocab))
    cold, ways = known.limits.temperature, {}
    alike = left_out(features, kept.targets, len(known.vocab))[right]
    ways["softmax"] = (
        lambda p: least_probability(kept.probabilities, kept.targets, p),
        lambda z, _: torch.tensor(z).softmax(1).numpy().max(1),
    )
    ways["cooled softmax"] = (
        lambda p: least_probability(cooled(kept.probabilities, cold), kept.targets, p),
        lambda z, _: known.limits.cooled(z).max(1),
    )
    ways["likeness"] = (
        lambda p: float(np.quantile(alike, p)),
        lambda _, f: known.limits.likeness(f),
    )
    ways["sigmoids"] = (
        lambda p: fitted(features, kept.targets, len(known.vocab), p).least,
        lambda _, f: sigmoids(torch.tensor(f)).numpy().max(1),
    )
    for name, (least, score) in ways.items():
        for price in PRICES:
            limit = least(price)
            refused = {k: float((score(*seen) < limit).mean()) for k, seen in others.items()}
            print(
                f"{name:15} lost {price:.1%}: refused",
                *(f"{k} {v:.1%}" for k, v in refused.items()),
            )


def halves(known: Classifier) -> None:
    """Limits of one half on the other: what to expect of photographs that nobody has seen."""
    kept, features = known.run.validation(), known.run.features().astype(np.float32)
    order = np.random.RandomState(0).permutation(len(kept.targets)) % 2
    lost, n, refused, wrong = 0, 0, 0, 0
    for k in range(2):
        a, b = order == k, order != k
        found = limits(kept.probabilities[a], kept.targets[a], features[a])
        p = cooled(kept.probabilities[b], found.temperature)
        ok = (p.max(1) >= found.least_probability) & (
            found.likeness(features[b]) >= found.least_likeness
        )
        right = p.argmax(1) == kept.targets[b]
        lost, n = lost + int((right & ~ok).sum()), n + int(right.sum())
        refused, wrong = refused + int((~right & ~ok).sum()), wrong + int((~right).sum())
    low, high = wilson(lost, n)
    print(
        f"limits of one half on the other: {lost} of {n} right answers lost ({lost / n:.1%}, "
        f"{low:.1%} to {high:.1%}), {refused} of {wrong} wrong ones refused"
    )


def as_it_stands(known: Classifier, folder: Path) -> None:
    """All of the rule, with parts, size and sharpness, on the photographs of the folder."""
    files = [name for name in known.run.info["files"] if (folder / name).is_file()]
    targets = dict(zip(known.run.info["files"], known.run.validation().targets, strict=True))
    lost, right, doubts = 0, 0, {}
    for name in files:
        answer = known.answer(read_photo(folder / name))
        if answer.decision.breed == known.vocab[targets[name]]:
            right += 1
            lost += not answer.decision.recognised
            doubts[answer.decision.doubt] = doubts.get(answer.decision.doubt, 0) + 1
    low, high = wilson(lost, right)
    print(
        f"as it stands, {folder}: {lost} of {right} right answers lost ({lost / right:.1%}, "
        f"{low:.1%} to {high:.1%}): {doubts}"
    )


def side_by_side(known: Classifier, folder: Path, n: int) -> None:
    draw = random.Random(0)  # noqa: S311 - a benchmark
    files = [folder / f for f in known.run.info["files"] if (folder / f).is_file()]
    found = 0
    for _ in range(n):
        two = draw.sample(files, 2)
        while two[0].name.rsplit("_", 1)[0] == two[1].name.rsplit("_", 1)[0]:
            two = draw.sample(files, 2)
        picture = Image.new("RGB", (640, 480))
        for at, path in enumerate(two):
            picture.paste(ImageOps.fit(read_photo(path), (320, 480)), (320 * at, 0))
        found += known.answer(picture).decision.doubt == "two"
    print(f"two breeds side by side: {found} of {n} found")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("pets", type=Path)
    parser.add_argument("--others", type=Path, nargs="*", default=[])
    parser.add_argument("--not-others", nargs="*", default=[])
    parser.add_argument("--run", default="pets37")
    parser.add_argument("--pairs", type=int, default=0)
    parser.add_argument("--drawn", type=int, default=6, help="every so many of the drawn sample")
    options = parser.parse_args()
    known = classifier(RunStore().get(options.run))
    pictures = {f.name: readable(f, set(options.not_others)) for f in options.others}
    drawn = photographs(prepare("sample"))[:: options.drawn]
    pictures["drawn"] = [read_photo(path) for path in drawn]
    for name, some in pictures.items():
        answers = [known.answer(picture) for picture in some]
        refused = sum(not answer.decision.recognised for answer in answers)
        print(f"as it stands, {name}: {refused} of {len(some)} refused ({refused / len(some):.1%})")
    as_it_stands(known, options.pets)
    halves(known)
    if options.pairs:
        side_by_side(known, options.pets, options.pairs)
    curves(known, {name: seen(known, some) for name, some in pictures.items()})


if __name__ == "__main__":
    main()
