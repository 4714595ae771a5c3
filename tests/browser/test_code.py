"""No visitor runs code of their own: pages speak with widgets, and with nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
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


@pytest.mark.parametrize("protocols", [(), (V1,)], ids=["old", "new"])
def test_served_page_runs_no_code(server: str, folder: Path, protocols: tuple[str, ...]) -> None:
    stranger = Stranger(server, *protocols)
    assert stranger.run_code(folder) == set()
    assert stranger.widgets() > 10


def test_bare_voila_runs_no_code(bare: tuple[str, subprocess.Popen[str]], folder: Path) -> None:
    stranger = Stranger(bare[0])
    assert stranger.run_code(folder) == set()
    assert stranger.widgets() > 10
