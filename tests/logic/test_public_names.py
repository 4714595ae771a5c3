"""The code folds import a name from where it is public, if it is."""

from __future__ import annotations

import ast
import re
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
