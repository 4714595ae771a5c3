"""The code folds import a name from where it is public, if it is."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import petwidgets

PACKAGE = Path(petwidgets.__path__[0])
IMPORT = re.compile(r"from petwidgets\.[\w.]+ import ([\w, ]+)")


def texts(path: Path) -> str:
    """What stands in the strings of a module, that is the code that it writes."""
    tree = ast.parse(path.read_text("utf-8"))
    strings = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)]
    return "\n".join(text for text in strings if isinstance(text, str))


def test_folds_import_public_names_where_there_are_some() -> None:
    found = {
        f"{path.relative_to(PACKAGE)}: {name}"
        for path in PACKAGE.rglob("*.py")
        for names in IMPORT.findall(texts(path))
        for name in names.split(", ")
        if name in petwidgets.__all__
    }
    assert found == set()


def test_the_version_is_that_which_is_installed() -> None:
    assert petwidgets.__version__ == version("petwidgets")


def test_every_process_that_imports_the_package_is_spared_the_metadata() -> None:
    code = "import sys, petwidgets; print('importlib.metadata' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"
