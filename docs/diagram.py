# ruff: noqa: INP001 - a program
"""Draw the picture of architecture.md: `python docs/diagram.py docs/images/architecture.svg`.

Processes and what passes between them, then the packages in layers, which it reads from
`pyproject.toml`. Colours follow the reader's light or dark scheme.
"""

from __future__ import annotations

import argparse
import re
from html import escape
from pathlib import Path

PROJECT = Path(__file__).parents[1] / "pyproject.toml"
WIDTH, ROW, CORNER = 752, 25, 6

STYLE = """
text { font: 13px system-ui, sans-serif; fill: var(--ink) }
.title { font-weight: 600; font-size: 15px }
.name { font-weight: 600 }
.small { font-size: 12px; fill: var(--soft) }
.group { fill: none; stroke: var(--soft); stroke-dasharray: 5 4 }
.arrow { fill: none; stroke: var(--soft); stroke-width: 1.5; marker-end: url(#head);
  marker-start: none }
.both { marker-start: url(#head) }
#head path { fill: var(--soft) }
.paper { fill: var(--paper) }
.page { fill: var(--page) } .server { fill: var(--server) }
.engine { fill: var(--engine) } .all { fill: var(--all) }
svg { --ink: #1c2430; --soft: #566173; --paper: #ffffff;
  --page: #cfe3fa; --server: #e5daf6; --engine: #fbdfc1; --all: #e4e8ed }
@media (prefers-color-scheme: dark) {
  svg { --ink: #eef2f7; --soft: #a9b4c4; --paper: #1a1f29;
    --page: #1f4a78; --server: #4d3a73; --engine: #7a4a1a; --all: #3a4352 }
}
"""

FILES = (
    "runs, events, sessions, labels, cache: plain files, nothing pickled;\n"
    "the command line reads and writes the same"
)
"""What the home folder holds."""

BOXES = [
    (16, 74, 204, "page", "Browser", "draws the widgets (js/),\nsends photographs, fields"),
    (274, 74, 204, "server", "Voila", "the one open port:\nchecks every message"),
    (532, 74, 204, "page", "Kernel, one a page", "session and panels;\nnever imports torch"),
    (532, 204, 176, "engine", "Dask scheduler", "queues trainings\nand questions"),
    (274, 204, 204, "engine", "Worker, one a GPU", "trains and answers;\nimports torch at need"),
    (16, 204, 204, "engine", "Child processes", "check, draw, export,\ntry a batch's memory"),
    (16, 340, 720, "all", "Home folder", FILES),
]
"""Left, top, width, colour, name and two lines of each process."""

ARROWS = [
    ("both", "M220 107H274", 222, 99, "widgets"),
    ("both", "M478 107H532", 480, 99, "no code"),
    ("both", "M604 140V204", 612, 176, "jobs"),
    ("both", "M532 237H478", 490, 229, "jobs"),
    ("", "M274 237H220", 230, 229, "starts"),
    ("both", "M376 270V340", 386, 312, "events, results, stop"),
    ("both", "M722 140V340", 634, 312, "reads events"),
]
"""Ends, line, and where which word stands beside it."""

KINDS = {
    "page": "for a page's kernel",
    "server": "for the server",
    "engine": "for the engine",
    "all": "for several",
}
PLACES = {
    "page": {"app", "panels", "widgets", "session", "questions", "snippets"},
    "server": {"server"},
    "engine": {"worker", "learning", "baseline", "inference"},
}
"""Packages by the processes that they are for; all others are for several."""

WHAT = {
    "__main__": "python -m petwidgets; dask --preload",
    "cli": "the command line",
    "bench": "measures beside what one would use instead",
    "app": "PetLab: a session and its panels",
    "panels": "one a lesson",
    "widgets": "reusable widgets; Voila, kernels, websockets",
    "session": "the state of one page",
    "learning": "all that imports torch and fastai",
    "baseline": "trains without torch",
    "inference": "answers on onnxruntime",
    "export": "cards, reports; the 23 questions; fastai's code",
    "engine": "the client of the cluster; numpy mathematics",
    "runs": "the run store, events, replay",
    "data": "photographs; typed requests of page and engine",
    "recipes": "what a training is asked to do",
    "common": "paths, errors, logs, validation",
}
"""What a layer is for, by its first package."""


def layers(project: str) -> list[list[str]]:
    """The packages of each layer, from the top."""
    [rows] = re.findall(r"^layers = \[\n(.*?)^\]", project, re.DOTALL | re.MULTILINE)
    return [row.split(" | ") for row in re.findall(r'"(.+)"', rows)]


def text(x: float, y: float, words: str, kind: str = "") -> str:
    """A line of letters that begins at (x, y)."""
    return f'<text x="{x:g}" y="{y:g}" class="{kind}">{escape(words)}</text>'


def box(x: float, y: float, width: float, height: float, kind: str) -> str:
    """A rectangle with round corners."""
    size = f'width="{width:g}" height="{height:g}" rx="{CORNER}"'
    return f'<rect x="{x:g}" y="{y:g}" {size} class="{kind}"/>'


def processes() -> list[str]:
    """The upper half: who runs, and what passes between them."""
    drawn = [text(16, 26, "Processes of petwidgets serve", "title")]
    drawn += [box(246, 44, 500, 242, "group")]
    drawn += [text(256, 62, "started by it, and started again if they die", "small")]
    for x, y, width, kind, name, lines in BOXES:
        drawn += [box(x, y, width, 66, kind)]
        drawn += [text(x + 10, y + 20, name, "name")]
        drawn += [text(x + 10, y + 38 + 17 * i, line) for i, line in enumerate(lines.splitlines())]
    for kind, path, x, y, word in ARROWS:
        drawn += [f'<path d="{path}" class="arrow {kind}"/>', text(x, y, word, "small")]
    return drawn


def packages(rows: list[list[str]], top: float) -> list[str]:
    """The lower half: a row for each layer, and what its colours mean."""
    drawn = [text(16, top, "Packages: imports go down, never up", "title")]
    x = 16.0
    for kind, label in KINDS.items():
        drawn += [box(x, top + 14, 14, 14, kind), text(x + 20, top + 26, label, "small")]
        x += 176
    for i, row in enumerate(rows):
        y, width = top + 42 + i * ROW, (366 - 6 * (len(row) - 1)) / len(row)
        for j, name in enumerate(row):
            place = next((kind for kind, names in PLACES.items() if name in names), "all")
            x = 16 + j * (width + 6)
            drawn += [box(x, y, width, ROW - 4, place), text(x + 8, y + 15, name, "name")]
        drawn += [text(402, y + 15, WHAT[row[0]], "small")]
    return drawn


def diagram(project: str) -> str:
    """The whole picture, as SVG.

    Args:
        project: the text of `pyproject.toml`.

    Raises:
        KeyError: a layer has no description here.
    """
    rows, top = layers(project), 442
    height = top + 42 + len(rows) * ROW + 12
    head = '<marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
            "<title>The processes of petwidgets serve, and the layers of its packages</title>",
            f"<style>{STYLE}</style>",
            f'{head} orient="auto-start-reverse"><path d="M0 0L8 4L0 8Z"/></marker>',
            box(0, 0, WIDTH, height, "paper"),
            *processes(),
            *packages(rows, top),
            "</svg>\n",
        ]
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, help="the SVG file to write")
    parser.parse_args().file.write_text(diagram(PROJECT.read_text("utf-8")), "utf-8")
