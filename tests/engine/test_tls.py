"""An engine behind TLS, as docs/gpu-machine.md has it: certificates are let in, nobody else."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from heard import PATIENCE

from petwidgets.engine.supervisor import supervised

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS = Path(__file__).parents[2] / "docs"
PAGE = """
import sys, time
from petwidgets.engine.client import Engine
from petwidgets.jobs.process import process_id

engine = Engine(sys.argv[1])
late = time.monotonic() + float(sys.argv[2])
future = engine.quick(process_id)
while future.exception() and time.monotonic() < late:
    future = engine.quick(process_id)
print(future.exception() or future.result())
engine.close()
"""


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment with certificates."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl on this machine, which makes the certificates")
    folder = tmp_path_factory.mktemp("certificates")
    script = [str(DOCS / "certificates.sh"), str(folder), "DNS:localhost,IP:127.0.0.1"]
    subprocess.run(["sh", *script], check=True, capture_output=True)
    own = {"cert": str(folder / "cert.pem"), "key": str(folder / "key.pem")}
    tls = {"ca-file": str(folder / "ca.pem"), "scheduler": own, "worker": own, "client": own}
    comm = {"require-encryption": True, "tls": tls}
    (folder / "dask.yaml").write_text(json.dumps({"distributed": {"comm": comm}}))
    return {"DASK_CONFIG": str(folder)}


@pytest.fixture(scope="module")
def address(certified: dict[str, str], own_home: Path) -> Iterator[str]:
    """A scheduler and a worker that speak TLS."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        place = f"127.0.0.1:{free.getsockname()[1]}"
    dask = [sys.executable, "-m", "dask"]
    common = ["--host", "127.0.0.1", "--protocol", "tls", "--no-dashboard"]
    scheduler = ["scheduler", *common, "--port", place.split(":")[1]]
    scheduler += ["--dashboard-address", "127.0.0.1:0"]
    worker = ["worker", f"tls://{place}", *common, "--preload", "petwidgets.engine.worker"]
    with ExitStack() as stack:
        for command in (scheduler, worker):
            stack.enter_context(supervised([*dask, *command], certified))
        yield place


def ask(
    address: str, environment: dict[str, str], seconds: float, monkeypatch: pytest.MonkeyPatch
) -> str:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    command = [sys.executable, "-c", PAGE, address, str(seconds)]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True)
    return answer.stdout.strip()


def test_engine_behind_tls_answers_those_with_a_certificate(
    address: str, certified: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert int(ask(f"tls://{address}", certified, PATIENCE / 2, monkeypatch)) > 1
    # It is up now, so that what follows is a refusal.
    for scheme in ("tls", "tcp"):
        monkeypatch.delenv("DASK_CONFIG")
        refused = ask(f"{scheme}://{address}", {}, 0, monkeypatch)
        assert refused.startswith(f"The engine at {scheme}://{address} does not answer"), refused
        monkeypatch.setenv("DASK_CONFIG", certified["DASK_CONFIG"])
