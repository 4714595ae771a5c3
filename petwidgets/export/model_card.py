"""Write a model card from a run: what the model is, its intended use and its limits.

The header is YAML as model hubs read it. Names of breeds and folders may contain anything, so all
go through `escaped` or JSON.

Source: M. Mitchell and others, "Model Cards for Model Reporting" (2019).
"""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

from petwidgets.common.formatting import counted, percent, plain, printed, span
from petwidgets.metrics.calibration import NOT_FITTED

if TYPE_CHECKING:
    from petwidgets.export.run_summary import RunSummary

WEAKEST = 10
"""How many of the breeds with the highest error rate the card lists."""

MARKUP = re.compile(r"([\\`*_{}\[\]()<>#!|~&:$@=^]|(?<=www)\.)", re.IGNORECASE)


def escaped(name: str) -> str:
    r"""Escape a name so that Markdown shows it literally within a line.

    The result contains no markup and no link, and does not end a table cell.

    Source: CommonMark 0.31, "Backslash escapes"; GitHub's, "Autolinks (extension)".

    Example:
        >>> print(escaped("a|b <i>"))
        a\|b \<i\>
    """
    return MARKUP.sub(r"\\\1", plain(name))


def breed(name: str) -> str:
    """Write a breed with spaces, escaped for Markdown."""
    return escaped(printed(name))


def card(told: RunSummary, size: int) -> str:
    """Write the card as Markdown.

    Args:
        told: the run's summary.
        size: bytes of the weights.
    """
    parts = [
        _header(told), _what(told, size), _use(told), _data(told), _training(told),
        _evaluation(told), _calibration(told), _limits(told), _licence(told), _origin(told),
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def _header(told: RunSummary) -> str:
    run = told.run
    licence = {"license": "other", "license_name": "terms-of-the-photographs"}
    if not told.terms_known:
        licence = {"license": "unknown"}
    result = {
        "task": {"type": "image-classification"},
        "dataset": {"name": plain(told.source), "type": "image-folder"},
        "metrics": [{"type": "accuracy", "value": round(1 - told.error, 6)}],
    }
    said = {
        **licence,
        "library_name": "pytorch",
        "pipeline_tag": "image-classification",
        "tags": ["image-classification", *_subject(told), "petwidgets", run.recipe.arch],
        "metrics": ["accuracy"],
        "model-index": [{"name": run.id, "results": [result]}],
    }
    return "\n".join(["---", *(f"{key}: {_yaml(value)}" for key, value in said.items()), "---"])


def _yaml(value: Any) -> str:
    """Write a value as JSON, which is also YAML; escape tags, in case the header is shown."""
    return json.dumps(value).replace("<", r"\u003c").replace(">", r"\u003e")


def _what(told: RunSummary, size: int) -> str:
    run = told.run
    of_pets = " of pets" * _of_pets(told)
    return f"""# {escaped(run.id)}: {told.counted_labels}{of_pets}

A network that names the {told.noun} on a photograph, or rather the most probable of the
{len(run.info["vocab"])} that it knows. Wrong on {told.found.errors:,} of {told.n:,}
{told.pictures} that it was never trained on: **{percent(told.error)} error**, 95 % interval
{span(told.interval)} (Wilson).

- Architecture: {escaped(run.recipe.arch)}, {size / 1e6:.1f} MB of weights in `model.safetensors`
- Input: the square in the middle of a photograph, {run.recipe.size} pixels a side
- Recipe: {escaped(run.recipe.name)}, {counted(run.recipe.epochs, "epoch")}"""


def _use(told: RunSummary) -> str:
    least = told.least_probability
    return f"""## Use

`pip install torch torchvision timm safetensors pillow numpy`, then, in this folder:

```python
from load import load
from PIL import Image

model = load()
for name, probability in model.classify(Image.open("photo.jpg"))[:5]:
    print(name, f"{{probability:.1%}}")
```

A path may stand for the picture: then HEIC is read, too (`pip install pillow-heif`), and what
Pillow itself refuses, such as JPEG of 200 million pixels. `load.py` is all the code that there is,
and reads photographs as petwidgets does; nothing is unpickled. Probabilities are the softmax of the
logits divided by the temperature in `config.json`. When the first is below {least:.3f} say that
the {told.noun} was not recognised: 95 of 100 right answers on the validation {told.pictures} reach
that."""


def _data(told: RunSummary) -> str:
    vocab = told.run.info["vocab"]
    return f"""## Data

Trained on {told.counted(told.trained_on)} and validated on {told.n:,} others, of
{told.counted_labels}, from {escaped(told.source)}. The split:
{told.run.recipe.split}, seed {told.run.recipe.seed}.
The {told.nouns}: {", ".join(breed(name) for name in vocab)}."""


def _training(told: RunSummary) -> str:
    stages = ["| epochs | body | rate | warms up | pixels |", "|---|---|---|---|---|"]
    stages += [f"| {' | '.join(map(escaped, stage))} |" for stage in told.stages]
    settings = ", ".join(f"{name.replace('_', ' ')} {escaped(v)}" for name, v in told.settings)
    taken = "Its time is not recorded."
    if told.seconds is not None:
        taken = f"It took {counted(round(told.seconds), 'second')}, as recorded."
    body = told.run.info.get("weights") or "a source that is not recorded"
    return f"""## Training

The body began with ImageNet's weights from {escaped(str(body))}.

{chr(10).join(stages)}

Settings: {settings}.

{taken} Neither the energy nor the carbon of it was measured."""


def _evaluation(told: RunSummary) -> str:
    header = f"| {told.noun} | photographs | wrong | error | 95 % interval |"
    rows = [header, "|---|---:|---:|---:|---|"]
    for each in told.breeds[:WEAKEST]:
        share = percent(each.errors / each.photographs)
        cells = [str(each.photographs), str(each.errors), share, span(each.interval)]
        rows.append(f"| {' | '.join([breed(each.name), *cells])} |")
    pairs = [f"- {breed(a)} taken for {breed(b)}: {n}" for a, b, n in told.confused[:5]]
    return f"""## Evaluation

On the {told.counted(told.n)} of the validation set: error {percent(told.error)}
({span(told.interval)}), mean cross-entropy {told.loss:.4f} nats. The weakest {told.nouns}; with so
few of each, mind the intervals:

{chr(10).join(rows)}

Most often confused:

{chr(10).join(pairs) or "- none"}"""


def _calibration(told: RunSummary) -> str:
    found = told.calibration
    if not found.fitted:
        return f"""## Calibration

As trained it is sure of {percent(found.confidence)} on average and right on
{percent(1 - told.error)}. Probabilities stay as trained, at temperature 1: {NOT_FITTED}.
Expected calibration error, ten bins: {found.raw:.4f}; {found.chance:.4f} is what an honest model
would show by chance."""
    return f"""## Calibration

As trained it is sure of {percent(found.confidence)} on average and right on
{percent(1 - told.error)}. Logits are divided by the temperature {found.temperature:.3f}, fitted on
the validation {told.pictures}. Expected calibration error, ten bins: {found.raw:.4f} as trained,
{found.cooled:.4f} with the temperature on the {told.pictures} that it was fitted on,
{found.others:.4f} on others ({found.parts}-fold); {found.chance:.4f} is what an honest model would
show by chance."""


def _limits(told: RunSummary) -> str:
    n = len(told.found.vocab)
    known = counted(n, f"{told.noun} is", f"{told.nouns} are")
    others, subject, purpose = PETS if _of_pets(told) else ANYTHING
    return f"""## Limits

- {"This" if n == 1 else "These"} {known} all that it knows. {others}
  is given one of them, too; the least probability above refuses some of these, not all.
- It was judged on {told.pictures} from the same source as those that it learned from. On others, of
  another camera or another country, expect more errors.
- It sees the square in the middle only, and one {subject} a photograph.
- It is for learning and play. {purpose}"""


PETS = (
    "A\n  crossbreed, another breed, another animal or a teapot",
    "animal",
    """It is not for deciding about an animal or its owner: not its
  pedigree, its treatment, nor whether it may be kept.""",
)
ANYTHING = (
    "A\n  photograph of anything else",
    "thing",
    """It is not for deciding about people, nor about anything else on
  which much depends.""",
)
"""Of the limits of a model: what else there is, what it looks at, and what it is not for."""


def _of_pets(told: RunSummary) -> bool:
    return told.noun == "breed"


def _subject(told: RunSummary) -> list[str]:
    return ["pets"] if _of_pets(told) else []


def _licence(told: RunSummary) -> str:
    return f"""## Licence and terms

Of the {told.pictures} that it learned from: {escaped(told.terms)}

The weights that its body began with have terms of their own: see where they come from, above."""


def _origin(told: RunSummary) -> str:
    run = told.run
    created = run.info.get("created")
    made = time.strftime(" of %d %B %Y", time.gmtime(created)) if created else ""
    parent = run.parent_id
    goes_on = f" It goes on from the run {escaped(parent)}." if parent else ""
    versions = ", ".join(f"{name} {version}" for name, version in told.versions.items())
    return f"""## Origin

Run {escaped(run.id)}{made}, {run.state}, by petwidgets.{goes_on} Trained with: \
{escaped(versions or "not recorded")}. Every figure here was computed from the run's own files."""
