"""Features are what the last layer sees; neighbours and maps are scikit-learn's."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from fastai.vision.all import nn, torch
from fastai.vision.learner import TimmBody
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from sklearn.neighbors import NearestNeighbors
from test_snippets_run import execute

from petwidgets.baseline.train import train
from petwidgets.common.errors import Problem
from petwidgets.common.paths import cache
from petwidgets.data.image import read_photo
from petwidgets.inference import embeddings, projection
from petwidgets.inference.body import Body
from petwidgets.inference.embeddings import gather, last_layer, missing
from petwidgets.inference.nearest import nearest
from petwidgets.inference.projection import embed, points_of, principal
from petwidgets.jobs.features import Missing
from petwidgets.learning.input.dataloaders import Preparation
from petwidgets.learning.models.backbones import network, pretrained
from petwidgets.learning.models.weights import restore
from petwidgets.learning.train.features import last_linear
from petwidgets.metrics.inspection import labelled
from petwidgets.runs.store import RunStore
from petwidgets.snippets.explain import mapped

if TYPE_CHECKING:
    from collections.abc import Callable

    from petwidgets.recipes.recipe import Recipe
    from petwidgets.runs.run import Run

    Trained = tuple[Run, list[dict[str, Any]]]

BOTH = pytest.mark.parametrize("which", ["baseline", "fine_tuned"])


def by_hand(run: Run, paths: list[Path]) -> np.ndarray:
    """Through the network as it was trained, up to its last layer."""
    model = network(run.recipe.arch, len(run.info["vocab"]), run.head_kind)
    restore(run, model)
    batch = Preparation(run.recipe, pretrained(run.recipe.arch)).batch(
        [read_photo(path) for path in paths]
    )
    with torch.inference_mode():
        return nn.Sequential(model[0], *model[1][:-1]).eval()(batch).numpy()


def valid(run: Run) -> list[Path]:
    return [Path(run.recipe.data) / name for name in run.info["files"]]


def trained_on(run: Run) -> list[tuple[str, str, str]]:
    return labelled(run, {name: Path(run.recipe.data) / name for name in run.info["train_files"]})


# --- kept by a training ---


@BOTH
def test_a_training_keeps_what_the_last_layer_saw(
    which: str, request: pytest.FixtureRequest
) -> None:
    run, _ = request.getfixturevalue(which)
    found, expected = run.features(), by_hand(run, valid(run))
    assert found.dtype == np.float16
    assert found.shape == expected.shape
    scale = float(np.abs(expected).max())
    assert np.abs(found.astype(np.float32) - expected).max() < 2e-3 * scale
    # What is kept is what the kept predictions were made of.
    model = network(run.recipe.arch, len(run.info["vocab"]), run.head_kind)
    restore(run, model)
    weights = last_linear(model).weight.detach().numpy()
    rows = torch.tensor(found.astype(np.float32) @ weights.T).softmax(1).numpy()
    assert rows == pytest.approx(run.validation().probabilities, abs=5e-3)


@pytest.mark.parametrize(
    ("name", "settings", "passes"),
    # Of 32 photographs 26 are trained on, 24 of them in the full batches of an epoch.
    [
        ("baseline", {"epochs": 2, "size": 160, "presize": 200}, 32),
        ("fine-tune", {"epochs": 1, "freeze_epochs": 0}, 24 + 6),
    ],
)
def test_not_one_more_forward_pass_is_made_for_them(
    name: str,
    settings: dict[str, Any],
    passes: int,
    tiny: Callable[..., Recipe],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = []

    def count(kind: type[Any], method: str) -> None:
        forward = getattr(kind, method)

        def counted(self: Any, x: Any) -> Any:
            seen.append(len(x))
            return forward(self, x)

        monkeypatch.setattr(kind, method, counted)

    count(TimmBody, "forward")
    count(Body, "features")
    run = RunStore().create(tiny(name, seed=1, **settings))
    train(run, lambda _: None, lambda: False)
    assert run.fresh().featured
    assert sum(seen) == passes


def test_those_of_every_epoch_go_with_its_predictions(tiny: Callable[..., Recipe]) -> None:
    run, told = RunStore().create(tiny("baseline", epochs=4)), []
    train(run, told.append, lambda: sum(e["event"] == "epoch" for e in told) == 2)
    first = run.fresh().features()
    assert run.fresh().state == "stopped"
    train(run.fresh(), lambda _: None, lambda: False)
    assert np.array_equal(run.fresh().features(), first), "they are standardised by a fixed norm"
    expected = by_hand(run.fresh(), valid(run.fresh()))
    found = run.fresh().features().astype(np.float32)
    assert np.abs(found - expected).max() < 2e-3 * np.abs(expected).max()


# --- computed later ---


@BOTH
def test_computed_ones_are_the_same(which: str, request: pytest.FixtureRequest) -> None:
    run, _ = request.getfixturevalue(which)
    paths = valid(run)
    expected = by_hand(run, paths)
    close = 1e-4 * float(np.abs(expected).max())
    assert last_layer(run).features(paths) == pytest.approx(expected, abs=close)
    assert last_layer(run).of(read_photo(paths[2])) == pytest.approx(expected[2], abs=close)
    assert np.abs(run.features() - expected).max() < 2e-3 * np.abs(expected).max()


def test_they_are_computed_in_pieces_and_once(
    baseline: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = baseline[0]
    files = [path for _, path, _ in trained_on(run)]
    monkeypatch.setattr(embeddings, "SAMPLE", 4)
    first = missing(run, files)
    assert first.positions == tuple(range(4, 26))  # four were tried
    assert first.seconds > 0
    assert gather(run, files[4:10]) == 6
    assert missing(run, files).positions == tuple(range(14, 26))
    assert gather(run, files) == 26
    assert missing(run, files) == Missing((), 0.0)
    monkeypatch.setattr(embeddings, "features", lambda *_, **__: pytest.fail("computed again"))
    assert last_layer(run).features([*map(Path, files)]).shape[0] == 26


def test_what_a_baseline_was_trained_on_is_there_already(
    tiny: Callable[..., Recipe], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = RunStore().create(tiny("baseline", epochs=1))
    train(run, lambda _: None, lambda: False)
    run = run.fresh()
    monkeypatch.setattr(embeddings, "features", lambda *_, **__: pytest.fail("computed again"))
    assert missing(run, [path for _, path, _ in trained_on(run)]).positions == ()


def test_fine_tuned_runs_share_no_features(fine_tuned: Trained, baseline: Trained) -> None:
    files = [str(path) for path in valid(baseline[0])]
    gather(baseline[0], files)
    assert len(last_layer(fine_tuned[0]).lacking([*map(Path, files)])) == len(files)


def test_recorded_heads_have_their_bodys_and_recorded_networks_none(few: Path) -> None:
    photo = read_photo(min(few.glob("pug_*")))
    assert last_layer(RunStore().get("recorded-head-5")).of(photo).shape == (1280,)
    with pytest.raises(Problem, match="The run recorded-3e-3 has no weights yet"):
        last_layer(RunStore().get("recorded-3e-3"))


# --- neighbours ---


@BOTH
@pytest.mark.parametrize("k", [1, 8, 100])
def test_neighbours_are_scikit_learns(which: str, k: int, request: pytest.FixtureRequest) -> None:
    run, _ = request.getfixturevalue(which)
    places, photo = trained_on(run), valid(run)[0]
    found = nearest(run, photo, places, k)
    rows = last_layer(run).features([Path(path) for _, path, _ in places])
    k = min(k, len(places))
    near = NearestNeighbors(n_neighbors=k, metric="cosine").fit(rows)
    distances, order = near.kneighbors(last_layer(run).of(read_photo(photo))[None])
    assert [1 - s for _, _, s in found] == pytest.approx(distances[0].tolist(), abs=1e-5)
    assert [name for name, _, _ in found] == [places[i][0] for i in order[0]]
    assert all(name.startswith(f"{breed}_") for name, breed, _ in found)


def test_a_training_photograph_is_its_own_nearest(learned: Trained) -> None:
    run, _ = learned
    places = trained_on(run)
    for name, path, breed in places[::6]:
        first, second = nearest(run, Path(path).read_bytes(), places, 2)
        assert first == (name, breed, pytest.approx(1, abs=1e-5))
        assert second[2] < first[2]
    assert nearest(run, places[0][1], []) == []
    with pytest.raises(Problem, match="This file is empty"):
        nearest(run, b"", places)


# --- maps ---


@pytest.fixture(scope="module")
def blobs() -> np.ndarray:
    """(60, 64) float16: three far groups of 20."""
    draw = np.random.default_rng(0)
    middles = draw.normal(0, 3, (3, 64)).repeat(20, axis=0)
    return (middles + draw.normal(0, 1, (60, 64))).astype(np.float16)


def test_maps_are_scikit_learns(blobs: np.ndarray) -> None:
    rows = blobs.astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    pca = PCA(50, random_state=42)
    reduced = pca.fit_transform(rows)
    points, share = points_of(blobs, "pca")
    assert points == pytest.approx(reduced[:, :2], abs=1e-5)
    assert share == pytest.approx(pca.explained_variance_ratio_[:2].sum(), abs=1e-6)
    tsne = TSNE(2, perplexity=59 / 3, init="pca", random_state=42).fit_transform(reduced)
    assert points_of(blobs, "tsne")[0] == pytest.approx(tsne, abs=1e-3)
    groups = points_of(blobs, "tsne")[0].reshape(3, 20, 2)
    within = np.linalg.norm(groups - groups.mean(1, keepdims=True), axis=2).max()
    middles = groups.mean(1)
    between = min(np.linalg.norm(middles[i] - middles[j]) for i, j in ((0, 1), (0, 2), (1, 2)))
    assert between > within


def test_a_map_is_kept_and_not_believed_when_damaged(
    blobs: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = points_of(blobs, "tsne")
    (kept,) = cache("maps").iterdir()
    with monkeypatch.context() as patch:
        patch.setattr(projection, "_computed", lambda *_, **__: pytest.fail("computed again"))
        assert np.array_equal(points_of(blobs, "tsne")[0], first)
    kept.write_bytes(kept.read_bytes()[:100])
    assert np.array_equal(points_of(blobs, "tsne")[0], first), "the seed is fixed"
    with pytest.raises(Problem, match="no method 'umap': choose tsne or pca"):
        points_of(blobs, "umap")


def test_a_map_of_kept_features_needs_no_photographs(baseline: Trained) -> None:
    run, _ = baseline
    answer = embed(run, "tsne", [])
    assert (answer.names, answer.dropped) == (tuple(run.info["files"]), 0)
    assert answer.points == pytest.approx(points_of(run.features(), "tsne")[0])


def test_without_kept_ones_it_is_said_what_is_missing(
    baseline: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = bare(baseline[0], tmp_path)
    places = [(path.name, str(path)) for path in valid(baseline[0])]
    monkeypatch.setattr(embeddings, "SAMPLE", 1)
    answer = embed(run, "pca", places)
    assert answer == Missing((1, 2, 3, 4, 5), answer.seconds)
    gather(run, [path for _, path in places])
    assert embed(run, "pca", places).names == tuple(name for name, _ in places)
    with pytest.raises(Problem, match="4 photographs at least: there are 2"):
        embed(run, "pca", places[:2])


def bare(run: Run, folder: Path) -> Run:
    """A copy without features, as an earlier version left it."""
    other = RunStore(folder).create(run.recipe)
    for name in ("run.json", "model.safetensors", "validation.safetensors"):
        (other.folder / name).write_bytes((run.folder / name).read_bytes())
    return other.fresh()


def test_of_too_many_some_are_drawn(baseline: Trained, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projection, "MOST", 5)
    answer = embed(baseline[0], "pca", [])
    assert (len(answer.names), answer.dropped) == (5, 1)
    assert answer.points.shape == (5, 2)
    assert answer.names == tuple(n for n in baseline[0].info["files"] if n in answer.names)


@pytest.mark.parametrize("method", ["tsne", "pca"])
@pytest.mark.parametrize("kept", [True, False])
def test_the_snippet_prints_the_maps_points(
    method: str,
    kept: bool,  # noqa: FBT001
    baseline: Trained,
    home: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    trained = baseline[0]
    (home / "runs").mkdir(parents=True)
    os.symlink(trained.folder, home / "runs" / trained.id)  # noqa: PTH211
    execute(mapped(trained.id, method, trained.recipe.data, kept=kept))
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    features = trained.features() if kept else last_layer(trained).features(valid(trained))
    points, _ = points_of(features, method)
    assert [line[0] for line in lines] == trained.info["files"]
    assert np.array([line[1:] for line in lines], float) == pytest.approx(points, abs=1e-3)


def test_without_scikit_learn_the_components_are_the_same(blobs: np.ndarray) -> None:
    rows = blobs.astype(np.float32)
    pca = PCA(20, svd_solver="full")
    reduced, share = principal(rows, 20)
    assert reduced == pytest.approx(pca.fit_transform(rows), abs=1e-3)
    assert share == pytest.approx(pca.explained_variance_ratio_[:2].sum(), abs=1e-5)
    assert principal(np.ones((5, 8), np.float32), 3)[1] == 1.0  # all the same
