"""What a page's kernel holds: modules that it needs, and little for each photograph."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import tracemalloc
from typing import TYPE_CHECKING

from PIL import Image
from waiting import wait_for_reading

from petwidgets.panels import PANELS
from petwidgets.recipes.labelling import CHAPTER_PATTERN

if TYPE_CHECKING:
    from pathlib import Path

    from fakes import OurSession

FEW, MANY = 100, 2000
BYTES_PER_PHOTOGRAPH = 1500
"""With every lesson open: measured 1060, of which the path and the browser's row are most."""

HEAVY = ("fastai", "jsonschema", "lark", "matplotlib", "pandas", "scipy", "sklearn", "torch")
"""Modules that no lesson needs in a page's kernel, some of which plotly would bring along."""

EVERY_LESSON = f"""
import sys
import numpy as np
from petwidgets import app
from petwidgets.panels.interpretation.scatter import Cloud
app.DRAWS = False
lab = app.PetLab()
[*lab.panels.values()]
lab.panels["confusion"].matrix.show(["a"], np.eye(1), np.eye(1), by_share=False, line=None)
lab.panels["confusion"].form.set(order="clustered")
both = [("right", "#000", np.array([0])), ("wrong", "#fff", np.array([1]))]
lab.panels["map"].points.show(Cloud(np.eye(2), both, np.array([True, False]), ["a", "b"], []))
print(*sorted(set({HEAVY!r}) & set(sys.modules)))
print(*[name for name in sys.modules if name.startswith("plotly.graph_objs.layout._geo")])
"""


def folder_of(photographs: int, around: Path) -> Path:
    """Links to one small picture, of ten breeds."""
    folder = around / str(photographs)
    folder.mkdir()
    Image.new("RGB", (8, 8)).save(around / "one.jpg")
    for n in range(photographs):
        os.link(around / "one.jpg", folder / f"Some_breed_{n % 10}_{n:05}.jpg")
    return folder


def traced_with(session: OurSession, folder: Path) -> int:
    """Bytes that Python holds once the photographs of a folder are read."""
    session.data.read(str(folder), CHAPTER_PATTERN)
    wait_for_reading()
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


def test_a_photograph_costs_little(session: OurSession, tmp_path: Path) -> None:
    panels = [kind(session) for kind in PANELS.values()]
    few, many = folder_of(FEW, tmp_path), folder_of(MANY, tmp_path)
    traced_with(session, few)
    tracemalloc.start()
    try:
        traced_with(session, few)
        least = traced_with(session, few)
        most = traced_with(session, many)
        again = traced_with(session, many)
    finally:
        tracemalloc.stop()
    assert len(panels) == len(PANELS)
    assert (most - least) / (MANY - FEW) < BYTES_PER_PHOTOGRAPH
    assert (again - most) / MANY < BYTES_PER_PHOTOGRAPH / 10, "read again they are held twice"


def test_no_lesson_imports_what_a_page_does_not_need() -> None:
    done = subprocess.run(
        [sys.executable, "-c", EVERY_LESSON], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []
