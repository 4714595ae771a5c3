"""Runs and answers that tests make by hand."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image
from safetensors.numpy import save_file

from petwidgets.jobs.classify import Answer, Decision
from petwidgets.recipes.presets import fine_tune
from petwidgets.runs.predictions import Validation
from petwidgets.runs.run import SHIPPED_ID, Run

if TYPE_CHECKING:
    from petwidgets import ClassifyPanel
    from petwidgets.session.session import Session

MARKUP = "<img src=x onerror=alert(1)>"


def trained(session: Session, **settings: Any) -> Run:
    """A run of two breeds that can classify; wrong on 1 of 4."""
    return finish(session.store.create(fine_tune(data="/srv/pets", **settings)))


def finish(run: Run, state: str = "finished") -> Run:
    files = ("pug_1.jpg", "pug_2.jpg", "Bombay_1.jpg", "Bombay_2.jpg")
    probabilities = np.array([[0.1, 0.9], [0.2, 0.8], [0.9, 0.1], [0.4, 0.6]], np.float32)
    targets = np.array([1, 1, 0, 0])
    losses = -np.log(probabilities[np.arange(4), targets])
    run.save_validation(Validation(files, probabilities, targets, losses))
    save_file({"weight": np.ones(3, np.float32)}, run.folder / "model.safetensors")
    run.update(
        vocab=["Bombay", "pug"], files=list(files), results={"seconds": 125.0, "error_rate": 0.25}
    )
    return run.update(state=state)


def png() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(buffer, "PNG")
    return buffer.getvalue()


TOP = (("great_pyrenees", 0.91), ("samoyed", 0.05), ("pug", 0.02), ("boxer", 0.01), (MARKUP, 0.01))


def a_decision(**changes: Any) -> Decision:
    made = Decision(
        breed="great_pyrenees",
        probability=0.91,
        top=TOP,
        likeness=0.8,
        least_likeness=0.55,
        least_probability=0.45,
        temperature=1.35,
        recognised=True,
        doubt="",
        reason="",
    )
    return replace(made, **changes)


def an_answer(
    run: str = SHIPPED_ID, activations: tuple[float, ...] = (0.0,) * 37, **changes: Any
) -> Answer:
    return Answer(
        run=run,
        decision=a_decision(**changes),
        activations=activations,
        photo=png(),
        small=b"small",
        seen=png(),
        box=(0.0, 0.0, 1.0, 1.0),
    )


def drop(panel: ClassifyPanel, name: str = "dog.jpg", photo: bytes = b"a photograph") -> None:
    """As the upload does when a file has arrived."""
    panel._take(name, photo)
