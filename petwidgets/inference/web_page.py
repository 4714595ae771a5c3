"""Export a run as a web page that classifies photographs in the browser.

The folder needs a server of static files alone, and asks nothing of any other:

<run>-web/index.html, page.js, page.css   the page, built from `js/src/web_page`
model.json            breeds, sizes, temperature, thresholds, sentences
head.safetensors      the head, the weights of the preparation, means of breeds, colours
body.onnx             the body, as it is computed here
onnxruntime.wasm.gz   onnxruntime-web
README.txt, licences
"""

from __future__ import annotations

import io
import json
import secrets
import shutil
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors.numpy import save

from petwidgets import __version__
from petwidgets.common.errors import Problem
from petwidgets.common.formatting import counted, percent, plain, printed, span
from petwidgets.data.sources import OXFORD, SAMPLE
from petwidgets.export.run_summary import RunSummary, account
from petwidgets.inference.body import FOLDER as BODIES
from petwidgets.inference.classify import classifier
from petwidgets.inference.converted import converted_body
from petwidgets.inference.head import Head, read_head
from petwidgets.inference.inferno import palette
from petwidgets.inference.network import frozen_body
from petwidgets.inference.preparation import taps
from petwidgets.jobs import export as jobs
from petwidgets.jobs.export import Made
from petwidgets.jobs.job import implements
from petwidgets.jobs.network import convert
from petwidgets.metrics import abstention
from petwidgets.metrics.calibration import worth

if TYPE_CHECKING:
    from petwidgets.inference.body import Body
    from petwidgets.metrics.abstention import Limits
    from petwidgets.runs.run import Run

FORMAT = "petwidgets web page 1"

WEB = Path(__file__).parent / "web"

STORED = (".onnx", ".safetensors", ".gz")
"""Suffixes of files that hardly compress."""


@implements(jobs.web_page)
def packed(run: Run) -> Made:
    """Export the folder as one zip (implements the job)."""
    buffer = io.BytesIO()
    folder = files(run)
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in folder.items():
            method = zipfile.ZIP_STORED if name.endswith(STORED) else zipfile.ZIP_DEFLATED
            archive.writestr(f"{run.id}-web/{name}", content, method)
    return Made(f"{run.id}-web.zip", buffer.getvalue(), told(folder))


def write(run: Run, folder: Path) -> Made:
    """Write the folder.

    Returns:
        What was made, without its content.

    Raises:
        Problem: as `packed`; or the folder is there already, or can't be written.
    """
    if folder.exists():
        raise Problem(f"{folder} is there already: give the name of a new folder.")
    temporary = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}")
    try:
        temporary.mkdir()  # first, so that nothing is computed if it can't be written
        made = files(run)
        for name, content in made.items():
            (temporary / name).write_bytes(content)
        temporary.rename(folder)
    except OSError as error:
        reason = f"{folder} can't be written ({error.strerror}): give another place."
        raise Problem(reason) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return Made(folder.name, b"", told(made))


def told(folder: dict[str, bytes]) -> str:
    """What is said of a folder: no browser is here to try it."""
    return f"{counted(len(folder), 'file')}; not tried here, for a browser computes it"


def files(run: Run) -> dict[str, bytes]:
    """The folder's files by name.

    Raises:
        Problem: as `packed`.
    """
    run.require_ended()
    if not run.usable:
        raise Problem(f"The run {run.id} has no weights: its report is all that can be taken.")
    summary, body = account(run), _body(run)
    head, limits = read_head(run), classifier(run).limits
    shipped = [*(WEB / "static").iterdir(), *WEB.glob("*.*")]
    made = {path.name: path.read_bytes() for path in sorted(shipped)}
    made["model.json"] = json.dumps(_described(summary, head, limits), indent=1).encode()
    made["head.safetensors"] = save(_tensors(run, head, limits))
    made["body.onnx"] = body.file.read_bytes()
    if body.file.parent == BODIES:
        made["body-LICENSE.txt"] = (BODIES / "LICENSE").read_bytes()
    return dict(sorted(made.items()))


def _body(run: Run) -> Body:
    """The run's body as ONNX; one that is not in the cache any more is converted again."""
    found = frozen_body(run) or converted_body(run)
    if found is None and not run.recipe.frozen_only and convert.load()(run):
        found = converted_body(run)
    if found is None:
        raise Problem(
            f"The body of the run {run.id} is not there as ONNX, which a browser needs: choose a"
            " baseline of one of the shipped architectures, or a fine-tuned run."
        )
    return found


def _described(summary: RunSummary, head: Head, limits: Limits) -> dict[str, Any]:
    run, recipe = summary.run, summary.run.recipe
    reasons = abstention.reasons(limits, summary.noun)
    return {
        "format": FORMAT,
        "run": run.id,
        "breeds": [printed(name) for name in run.info["vocab"]],
        "about": _about(summary),
        "worth": worth(limits.temperature),
        "presize": recipe.presize,
        "size": recipe.size,
        **run.info["preprocessing"],
        "layers": len(head.layers),
        "limits": {
            "temperature": limits.temperature,
            "least_probability": limits.least_probability,
            "least_likeness": limits.least_likeness,
            "sure": abstention.SURE,
            "least_side": abstention.LEAST_SIDE,
            "least_sharpness": abstention.LEAST_SHARPNESS,
        },
        "doubts": [{"name": name, "sentence": reasons[name]} for name in abstention.DOUBTS],
    }


def _tensors(run: Run, head: Head, limits: Limits) -> dict[str, np.ndarray]:
    weights, sources = taps(run.recipe.presize, run.recipe.size)
    tensors = {"taps": weights, "sources": sources, "palette": palette()}
    if limits.means is not None:
        tensors["means"] = limits.means
    for i, layer in enumerate(head.layers):
        for name in ("scale", "shift", "weights", "bias"):
            tensors[f"layers.{i}.{name}"] = getattr(layer, name)
    return {name: np.ascontiguousarray(value, np.float32) for name, value in tensors.items()}


def _about(summary: RunSummary) -> list[str]:
    vocab = summary.counted_labels
    wrong = f"{summary.found.errors:,} of {summary.counted(summary.n)}"
    known = summary.run.recipe.data in (SAMPLE, OXFORD)
    source = f", from {summary.source}" if known else ""  # a folder may have a person's name
    error = f"{percent(summary.error)} error, 95 % interval {span(summary.interval)}"
    return [
        f"The run {summary.run.id} knows {vocab}.",
        f"Recorded: it is wrong on {wrong} that it was not trained on, {error}.",
        f"It was trained on {summary.counted(summary.trained_on)}{source}.",
        plain(summary.terms),
        f"Exported by petwidgets {__version__}.",
    ]
