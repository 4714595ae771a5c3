"""A card's memory: which architectures fit, and a batch that is halved until it does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from petwidgets import ArchitecturePanel
from petwidgets.jobs.limited_memory import Attempt, limited, most, needed
from petwidgets.jobs.model_cost import Measuring, recorded_costs

if TYPE_CHECKING:
    from fakes import FakeEngine, OurSession

ERROR = "RuntimeError: DefaultCPUAllocator: can't allocate memory"


@pytest.fixture
def panel(session: OurSession) -> ArchitecturePanel:
    return ArchitecturePanel(session)


def button(panel: ArchitecturePanel) -> dict[str, Any]:
    return next(one for one in panel.form.fields if one["name"] == "limited")


@pytest.mark.parametrize("cost", recorded_costs(), ids=lambda cost: cost["arch"])
def test_what_was_measured_is_what_is_needed(cost: Any) -> None:
    memory = cost["unfrozen"]["memory"]
    assert needed(cost, cost["batch_size"]) == (cost["frozen"]["memory"]["all"], memory["all"])
    twice = needed(cost, 2 * cost["batch_size"])[1]
    assert twice - memory["all"] == pytest.approx(memory["activations"])


@pytest.mark.parametrize("limit", [1e9, 3e9, 16e9])
def test_the_largest_batch_fits_and_one_more_does_not(limit: float) -> None:
    for cost in recorded_costs():
        batch = most(cost, int(limit))
        if batch:
            assert needed(cost, batch)[1] <= limit < needed(cost, batch + 1)[1]
        else:
            assert needed(cost, 2)[1] > limit


def test_a_smaller_card_and_a_larger_batch_fit_less(panel: ArchitecturePanel) -> None:
    def fitting() -> list[str]:
        return [d["label"] for d in panel.costs.fit.dots.items if d["text"].endswith(": fits")]

    panel.form.set(memory=24, batch_size=64)
    whole = fitting()
    panel.form.set(memory=4)
    assert set(fitting()) < set(whole)
    assert panel.costs.fit.dots.ticks == [[4.0, "the card: 4 GB"]]
    panel.form.set(batch_size=8)
    assert "memory of 8 photographs at 224 pixels" in panel.costs.fit.dots.caption
    assert len(fitting()) > 1
    panel.form.set(memory=0.5, batch_size=1024)
    assert fitting() == []


def test_a_batch_is_halved_until_it_fits(panel: ArchitecturePanel, engine: FakeEngine) -> None:
    panel.form.set(arch="resnet34", memory=1, batch_size=32)
    engine.answer = lambda _arch, settings, limit: Attempt(
        settings.batch_size, limit, ERROR if settings.batch_size > 16 else "", 800_000_000
    )
    panel.form.press("limited")
    asked = Measuring(size=224, batch_size=32)
    assert engine.requests == [(limited, "resnet34", asked, 1_000_000_000)]
    fit = panel.costs.fit
    assert "32 photographs at a time don't fit into 1 GB. Make the batch smaller" in fit.said.value
    assert fit.said.value.endswith(ERROR)
    assert (panel.form["batch_size"], button(panel)["label"]) == (16, "Try a batch within it")
    panel.form.press("limited")
    assert engine.requests[1][2] == replace(asked, batch_size=16)
    assert fit.said.value == "16 photographs at a time fit into 1 GB: they took 0.80 GB."
    assert [row[1:] for row in fit.attempts.rows] == [
        ["16", "1.00 GB", "0.80 GB", "yes"],
        ["32", "1.00 GB", "0.80 GB", "no"],
    ]
    assert (panel.form["batch_size"], button(panel)["label"]) == (16, "Try a batch within it")


def test_not_even_two(panel: ArchitecturePanel, engine: FakeEngine) -> None:
    panel.form.set(arch="resnet152", memory=0.5, batch_size=2)
    engine.answer = Attempt(2, 500_000_000, ERROR, 0)
    panel.form.press("limited")
    assert panel.costs.fit.said.value.startswith("Not even 2 fit into 0.5 GB: make the size")
    assert panel.form["batch_size"] == 2


def test_a_refusal_is_a_sentence(panel: ArchitecturePanel, engine: FakeEngine) -> None:
    engine.problem = "This machine has 3.0 GB free now."
    panel.form.press("limited")
    assert panel.heading.problem == engine.problem
    assert panel.costs.fit.said.value == ""
    assert not button(panel)["disabled"]
