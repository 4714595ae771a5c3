"""Transfer learning and discriminative rates on the picture of a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from petwidgets import LayersPanel
from petwidgets.jobs.network_blocks import recorded_networks
from petwidgets.panels.training.network_drawing import groups_of_training
from petwidgets.recipes.recipe import DEFAULT_ARCH

if TYPE_CHECKING:
    from fakes import OurSession

    from petwidgets.jobs.model_cost import Group


@pytest.fixture
def panel(session: OurSession) -> LayersPanel:
    return LayersPanel(session)


def states(panel: LayersPanel) -> list[str]:
    return [group["state"] for group in panel.network.groups]


def test_the_steps_of_transfer_learning(panel: LayersPanel) -> None:
    assert states(panel) == ["still", "still"]  # the body, and the head of ImageNet
    assert panel.network.groups[-1]["blocks"][0]["name"] == "1,000 classes"
    seen = []
    for _ in range(4):
        panel.form.press("next")
        seen.append((panel.step, states(panel), panel.network.rates))
    assert seen == [
        ("cut", ["still", "new", "cut"], []),
        ("frozen", ["frozen", "trains"], [3e-3, 3e-3]),
        ("one", ["trains", "trains"], [1e-4, 1e-4]),
        ("slice", ["trains", "trains"], [1e-6, 1e-4]),
    ]
    panel.form.press("next")
    assert panel.step == "imagenet"


def test_what_imagenets_head_knows(panel: LayersPanel) -> None:
    """Among its classes are the dogs at 151 to 268 of the usual list, many of the Oxford pets."""
    said = panel.said.value
    assert "answers for 1,000 classes, more than a hundred dog breeds among them" in said
    assert "not those" not in said


def test_a_new_head_guesses(panel: LayersPanel) -> None:
    panel.form.set(step="cut")
    assert "is wrong 97.3 % of the time" in panel.said.value  # 36 of 37


def test_the_books_slice_on_a_resnet(panel: LayersPanel) -> None:
    """The chapter's `slice(1e-6, 1e-4)`: three groups, the middle one at 1e-5."""
    panel.form.set(arch="resnet34", step="slice", first=-6, last=-4)
    assert panel.network.rates == pytest.approx([1e-6, 1e-5, 1e-4])
    names = [[block["name"] for block in group["blocks"]] for group in panel.network.groups]
    assert names == [["conv1", "layer1", "layer2"], ["layer3", "layer4"], ["head"]]
    assert panel.network.maps == b""  # of lite0 alone there are weights to record them with
    assert panel.seen.value.startswith("Maps are recorded for EfficientNet lite0 alone")


def test_maps_are_drawn_for_the_network_that_has_them(panel: LayersPanel) -> None:
    assert panel.network.maps.startswith(b"RIFF")
    assert panel.network.tiles == len(recorded_networks()[DEFAULT_ARCH]["blocks"]) - 1
    assert panel.seen.value.startswith("Recorded: ")


def test_controls_are_those_of_the_step(panel: LayersPanel) -> None:
    def hidden() -> set[str]:
        return {field["name"] for field in panel.form.fields if field.get("hidden")}

    assert hidden() == {"first", "last", "train"}
    panel.form.set(step="one")
    assert hidden() == {"first"}
    panel.form.set(step="slice")
    assert hidden() == set()


def test_a_training_is_planned_as_it_is_drawn(panel: LayersPanel) -> None:
    panel.form.set(arch="resnet34", step="slice", first=-5.5, last=-3)
    panel.form.press("train")
    plan = panel.session.plan
    assert (plan.arch, [stage.frozen for stage in plan.stages]) == ("resnet34", [True, False])
    assert plan.stages[-1].rate == (3.16e-6, 1e-3)
    assert "slice(3.16e-06, 0.001)" in panel.folds.code
    panel.form.set(step="frozen")
    panel.form.press("train")
    assert [stage.frozen for stage in panel.session.plan.stages] == [True]


def group(parameters: int, trained: int, norms_trained: int = 1) -> Group:
    return {"first": "0.1", "last": "0.9", "parameters": parameters, "trained": trained,
            "norms": 1, "norms_trained": norms_trained}  # fmt: skip


def test_a_training_tells_of_its_groups() -> None:
    """With the blocks where the network is recorded, in as many groups."""
    told = [group(10, 1), group(10, 0, 0), group(2_000_000, 2_000_000)]
    ours = groups_of_training(told, "resnet34")
    assert [(one["state"], one["name"]) for one in ours] == [
        ("frozen", "Group 0, frozen but for its batch norms"),
        ("frozen", "Group 1, frozen"),
        ("trains", "Group 2, trains"),
    ]
    assert ours[0]["said"] == "0.1 to 0.9: 10 weights, 1 of them trained; 1 batch norm, 1 trained"
    assert [len(one["blocks"]) for one in ours] == [3, 2, 1]
    assert [one["blocks"] for one in groups_of_training(told, DEFAULT_ARCH)] == [
        [],
        [],
        [],
    ]
    assert [one["blocks"] for one in groups_of_training(told, "swin_t")] == [[], [], []]


@pytest.mark.parametrize("step", ["imagenet", "cut", "frozen", "one", "slice"])
@pytest.mark.parametrize("arch", [*recorded_networks()])
def test_the_code_is_that_of_the_step(panel: LayersPanel, arch: str, step: str) -> None:
    panel.form.set(arch=arch, step=step)
    compile(panel.folds.code, "code", "exec")
    assert arch in panel.folds.code
    assert ("fit_one_cycle" in panel.folds.code) == (step not in ("imagenet", "cut"))
