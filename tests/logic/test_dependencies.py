"""Each dependency has a reason, and each import a dependency."""

from __future__ import annotations

import ast
import importlib.util
import sys
from importlib.metadata import packages_distributions, requires
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("tomllib", reason="Python 3.11 brings it")

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def dependencies() -> Any:
    spec = importlib.util.spec_from_file_location("listing", ROOT / "release" / "dependencies.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


HEAVY = ("learning", "bench")
"""Folders whose code runs where the extra `train` is installed."""

T_SNE = ("sklearn", "threadpoolctl")
"""What the map by t-SNE takes; without them the page says what to install."""

LIGHT_MB = 450
"""Of installed files, without compiled Python: an environment of the light install has 0.64 GB."""


def imported(without: tuple[str, ...] = ()) -> dict[str, set[str]]:
    """Modules of others that the package imports anywhere, each with the files that do."""
    found: dict[str, set[str]] = {}
    package = ROOT / "petwidgets"
    for file in package.rglob("*.py"):
        if file.relative_to(package).parts[0] in without:
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            for name in names:
                found.setdefault(name.partition(".")[0], set()).add(file.name)
    own = {"petwidgets", *sys.stdlib_module_names}
    return {name: files for name, files in found.items() if name not in own}


def test_every_dependency_has_a_reason(dependencies: Any) -> None:
    wanted = dependencies.requirements()
    named = {dependencies.named(one) for extra in dependencies.EXTRAS for one in wanted[extra]}
    assert {*dependencies.REASONS} == named


def test_the_document_is_of_the_present_bounds_and_reasons(dependencies: Any) -> None:
    rows = dependencies.DOCUMENT.read_text().splitlines()
    for extra in dependencies.EXTRAS:
        for one in dependencies.requirements()[extra]:
            name = dependencies.named(one)
            bound = one.removeprefix(one[: len(name)])
            start = f"| {name} | `{bound}` | {dependencies.REASONS[name]} |"
            assert [row for row in rows if row.startswith(start)], "run release/dependencies.py"
    listed = [row.split()[1] for row in rows if row.startswith("| ") and "`" in row]
    assert sorted(listed) == sorted(dependencies.REASONS)


def test_every_import_is_of_a_dependency_or_of_what_one_needs(dependencies: Any) -> None:
    wanted = [one for extra in dependencies.requirements().values() for one in extra]
    declared = {dependencies.named(one) for one in wanted}
    theirs = {
        dependencies.named(need)
        for name in declared & {dependencies.canonical(n) for n in installed()}
        for need in requires(name) or []
        if "extra ==" not in need
    }
    known = packages_distributions()
    for module, files in imported().items():
        if module in known:  # else it is of another system, or optional
            names = {dependencies.canonical(name) for name in known[module]}
            assert names & (declared | theirs), (module, files)


def light(dependencies: Any) -> list[str]:
    """Distributions that the light install names."""
    wanted = dependencies.requirements()
    return [dependencies.named(one) for one in (*wanted[""], *wanted["app"])]


def test_what_runs_without_torch_comes_with_the_light_install(dependencies: Any) -> None:
    comes = {*dependencies.with_theirs(light(dependencies))}
    known = packages_distributions()
    for module, files in imported(without=HEAVY).items():
        if module in known:
            names = {dependencies.canonical(name) for name in known[module]}
            assert names & comes or module in T_SNE, (module, files)


def test_the_light_install_stays_light(dependencies: Any) -> None:
    comes = dependencies.with_theirs(light(dependencies))
    assert sum(map(dependencies.size, comes.values())) < LIGHT_MB * 1e6


def installed() -> set[str]:
    return {name for names in packages_distributions().values() for name in names}


def test_a_licence_is_said_in_short(dependencies: Any) -> None:
    from importlib.metadata import distribution

    assert dependencies.licence(distribution("pytest")) == "MIT"
    assert dependencies.size(distribution("pytest")) > 100_000
