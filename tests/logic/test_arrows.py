"""Imports go one way, and the page's kernel stays light."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "petwidgets"

BASE = {
    "problem",
    "formatting",
    "home",
    "kinds",
    "limits",
    "log",
    "names",
    "oserrors",
    "processes",
    "recipes",
}
STORES = BASE | {"data", "lessons", "events", "ownership", "runs"}
ALLOWED = {
    "problem": set(),
    "formatting": set(),
    "home": {"problem"},
    "kinds": set(),
    "log": {"home", "problem"},
    "leftovers": {"home"},
    "names": set(),
    "oserrors": {"problem"},
    "processes": set(),
    "recipes": {"formatting", "kinds", "problem"},
    "limits": {"problem"},
    "data": BASE | {"ownership"},
    "lessons": BASE | {"data"},
    "events": BASE,
    "ownership": BASE,
    "runs": BASE | {"events", "ownership"},
    "quota": STORES,
    "claims": STORES,
    "parcel": BASE,
    "exchange": STORES | {"claims", "leftovers", "parcel"},
    "replay": STORES,
    "machine": {"problem"},
    "watch": {"formatting", "machine", "problem"},
    "learning": STORES | {"leftovers", "machine"},
    "worker": STORES | {"watch"},
    "faults": {"problem"},
    "waiting": STORES,
    "training": STORES | {"faults", "waiting", "worker"},
    "supervised": BASE,
    "quickline": {"limits", "problem"},
    "engine": STORES | {"worker", "faults", "supervised", "training", "quickline"},
    "arrivals": set(),
    "visits": STORES | {"arrivals"},
    "asking": {"engine"},
    "photographs": STORES | {"visits"},
    "interpreting": STORES | {"visits"},
    "searches": STORES,
    "cleaning": STORES | {"interpreting", "searches"},
    "shelf": STORES | {"exchange", "quota", "visits"},
    "trainings": STORES
    | {
        "engine",
        "photographs",
        "interpreting",
        "quota",
        "replay",
        "searches",
        "shelf",
        "training",
        "visits",
    },
    "session": STORES | {"cleaning", "engine", "trainings", "visits"},
    "ui": STORES | {"engine", "session"},
    "panels": STORES
    | {
        "asking",
        "engine",
        "exchange",
        "faults",
        "parcel",
        "interpreting",
        "replay",
        "session",
        "ui",
    },
    "app": STORES | {"engine", "learning", "session", "ui", "panels"},
    "server": {"arrivals", "formatting", "home", "limits", "problem", "processes"},
    "serve": STORES | {"arrivals", "engine", "leftovers", "server", "supervised", "visits"},
    "doctor": STORES,
    "commands": STORES | {"exchange", "learning", "leftovers", "serve", "server", "doctor"},
    "cli": STORES | {"commands", "server", "visits"},
    "__init__": {"app", "panels", "problem"},
    "__main__": {"cli"},
}
WIDGETS = {"ipywidgets", "anywidget", "traitlets", "plotly", "IPython"}
TORCH = {"torch", "torchvision", "fastai", "fastcore", "timm"}


def room(path: Path) -> str:
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


FILES = sorted(PACKAGE.rglob("*.py"))


def test_every_room_is_known() -> None:
    assert {room(path) for path in FILES} == set(ALLOWED)


def test_imports_go_one_way() -> None:
    wrong = []
    for path in FILES:
        own = room(path)
        for name in imports(path):
            parts = name.split(".")
            if parts[0] == "petwidgets" and len(parts) > 1 and parts[1] != "__version__":
                target = parts[1]
                if target != own and target not in ALLOWED[own]:
                    wrong.append(f"{path.relative_to(PACKAGE)} imports {name}")
    assert not wrong


def test_only_learning_imports_torch_and_nobody_imports_learning_at_module_level() -> None:
    wrong = [
        f"{path.relative_to(PACKAGE)} imports {name}"
        for path in FILES
        if room(path) != "learning"
        for name in imports(path, top_only=True)
        if name.split(".")[0] in TORCH or name.startswith("petwidgets.learning")
    ]
    assert not wrong


def test_the_core_imports_no_widgets() -> None:
    wrong = [
        f"{path.relative_to(PACKAGE)} imports {name}"
        for path in FILES
        if room(path) in STORES | {"claims", "exchange", "learning", "parcel", "replay", "worker"}
        for name in imports(path)
        if name.split(".")[0] in WIDGETS
    ]
    assert not wrong


def test_panels_import_no_panels() -> None:
    for path in (PACKAGE / "panels").glob("*.py"):
        if path.stem != "__init__":
            assert not {n for n in imports(path) if n.startswith("petwidgets.panels")}, path.name


def test_the_whole_app_is_built_without_torch_plotly_and_dask() -> None:
    code = (
        "import sys; from petwidgets import PetLab; lab = PetLab(); [*lab.panels.values()];"
        "print(sorted({'torch', 'fastai', 'timm', 'plotly', 'distributed'} & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
