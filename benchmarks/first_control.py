"""How soon a page can be used under Voila: the app against a bare ipywidgets notebook, in turn.

    python benchmarks/first_control.py [--rounds 7]

Both are served by `voila` on 127.0.0.1 and opened in Chromium. Also prints what the app's kernel
weighs, and whether torch is in it. Prints one JSON line.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import nbformat
import psutil
from playwright.sync_api import Browser, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

TOP = Path(__file__).parents[1]
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
BARE = "import ipywidgets as widgets\nwidgets.Button(description='Ready')"


@contextmanager
def voila(notebook: Path, home: str) -> Iterator[tuple[str, int]]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    command = [sys.executable, "-m", "voila", str(notebook), "--no-browser", f"--port={port}"]
    process = subprocess.Popen(
        command, stderr=subprocess.DEVNULL, env={**os.environ, "PETWIDGETS_HOME": home}
    )
    try:
        connected = False
        while not connected:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                connected = True
        yield f"http://127.0.0.1:{port}/", process.pid
    finally:
        process.terminate()
        process.wait()


def seconds_to(browser: Browser, url: str, control: str) -> float:
    page = browser.new_page()
    began = time.perf_counter()
    page.goto(url)
    page.locator(control).first.wait_for(state="visible", timeout=60_000)
    seconds = time.perf_counter() - began
    page.close()
    return seconds


def kernel_of(browser: Browser, url: str, pid: int) -> dict[str, Any]:
    page = browser.new_page()
    page.goto(url)
    for key, name in (("browse", "Look at the data"), ("train", "Train a model")):
        page.evaluate("key => { location.hash = `lesson=${key}`; }", key)
        page.locator(".petwidgets-title", has_text=name).wait_for()
    kernel = psutil.Process(pid).children()[-1]
    torch = any("torch" in part.path for part in kernel.memory_maps())
    weight = {"kernel_mb": round(kernel.memory_info().rss / 1e6), "torch_in_kernel": torch}
    page.close()
    return weight


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        bare = Path(folder) / "bare.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(BARE)]), bare)
        path = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        with voila(bare, folder) as (plain, _), voila(TOP / "app.ipynb", folder) as (app, pid):
            pairs = [
                (
                    seconds_to(browser, plain, "button:has-text('Ready')"),
                    seconds_to(browser, app, ".petwidgets-upload-choose"),
                )
                for _ in range(options.rounds + 1)
            ][1:]
            weight = kernel_of(browser, app, pid)
    result = {
        "rounds": options.rounds,
        "bare_s": round(median(b for b, _ in pairs), 2),
        "app_s": round(median(a for _, a in pairs), 2),
        "ratio": round(median(a / b for b, a in pairs), 2),
        **weight,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
