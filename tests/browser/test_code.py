"""No visitor runs code of their own: pages speak with widgets, and with nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import websocket
from stranger import V1, Stranger

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where code would write."""
    folder = tmp_path / "written"
    folder.mkdir()
    return folder


def test_served_page_runs_no_code(server: str, folder: Path) -> None:
    stranger = Stranger(server, V1)
    assert stranger.run_code(folder) == set()
    assert stranger.widgets() > 10


def test_served_page_refuses_the_form_in_which_voila_hangs(server: str) -> None:
    with pytest.raises(websocket.WebSocketBadStatusException, match="400"):
        Stranger(server)


def test_bare_voila_runs_no_code(bare: tuple[str, subprocess.Popen[str]], folder: Path) -> None:
    assert Stranger(bare[0]).run_code(folder) == set()
    stranger = Stranger(bare[0], V1)
    assert stranger.run_code(folder) == set()
    assert stranger.widgets() > 10  # a connection that carries nothing would pass, too
