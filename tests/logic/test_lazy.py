"""A package that waits to be used is one that is imported as ever, later."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

WAITS = """
import importlib, sys
from petwidgets.common.lazy_import import load_at_first_use
load_at_first_use("heavy")
load_at_first_use("missing")
"""
USES = {
    "import heavy": "waits",
    "importlib.import_module('heavy')": "waits",
    "import heavy; bool(heavy); heavy.__name__": "waits",
    "import heavy; heavy.value": "loaded",
    "from heavy import value": "loaded",
    "from heavy import part": "loaded",
    "import heavy.part; heavy.part.value": "loaded",
    "from heavy.part import value": "loaded",
    "import heavy; heavy.value; load_at_first_use('heavy'); import heavy; heavy.part": "loaded",
}


@pytest.fixture
def heavy(tmp_path: Path) -> Path:
    folder = tmp_path / "heavy"
    folder.mkdir()
    (folder / "__init__.py").write_text("from heavy import part\nvalue = part.value\n")
    (folder / "part.py").write_text("value = 1\n")
    return tmp_path


@pytest.mark.parametrize(("use", "then"), USES.items())
def test_a_package_waits_until_it_is_used(heavy: Path, use: str, then: str) -> None:
    told = "print('value' in vars(sys.modules['heavy']), 'missing' in sys.modules)"
    code = f"import sys; sys.path.insert(0, {str(heavy)!r}){WAITS}{use}\n{told}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout.split(), done.stderr) == ([str(then == "loaded"), "False"], "")
