"""What the tests of training share: tiny recipes, and trainings that are done once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import torch
from light import small

from petwidgets.baseline.train import train
from petwidgets.inference.classify import Classifier, classifier
from petwidgets.runs.run import SHIPPED_ID, Run
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from petwidgets.recipes.recipe import Recipe

    Events = list[dict[str, Any]]
    Trained = tuple[Run, Events]


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    """Small batches gain nothing from more, and on a busy machine they wait for each other."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def tiny(few: Path, light: str) -> Callable[..., Recipe]:
    """A maker of recipes for the few photographs, of a size and a network that take seconds."""
    return partial(small, few=few)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Recipe], Trained]:
    """A maker of trained runs, with the events that they reported."""

    def maker(recipe: Recipe) -> Trained:
        run, events = RunStore(tmp_path_factory.mktemp("store")).create(recipe), []
        train(run, events.append, lambda: False)
        return run.fresh(), events

    return maker


@pytest.fixture(scope="session")
def baseline(tiny: Callable[..., Recipe], trained: Callable[[Recipe], Trained]) -> Trained:
    """A finished baseline of three epochs."""
    return trained(tiny("baseline", epochs=3))


@pytest.fixture(scope="session")
def learned(tiny: Callable[..., Recipe], trained: Callable[[Recipe], Trained]) -> Trained:
    """A finished baseline that is long and large enough to tell the breeds apart."""
    return trained(tiny("baseline", epochs=12, size=160, presize=200))


@pytest.fixture(scope="session")
def fine_tuned(tiny: Callable[..., Recipe], trained: Callable[[Recipe], Trained]) -> Trained:
    """A finished fine-tuning, one epoch frozen and one not."""
    return trained(tiny("fine-tune", epochs=1, freeze_epochs=1))


@pytest.fixture(scope="module")
def shipped() -> Run:
    return RunStore().get(SHIPPED_ID)


@pytest.fixture(scope="module")
def known(shipped: Run) -> Classifier:
    return classifier(shipped)


@pytest.fixture(scope="module")
def images(real: Path) -> Path:
    return real / "pets-512" / "images"
