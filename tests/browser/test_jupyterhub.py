"""A hub with the configuration of docs/jupyterhub.md."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import psutil
import pytest
from driving import give
from eventually import words_of
from playwright.sync_api import expect
from servers import TOP, free_port, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytest.importorskip("jupyterhub", reason="no jupyterhub here, which does not run on Windows")

PROXY = "configurable-http-proxy"
"""Of npm; the one of pip, 0.4, spoils uploads: it passes binary messages on as text."""


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[tuple[str, psutil.Process]]:
    """The hub; its address and process. Users' homes are in `tmp_path`."""
    proxy = shutil.which(PROXY) or shutil.which(PROXY, path=TOP / "node_modules" / ".bin")
    if proxy is None:
        pytest.skip(f"no {PROXY} here: npm install {PROXY}")
    url = f"http://127.0.0.1:{free_port()}"
    settings = {
        "JupyterHub.bind_url": url,
        "JupyterHub.hub_port": free_port(),
        "JupyterHub.db_url": f"sqlite:///{tmp_path}/hub.sqlite",
        "JupyterHub.cookie_secret_file": tmp_path / "cookie_secret",
        "ConfigurableHTTPProxy.command": proxy,
        "ConfigurableHTTPProxy.api_url": f"http://127.0.0.1:{free_port()}",
        "ConfigurableHTTPProxy.pid_file": tmp_path / "proxy.pid",
        "SimpleLocalProcessSpawner.home_dir_template": tmp_path / "{username}",
    }
    if os.geteuid() == 0:
        settings["Spawner.args"] = "--allow-root"
    command = ["jupyterhub", "-f", "docs/jupyterhub_config.py"]
    command += [f"--{key}={value}" for key, value in settings.items()]
    with serving(command, "JupyterHub is now running", tmp_path / "nobody") as process:
        yield url, psutil.Process(process.pid)


@pytest.fixture
def log_in(hub: tuple[str, psutil.Process], browser: Browser) -> Iterator[Callable[[str], Page]]:
    """Opens the hub for a user, and waits for the page that it leads to."""
    contexts = []

    def open_page(user: str) -> Page:
        contexts.append(browser.new_context())
        page = contexts[-1].new_page()
        page.goto(hub[0])
        page.get_by_label("Username").fill(user)
        page.get_by_label("Password").fill("anything")
        page.get_by_role("button", name="Sign in").click()
        page.locator(".petwidgets-title").wait_for(timeout=60_000)
        assert f"/user/{user}/voila/render/app.ipynb" in page.url
        return page

    yield open_page
    for context in contexts:
        context.close()


def kernels(hub: psutil.Process) -> list[psutil.Process]:
    found = hub.children(recursive=True)
    return [one for one in found if "ipykernel_launcher" in " ".join(words_of(one))]


def test_each_user_has_a_page_and_none_gets_at_another(
    hub: tuple[str, psutil.Process], log_in: Callable[[str], Page], real: Path, tmp_path: Path
) -> None:
    url, process = hub
    ada, grace = log_in("ada"), log_in("grace")
    homes = {kernel.environ()["HOME"] for kernel in kernels(process)}
    assert homes == {str(tmp_path / "ada"), str(tmp_path / "grace")}

    give(ada, min((real / "pets-original" / "images").glob("beagle_*.jpg")))
    expect(ada.locator(".petwidgets-answer")).to_contain_text("beagle")
    seen = ada.get_by_alt_text("What the network saw of it")
    assert seen.evaluate("image => image.naturalWidth") == 320
    expect(grace.locator(".petwidgets-answer")).to_have_count(0)

    assert grace.request.get(f"{url}/user/grace/api/kernels").ok
    for path in ("voila/render/app.ipynb", "lab", "api/kernels", "api/contents/app.ipynb"):
        assert ada.request.get(f"{url}/user/grace/{path}").status == 403
    [kernel] = grace.request.get(f"{url}/user/grace/api/kernels").json()
    channels = f"{url}/user/grace/api/kernels/{kernel['id']}/channels".replace("http", "ws")
    opened = """address => new Promise(resolve => {
        const socket = new WebSocket(address);
        socket.onopen = () => resolve(true);
        socket.onerror = () => resolve(false);
    })"""
    assert grace.evaluate(opened, channels)
    assert not ada.evaluate(opened, channels)


def test_nobody_gets_in_without_a_name(hub: tuple[str, psutil.Process], browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"{hub[0]}/user/ada/voila/render/app.ipynb")
    assert "/hub/login" in page.url
    page.close()
    assert kernels(hub[1]) == []
