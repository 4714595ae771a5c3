"""Choosing an architecture: what the engine is asked, what its answers show and lead to."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from fakes import OurSession
from scipy.stats import binomtest
from waiting import wait_for_reading

from petwidgets import ArchitecturePanel
from petwidgets.jobs.model_cost import CHAPTER, Measuring, Offers, cost, offers
from petwidgets.recipes.labelling import CHAPTER_PATTERN
from petwidgets.recipes.plan import Plan
from petwidgets.recipes.recipe import DEFAULT_ARCH
from petwidgets.recipes.stage import Stage
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from pathlib import Path

    from fakes import FakeEngine

OFFERS = Offers(
    weights={
        "tf_efficientnet_lite0": "here",
        "tf_efficientnet_lite1": "here",
        "resnet34": "download",
        "densenet121": "download",
    },
    known=(
        "densenet121",
        "eca_botnext26ts_256",
        "resnet34",
        "resnet50",
        "tf_efficientnet_lite0",
    ),
    precisions={"fp32": "", "fp16": "This machine has no GPU.", "bf16": ""},
    device="CPU",
)


def measured(**changes: Any) -> dict[str, Any]:
    memory = {"weights": 2e7, "gradients": 1e6, "moments": 2e6, "activations": 1e9, "all": 1.023e9}
    phase = {"seconds": [1.0, 2.0, 3.0], "images_per_second": 4.0, "trained": 500, "memory": memory}
    group = {"first": "0.0", "last": "0.9", "parameters": 21_000_000, "trained": 9_000}
    return {
        "arch": "resnet34",
        "size": 96,
        "batch_size": 8,
        "precision": "fp32",
        "device": "CPU (x86_64, 2 threads)",
        "when": 1_700_000_000.0,
        "parameters": {"body": 21_284_672, "head": 546_304},
        "groups": [group, group, group],
        "weights": "download",
        "frozen": phase,
        "unfrozen": {**phase, "seconds": [4.0, 4.0, 4.0], "images_per_second": 2.0},
        "remark": "",
        **changes,
    }


@pytest.fixture
def panel(session: OurSession) -> ArchitecturePanel:
    session.lesson = "architecture"
    return ArchitecturePanel(session)


def measure(panel: ArchitecturePanel, engine: FakeEngine, **changes: Any) -> None:
    panel.offers = OFFERS
    engine.answer = measured(**changes)
    panel.form.press("measure")


def field(panel: ArchitecturePanel, name: str) -> dict[str, Any]:
    return next(one for one in panel.form.fields if one["name"] == name)


def test_nothing_is_asked_until_it_is_needed(panel: ArchitecturePanel, engine: FakeEngine) -> None:
    assert engine.requests == []
    assert panel.arch == DEFAULT_ARCH
    assert field(panel, "name")["hidden"]
    ast.parse(panel.folds.code)


def test_before_a_measurement_recorded_costs_are_shown(
    panel: ArchitecturePanel, engine: FakeEngine
) -> None:
    assert [row[0] for row in panel.costs.table.rows] == [DEFAULT_ARCH, *CHAPTER]
    means = [bar["value"] for bar in panel.costs.bars.items[2:]]  # frozen, unfrozen, deeper
    assert means[0::2] == sorted(means[0::2])
    assert means[1::2] == sorted(means[1::2])
    assert panel.costs.bars.caption.startswith("Recorded on another machine (CPU")
    assert panel.costs.said.value.startswith("Recorded on another machine")
    measure(panel, engine)
    assert panel.costs.bars.caption.startswith("Live: an epoch")
    assert len(panel.costs.table.rows) == 1


def test_what_is_asked_is_what_the_controls_say(
    panel: ArchitecturePanel, engine: FakeEngine
) -> None:
    panel.form.set(arch="resnet50", size=128, batch_size=16, precision="bf16")
    assert "architecture('resnet50')" in panel.folds.code
    assert "torch.randn(16, 3, 128, 128" in panel.folds.code
    assert "torch.bfloat16" in panel.folds.code
    measure(panel, engine)
    asked = Measuring(size=128, batch_size=16, precision="bf16", classes=37)
    assert engine.requests == [(cost, "resnet50", asked)]
    assert panel.heading.problem == ""


def test_a_measurement_becomes_a_row_bars_and_tables(
    panel: ArchitecturePanel, engine: FakeEngine
) -> None:
    measure(panel, engine)
    [row] = panel.costs.table.rows
    # 5,912 // 8 = 739 batches of 2 (1 to 3) and of 4 seconds
    assert row[:6] == ["resnet34", "96 px, 8, fp32", "21.8 M", "4.0", "2.0", "1.02 GB"]
    assert row[6].startswith("14 Nov")
    device = "CPU (x86_64, 2 threads)"
    frozen = ["24 min 38 s", "12 min 19 s to 36 min 57 s"]
    unfrozen = ["49 min 16 s", "49 min 16 s to 49 min 16 s"]
    assert panel.costs.epochs.rows == [["resnet34", *frozen, *unfrozen, device]]
    assert [bar["value"] for bar in panel.costs.bars.items] == [739 * 2.0, 739 * 4.0]
    assert "the 5,912 photographs that the chapter trains on" in panel.costs.bars.caption
    assert "Live; settings are" in panel.costs.said.value
    assert panel.costs.memory.rows[2] == ["Adam's two moments", "2 MB", "2 MB"]
    assert panel.costs.groups.rows[0] == ["0", "model.0.0", "model.0.9", "21,000,000", "9,000"]
    assert panel.status.value == (
        "The batches took unequally long: the machine is busy with other work. A training with"
        " resnet34 downloads its pretrained weights first."
    )
    measure(panel, engine, arch="resnet50", weights="here", frozen=measured()["unfrozen"])
    assert [row[0] for row in panel.costs.table.rows] == ["resnet34", "resnet50"]
    labels = [bar["label"] for bar in panel.costs.bars.items]
    assert labels == [f"resnet{n}, {body}" for n in (34, 50) for body in ("frozen", "unfrozen")]
    assert "resnet50" in panel.costs.memory.caption
    assert panel.status.value == ""


def test_the_same_architecture_twice_says_what_was_asked(
    panel: ArchitecturePanel, engine: FakeEngine
) -> None:
    measure(panel, engine)
    measure(panel, engine, size=128)
    labels = [row[0] for row in panel.costs.epochs.rows]
    assert labels == ["resnet34 96 px, 8, fp32", "resnet34 128 px, 8, fp32"]


def test_an_epoch_is_over_the_photographs_that_are_trained_on(
    panel: ArchitecturePanel, engine: FakeEngine, few: Path
) -> None:
    measure(panel, engine)
    panel.session.data.read(str(few), CHAPTER_PATTERN)
    wait_for_reading()
    train, _ = panel.session.data.sides()
    assert f"over the {len(train)} of your photographs" in panel.costs.bars.caption
    assert panel.costs.bars.items[0]["value"] == len(train) // 8 * 2.0
    assert panel.measuring.classes == 4
    assert "n_out=4" in panel.folds.code


def test_a_reload_shows_what_was_measured(panel: ArchitecturePanel, engine: FakeEngine) -> None:
    panel.session.arrive("")
    measure(panel, engine)
    panel.form.set(arch="resnet101", size=64)
    again = OurSession(engine, RunStore())  # type: ignore[arg-type]
    again.arrive(panel.session.visit.id)
    restored = ArchitecturePanel(again)
    assert restored.costs.table.rows == panel.costs.table.rows
    assert (restored.arch, restored.form["size"]) == ("resnet101", 64)


def test_the_newest_eight_are_kept(panel: ArchitecturePanel, engine: FakeEngine) -> None:
    for n in range(10):
        measure(panel, engine, arch=f"resnet{n}")
    assert [row[0] for row in panel.costs.table.rows] == [f"resnet{n}" for n in range(2, 10)]


def test_a_refusal_is_a_sentence_and_the_button_comes_back(
    panel: ArchitecturePanel, engine: FakeEngine
) -> None:
    panel.offers, engine.problem = OFFERS, "Three batches of 64 would take about 244 s here."
    panel.form.press("measure")
    assert panel.heading.problem == "Three batches of 64 would take about 244 s here."
    assert not field(panel, "measure")["disabled"]
    assert panel.status.value == ""
    assert "costs" not in panel.session.settings


def test_a_batch_that_was_halved_stays_halved(panel: ArchitecturePanel, engine: FakeEngine) -> None:
    measure(panel, engine, remark="There was not enough memory for batches of 64: measured with 8.")
    assert "measured with 8" in panel.status.value
    assert panel.form["batch_size"] == 8


def test_a_name_is_asked_about_and_a_misspelt_one_refused(
    panel: ArchitecturePanel, engine: FakeEngine
) -> None:
    engine.answer = OFFERS
    panel.form.set(arch="")
    assert engine.requests == [(offers,)]
    assert not field(panel, "name")["hidden"]
    panel.form.press("measure")
    assert panel.heading.problem.startswith("Give the name of an architecture")
    panel.form.set(name="densnet121")
    said = "There is no architecture 'densnet121': did you mean densenet121?"
    assert panel.heading.problem == said
    panel.form.press("measure")
    panel.form.press("train")
    assert panel.heading.problem == said
    assert "train" not in panel.session.settings
    assert len(engine.requests) == 1
    for name in ("densenet121", "eca_botnext26ts_256", "resnet34.a1_in1k"):
        panel.form.set(name=name)
        assert (panel.arch, panel.heading.problem) == (name, "")


def test_offers_say_what_is_here(panel: ArchitecturePanel, engine: FakeEngine) -> None:
    engine.answer = OFFERS
    panel.form.set(arch="")
    assert field(panel, "arch")["options"] == [
        ["tf_efficientnet_lite0", "tf_efficientnet_lite0 (weights here)"],
        ["tf_efficientnet_lite1", "tf_efficientnet_lite1 (weights here)"],
        ["resnet34", "resnet34 (weights to download)"],
        ["", "another, by its name"],
    ]
    assert panel.reasons.value == "fp16: This machine has no GPU."
    assert ["fp16", "fp16, half (to_fp16): not here"] in field(panel, "precision")["options"]
    assert panel.form["arch"] == ""


def test_offers_that_fail_are_a_sentence(panel: ArchitecturePanel, engine: FakeEngine) -> None:
    engine.problem = "The engine is away."
    panel.form.set(arch="")
    assert panel.heading.problem == "The engine is away."


def test_train_with_it(panel: ArchitecturePanel) -> None:
    panel.session.plan = Plan().begun_from("3+6")
    panel.form.set(arch="resnet50", size=160, batch_size=32, precision="fp16")
    panel.form.press("train")
    asked = {"arch": "resnet50", "size": 160, "batch_size": 32, "precision": "fp16"}
    assert panel.session.plan == replace(Plan().begun_from("3+6"), **asked)
    assert panel.session.lesson == "train"


def test_a_size_that_the_plan_cant_have_changes_nothing(panel: ArchitecturePanel) -> None:
    stage = Stage(1, frozen=False, rate=1e-3, size=160)
    panel.session.plan = kept = Plan(preset="fine-tune", stages=(stage,))
    panel.form.set(arch="resnet50", size=128)
    panel.form.press("train")
    assert "A stage's size is between" in panel.heading.problem
    assert panel.session.plan == kept


def test_a_panel_alone_leads_nowhere(session: OurSession) -> None:
    assert field(ArchitecturePanel(session), "train")["hidden"]


def test_the_books_figures_are_called_the_books(panel: ArchitecturePanel) -> None:
    *_, book, remark = panel.body.children
    assert book.caption == "The book's, not measured here"
    assert "on 1,478 photographs" in remark.value
    assert "unfrozen epochs are cut off" in remark.value
    assert [row[1] for row in book.rows] == ["0.109608", "0.095399", "0.085250"]
    low, high = binomtest(162, 1478).proportion_ci(method="wilson")  # 162 of 1,478: 0.109608
    assert book.rows[0][2] == f"{100 * low:.1f} % to {100 * high:.1f} %"
    assert [row[3] for row in book.rows] == ["01:33", "01:49", "01:35"]
