"""The same notebook in JupyterLab."""

from __future__ import annotations

import re
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import nbformat
import numpy as np
from driving import go
from playwright.sync_api import expect
from servers import TOP, free_port, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Page


@contextmanager
def in_lab(visit: Callable[..., Page], folder: Path, cells: int) -> Iterator[Page]:
    """The folder's notebook in JupyterLab, its first cells run."""
    port, name = free_port(), next(folder.glob("*.ipynb")).name
    command = ["jupyterlab", "--no-browser", "--allow-root", f"--port={port}"]
    settings = [f"--ServerApp.root_dir={folder}", "--IdentityProvider.token="]
    with serving([*command, *settings], "is running at", folder.parent) as _:
        page = visit(f"http://127.0.0.1:{port}/lab/tree/{name}", ready=".jp-Cell .cm-content")
        # A cell that is run before the kernel has answered is lost.
        expect(page.locator("#jp-main-statusbar")).to_contain_text("| Idle")
        page.locator(".jp-Cell .cm-content").first.click()
        for cell in range(cells):
            page.keyboard.press("Shift+Enter")
            prompt = page.locator(".jp-Cell .jp-InputPrompt").nth(cell)
            expect(prompt).to_have_text(re.compile(r"\[[\d*]\]"))
        try:
            yield page
        finally:
            page.goto("about:blank")  # it would complain about the server that ends


def written(place: Path, *codes: str) -> Path:
    """A folder with a notebook of these cells."""
    folder = place / "notebooks"
    folder.mkdir()
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cells = [nbformat.v4.new_code_cell(code) for code in codes]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(notebook, folder / "cells.ipynb")
    return folder


def test_the_step_table_in_jupyterlab(visit: Callable[..., Page], tmp_path: Path) -> None:
    folder = tmp_path / "notebooks"
    folder.mkdir()
    shutil.copy(TOP / "app.ipynb", folder)
    with in_lab(visit, folder, 2) as page:
        go(page, "loss")
        page.get_by_role("group", name="Steps").get_by_role("button").last.click()
        mean = page.locator('td[data-group="mean_loss"]')
        expect(mean).to_have_text("1.8045")
        page.locator('td[data-group="acts"]').first.focus()
        page.keyboard.press("5")
        page.keyboard.press("Enter")
        expect(mean).not_to_have_text("1.8045")
        expect(page.locator('td[data-group="acts"]').first).to_have_text("5.0000")
        assert re.search(r"lesson=loss", page.url)


OWN = """import numpy as np
from IPython.display import display
from petwidgets import ConfusionPanel, LossPanel

acts, targ = np.array([[2.0, 1.0, 0.0], [0.0, 3.0, 1.0], [1.0, 0.0, 0.5]]), np.array([0, 1, 2])
rows, vocab = np.exp(acts) / np.exp(acts).sum(1, keepdims=True), ["cat", "dog", "hen"]
display(ConfusionPanel(probabilities=rows, targets=targ, vocab=vocab))
display(LossPanel(activations=acts, targets=targ, vocab=vocab))"""


def test_panels_on_arrays_of_ones_own_in_jupyterlab(
    visit: Callable[..., Page], tmp_path: Path
) -> None:
    with in_lab(visit, written(tmp_path, OWN), 1) as page:
        expect(page.get_by_text("From your arrays: wrong on 1 of 3 rows: 33.3 %")).to_be_visible()
        expect(page.locator(".petwidgets-matrix .heatmaplayer").first).to_be_attached()
        expect(page.get_by_label("Run", exact=True)).to_have_count(0)
        expect(page.get_by_text("From your arrays: 3 rows of 3 activations.")).to_be_visible()
        page.get_by_role("group", name="Steps").get_by_role("button").last.click()
        loss = -np.log([0.66524096, 0.84379473, 0.30719589]).mean()
        expect(page.locator('td[data-group="mean_loss"]')).to_have_text(f"{loss:.4f}")


TWO = """from petwidgets import PetLab
first = PetLab()
first"""
SECOND = """second = PetLab()
second.show("questions")
second"""


def test_the_app_in_a_narrow_notebook_beside_another(
    visit: Callable[..., Page], tmp_path: Path
) -> None:
    with in_lab(visit, written(tmp_path, TWO, SECOND), 1) as page:
        page.set_viewport_size({"width": 1600, "height": 720})
        first = page.locator(".petwidgets-app").first
        chapters = first.get_by_role("navigation", name="Chapters")
        expect(chapters).to_be_visible()
        first.get_by_role("button", name="a cat of no breed").click()
        expect(first.locator(".petwidgets-answer")).to_be_in_viewport()
        go(page, "train")
        first.get_by_role("button", name="Start").click()
        expect(first.get_by_role("button", name="Stop")).to_be_in_viewport()
        first.get_by_role("button", name="Stop").click()
        page.set_viewport_size({"width": 900, "height": 720})
        expect(chapters).to_be_hidden()
        stage = first.locator(".petwidgets-stage").bounding_box()
        above = first.locator(".petwidgets-chapters").bounding_box()
        assert stage
        assert above
        assert stage["y"] >= above["y"] + above["height"], "the chapters are above, folded"
        assert stage["width"] >= above["width"] - 1
        page.set_viewport_size({"width": 1600, "height": 720})
        # Another app opens where it was told to, not where the address says the first one is.
        page.locator(".jp-Cell .cm-content").nth(1).click()
        page.keyboard.press("Shift+Enter")
        expect(page.get_by_role("heading", name="The 23 questions")).to_be_visible()
