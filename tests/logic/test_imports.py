"""Imports: the page's kernel stays light. That they go one way `lint-imports` checks."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PACKAGE = Path(__file__).parents[2] / "petwidgets"
FILES = sorted(PACKAGE.rglob("*.py"))
SEEN = {"app", "cli", "panels", "server", "session", "widgets"}
"""Packages of the page; all others work without a browser."""

WIDGETS = {"ipywidgets", "anywidget", "traitlets", "plotly", "IPython"}
TORCH = {"torch", "torchvision", "fastai", "fastcore", "timm"}


def package(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path, *, top_only: bool = False) -> set[str]:
    """Dotted names that a file imports; those in `if TYPE_CHECKING` are no imports."""
    tree = ast.parse(path.read_text("utf-8"))
    typing_only = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    nodes = tree.body if top_only else ast.walk(tree)
    found = set()
    for node in nodes:
        if node in typing_only:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_few_files_lie_outside_a_package() -> None:
    flat = {path.name for path in PACKAGE.glob("*.py")}
    assert flat == {"__init__.py", "__main__.py", "app.py", "worker.py"}


def test_only_learning_imports_torch_and_nobody_imports_learning_at_module_level() -> None:
    wrong = [
        f"{path.relative_to(PACKAGE)} imports {name}"
        for path in FILES
        if package(path) != "learning"
        for name in imports(path, top_only=True)
        if name.split(".")[0] in TORCH or name.startswith("petwidgets.learning")
    ]
    assert not wrong


def with_theirs(names: set[str]) -> set[str]:
    """Distributions, and those that they require in turn."""
    found: set[str] = set()
    while names:
        name = names.pop()
        if name in found:
            continue
        found.add(name)
        try:
            parts = [Requirement(part) for part in requires(name) or []]
        except PackageNotFoundError:
            continue
        wanted = [one for one in parts if not one.marker or one.marker.evaluate({"extra": ""})]
        names |= {canonicalize_name(one.name) for one in wanted}
    return found


def test_an_install_without_torch_has_what_is_imported() -> None:
    tomllib = pytest.importorskip("tomllib", reason="Python 3.11 reads pyproject.toml")
    project = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text("utf-8"))["project"]
    light = project["dependencies"] + project["optional-dependencies"]["app"]
    installed = with_theirs({canonicalize_name(Requirement(one).name) for one in light})
    known = packages_distributions()
    wrong = [
        f"{path.relative_to(PACKAGE)} imports {root}"
        for path in FILES
        if package(path) != "learning"
        for root in {name.split(".")[0] for name in imports(path, top_only=True)}
        if root not in sys.stdlib_module_names | {"petwidgets", "__future__"}
        and not installed & {canonicalize_name(name) for name in known.get(root, [root])}
    ]
    assert not wrong


def test_what_works_without_a_page_imports_no_widgets() -> None:
    wrong = [
        f"{path.relative_to(PACKAGE)} imports {name}"
        for path in FILES
        if package(path) not in SEEN
        for name in imports(path)
        if name.split(".")[0] in WIDGETS
    ]
    assert not wrong


def test_the_whole_app_is_built_without_torch_plotly_and_dask() -> None:
    code = (
        "import sys; from petwidgets import app; app.DRAWS = False; lab = app.PetLab();"
        "[*lab.panels.values()];"
        "print(sorted({'torch', 'fastai', 'timm', 'plotly', 'distributed'} & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
