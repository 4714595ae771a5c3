"""The same notebook in JupyterLab."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

from playwright.sync_api import expect
from servers import TOP, free_port, serving

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page


def test_the_step_table_in_jupyterlab(visit: Callable[..., Page], tmp_path: Path) -> None:
    port, folder = free_port(), tmp_path / "notebooks"
    folder.mkdir()
    shutil.copy(TOP / "app.ipynb", folder)
    command = ["jupyterlab", "--no-browser", "--allow-root", f"--port={port}"]
    settings = [f"--ServerApp.root_dir={folder}", "--IdentityProvider.token="]
    with serving([*command, *settings], "is running at", tmp_path) as _:
        page = visit(f"http://127.0.0.1:{port}/lab/tree/app.ipynb", ready=".jp-Cell .cm-content")
        # A cell that is run before the kernel has answered is lost.
        expect(page.locator("#jp-main-statusbar")).to_contain_text("| Idle")
        page.locator(".jp-Cell .cm-content").first.click()
        for cell in range(2):
            page.keyboard.press("Shift+Enter")
            prompt = page.locator(".jp-Cell .jp-InputPrompt").nth(cell)
            expect(prompt).to_have_text(re.compile(r"\[[\d*]\]"))
        page.locator('[data-lesson="loss"]').click()
        page.get_by_role("group", name="Steps").get_by_role("button").last.click()
        mean = page.locator('td[data-group="mean_loss"]')
        expect(mean).to_have_text("1.8045")
        page.locator('td[data-group="acts"]').first.focus()
        page.keyboard.press("5")
        page.keyboard.press("Enter")
        expect(mean).not_to_have_text("1.8045")
        expect(page.locator('td[data-group="acts"]').first).to_have_text("5.0000")
        assert re.search(r"lesson=loss", page.url)
        page.goto("about:blank")
