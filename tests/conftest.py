"""Fixtures that every level shares: the real photographs, and a home of one's own."""

import os
from pathlib import Path

import pytest

REAL = Path(os.environ.get("PETWIDGETS_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))


@pytest.fixture(scope="session")
def real() -> Path:
    """The folder of real photographs; tests that need it skip, saying so, where it is absent."""
    if not (REAL / "pets-512" / "images").is_dir():
        pytest.skip(f"no real photographs at {REAL}; set PETWIDGETS_TEST_DATA to their folder")
    return REAL


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home that no other test and no person uses."""
    folder = tmp_path / "home"
    monkeypatch.setenv("PETWIDGETS_HOME", str(folder))
    return folder
