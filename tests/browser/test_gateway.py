"""Pages here, kernels behind a Jupyter kernel gateway, as docs/gpu-machine.md has it."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import psutil
import pytest
import requests
from driving import choose_folder, give, kernel_of
from eventually import words_of
from playwright.sync_api import expect
from servers import TOP, free_port, serving
from stranger import V1, Stranger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Page

PATIENCE = 60
READY = "Voil\N{LATIN SMALL LETTER A WITH GRAVE} is running"
GATEWAY = "jupyter_server.gateway"
CONFIGURED = ["--Voila.config_file_paths=docs/gateway"]
BY_FLAGS = [
    f"--VoilaConfiguration.multi_kernel_manager_class={GATEWAY}.managers.GatewayMappingKernelManager",
    f"--VoilaConfiguration.kernel_spec_manager_class={GATEWAY}.managers.GatewayKernelSpecManager",
    f"--Voila.kernel_websocket_connection_class={GATEWAY}.connections.GatewayWebSocketConnection",
]
"""Jupyter's own classes: why docs/gateway/voila.py has others."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The certificates' folder."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl on this machine, which makes the certificates")
    folder = tmp_path_factory.mktemp("certificates")
    script = TOP / "docs" / "certificates.sh"
    subprocess.run(["sh", script, folder, "DNS:localhost,IP:127.0.0.1"], check=True)
    return folder


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pytest.MonkeyPatch]:
    """Of both servers; undone at the end."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
        yield patch


@pytest.fixture(scope="module")
def gateway(
    folder: Path, environment: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, psutil.Process]]:
    """A gateway that lets in who has a certificate; its address and process."""
    port = free_port()
    settings = {
        "KernelGatewayApp.ip": "127.0.0.1",
        "KernelGatewayApp.port": port,
        "KernelGatewayApp.certfile": folder / "cert.pem",
        "KernelGatewayApp.keyfile": folder / "key.pem",
        "KernelGatewayApp.client_ca": folder / "ca.pem",
        "KernelGatewayApp.env_process_whitelist": "PETWIDGETS_HOME",
        "MappingKernelManager.cull_idle_timeout": 10,
        "MappingKernelManager.cull_interval": 1,
    }
    command = ["kernel_gateway", *(f"--{key}={value}" for key, value in settings.items())]
    command += ["--KernelGatewayApp.env_process_whitelist=PETWIDGETS_VISITORS"]
    environment.setenv("PETWIDGETS_VISITORS", "1")
    home = tmp_path_factory.mktemp("far")
    with serving(command, "is available at", home) as process:
        environment.delenv("PETWIDGETS_VISITORS")  # it is to come from the gateway
        yield f"https://127.0.0.1:{port}", psutil.Process(process.pid)


@pytest.fixture(scope="module")
def certified(
    gateway: tuple[str, psutil.Process], folder: Path, environment: pytest.MonkeyPatch
) -> pytest.MonkeyPatch:
    """An environment from which the gateway is reached."""
    environment.setenv("JUPYTER_GATEWAY_URL", gateway[0])
    environment.setenv("JUPYTER_GATEWAY_CA_CERTS", str(folder / "ca.pem"))
    environment.setenv("JUPYTER_GATEWAY_CLIENT_CERT", str(folder / "cert.pem"))
    environment.setenv("JUPYTER_GATEWAY_CLIENT_KEY", str(folder / "key.pem"))
    return environment


def voila(*options: str) -> tuple[str, list[str]]:
    port = free_port()
    command = ["voila", "app.ipynb", "--no-browser", f"--port={port}", *options]
    return f"http://127.0.0.1:{port}/", command


@pytest.fixture(scope="module")
def page_server(
    certified: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, psutil.Process]]:
    """Voila with kernels behind the gateway; its address and process."""
    near = tmp_path_factory.mktemp("near")
    url, command = voila(*CONFIGURED)
    with serving(command, READY, near) as process:
        yield url, psutil.Process(process.pid)


def process_of(gateway: psutil.Process, page: Page) -> psutil.Process:
    identity = kernel_of(page)
    [kernel] = [one for one in gateway.children() if identity in " ".join(words_of(one))]
    return kernel


def test_page_works_with_its_kernel_behind_the_gateway(
    gateway: tuple[str, psutil.Process],
    page_server: tuple[str, psutil.Process],
    visit: Callable[..., Page],
    real: Path,
    tmp_path: Path,
) -> None:
    url, server = page_server
    page = visit(url)
    kernel = process_of(gateway[1], page)
    assert server.children(recursive=True) == []
    give(page, min((real / "pets-original" / "images").glob("pug_*.jpg")))
    expect(page.locator(".petwidgets-answer")).to_have_text(re.compile(r"^pug, \d+\.\d %$"))
    seen = page.get_by_alt_text("What the network saw of it")
    assert seen.evaluate("image => image.naturalWidth") == 320
    choose_folder(page, tmp_path)
    expect(page.locator(".petwidgets-problem")).to_contain_text("reads no folder of their choice")
    family = [kernel, *kernel.children(recursive=True)]
    assert len(family) > 1
    page.context.close()
    assert psutil.wait_procs(family, timeout=PATIENCE)[1] == []


def test_no_visitor_runs_code_behind_the_gateway(
    page_server: tuple[str, psutil.Process], tmp_path: Path
) -> None:
    written = tmp_path / "written"
    written.mkdir()
    stranger = Stranger(page_server[0], V1)
    assert stranger.run_code(written) == set()
    assert stranger.widgets() > 10
    with pytest.raises(ConnectionError):
        Stranger(page_server[0]).run_code(written)  # the older form is not spoken at all
    assert list(written.iterdir()) == []


def test_classes_of_jupyter_let_code_through(certified: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whether docs/gateway/voila.py is still needed; and that the test before can fail."""
    url, command = voila(*BY_FLAGS)
    written = tmp_path / "written"
    written.mkdir()
    with serving(command, READY, tmp_path / "near"):
        assert Stranger(url).run_code(written, "plain") == {"plain"}


def test_gateway_refuses_who_has_no_certificate(
    gateway: tuple[str, psutil.Process],
    certified: pytest.MonkeyPatch,
    folder: Path,
    tmp_path: Path,
) -> None:
    kernels, ca = f"{gateway[0]}/api/kernelspecs", str(folder / "ca.pem")
    pair = (str(folder / "cert.pem"), str(folder / "key.pem"))
    assert requests.get(kernels, verify=ca, cert=pair, timeout=PATIENCE).ok
    with pytest.raises(requests.ConnectionError):
        requests.get(kernels, verify=ca, timeout=PATIENCE)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("JUPYTER_GATEWAY_CLIENT_CERT")
        patch.delenv("JUPYTER_GATEWAY_CLIENT_KEY")
        url, command = voila(*CONFIGURED)
        before = {*gateway[1].children()}  # some of which end by themselves
        with serving(command, READY, tmp_path):
            assert not requests.get(url, timeout=PATIENCE).ok
        assert {*gateway[1].children()} <= before
