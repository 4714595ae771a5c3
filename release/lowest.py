#!/usr/bin/env python3
"""Test the lowest versions that `pyproject.toml` admits: a light install, without torch.

`pip install uv`, then `python release/lowest.py [--python 3.11] [--keep FOLDER] [TEST ...]`. uv
resolves the lowest release of each dependency that is named, and the newest of those that are not.
Tests of a light install then run in that environment; those of `TESTS`, unless others are given.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
TESTS = (
    "tests/inference/test_without_torch.py",
    "tests/inference/test_other_data.py",
    "tests/logic/test_archive.py",
    "tests/logic/test_dataset.py",
    "tests/logic/test_decoding.py",
    "tests/logic/test_exchange.py",
    "tests/logic/test_imports.py",
    "tests/logic/test_lazy.py",
    "tests/logic/test_photo.py",
    "tests/logic/test_regex_parts.py",
    "tests/logic/test_runs.py",
    "tests/panels/test_classify.py",
    "tests/panels/test_charts.py",
)
"""Tests that need neither torch nor a browser, and together touch every dependency."""

TOOLS = ("pytest", "pytest-timeout", "hypothesis", "scikit-learn")
"""What these tests take beside the light install, by the bounds of `pyproject.toml`."""


def bounds(names: tuple[str, ...]) -> list[str]:
    """The requirements of these packages, as an extra has them."""
    import tomllib

    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    every = [one for extra in extras.values() for one in extra]
    found = {name: one for name in names for one in every if one.startswith(f"{name}>")}
    return [found[name] for name in names]


def install(place: Path, python: str) -> Path:
    """Make an environment with the lowest versions; return its interpreter.

    Raises:
        subprocess.CalledProcessError: a bound can't be resolved, or installed.
    """
    uv = [sys.executable, "-m", "uv"]
    subprocess.run([*uv, "venv", "--quiet", "--clear", "--python", python, place], check=True)
    interpreter = place / ("Scripts" if os.name == "nt" else "bin") / "python"
    lowest = ["pip", "install", "--python", interpreter, "--resolution", "lowest-direct"]
    given = ["-r", ROOT / "pyproject.toml", "--extra", "app", *bounds(TOOLS)]
    subprocess.run([*uv, *lowest, *given], check=True)
    return interpreter


def main() -> int:
    """Install, say what was installed, test; return the status of the tests."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--python", default="3.11")
    parser.add_argument("--keep", type=Path, help="a folder for the environment, which then stays")
    parser.add_argument("tests", nargs="*", default=TESTS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        interpreter = install(options.keep or Path(folder, "venv"), options.python)
        command = [interpreter, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options.tests]
        return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
