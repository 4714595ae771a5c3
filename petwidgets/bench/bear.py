"""The notebook that a person would put under Voila instead, after the chapter on deployment.

It loads an exported learner and shows an upload button, a picture and the prediction. The learner
is the shipped model, so that both sides compute with the same weights.
"""

from __future__ import annotations

import io
import warnings
from contextlib import redirect_stdout
from typing import TYPE_CHECKING

from petwidgets.runs.run import SHIPPED_ID
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from pathlib import Path

CONTROL = ".jupyter-widgets.widget-upload"
"""The selector of its first control."""

ANSWER = "Probability:"
"""What it says once a photograph is classified."""

CODE = """
from fastai.vision.all import *
import ipywidgets as widgets
learn = load_learner("export.pkl")
upload = widgets.FileUpload(accept="image/*")
picture, answer = widgets.Output(), widgets.Label()
def classify(change):
    photo = PILImage.create(bytes(upload.value[-1].content))
    picture.clear_output()
    with picture:
        display(photo.to_thumb(128))
    with learn.no_bar():
        breed, at, probabilities = learn.predict(photo)
    answer.value = f"Prediction: {breed}. Probability: {probabilities[at]:.4f}"
upload.observe(classify, "value")
widgets.VBox([widgets.Label("Select your pet!"), upload, picture, answer])
"""


def notebook(around: Path) -> Path:
    """The notebook in a folder of its own within `around`, with the learner that it loads."""
    file = around / "bear" / "bear.ipynb"
    if not file.is_file():
        file.parent.mkdir(parents=True, exist_ok=True)
        _export(file.with_name("export.pkl"))
        write_notebook(file, CODE)
    return file


def write_notebook(file: Path, code: str) -> None:
    """Write a notebook of one cell."""
    import nbformat

    cell = nbformat.v4.new_code_cell(code)  # type: ignore[no-untyped-call]
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), file)  # type: ignore[no-untyped-call]


def _export(file: Path) -> None:
    from petwidgets.learning.train.learner import learner

    with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")  # its photographs may be away: it only predicts
        learner(RunStore().get(SHIPPED_ID)).export(file)
