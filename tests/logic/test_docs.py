"""The documents say what is true: links lead somewhere, names exist, options are all described."""

from __future__ import annotations

import argparse
import ast
import re
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from documents import CODE, CURRENT, DOCUMENTS, TOP, anchors, blocks, files, name_of, prose

import petwidgets
from petwidgets.cli.main import _parser
from petwidgets.panels import PANELS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

README, ARCHITECTURE = TOP / "README.md", TOP / "docs" / "architecture.md"

LINK = re.compile(r"\]\(([^)\s]+)\)")
ADDRESS = re.compile(r"https?://[^\s)>`\"'|]+")
ENDS = (".py", ".pyi", ".js", ".ts", ".css", ".sh", ".md", ".ipynb", ".yml", ".toml")
ROOMS = ("petwidgets", "tests", "docs", "benchmarks", "binder", "js", "release", "conda", "docker")
FOLDERS = tuple(f"{name}/" for name in ROOMS)
TO_BE_MADE = {"threshold.py", "tests/panels/test_threshold.py", "utils.py"}
"""Files of CONTRIBUTING.md's example, and one that nobody is to make."""
OUTSIDE = {
    "https://distributed.dask.org",
    "https://docs.fast.ai",
    "https://github.com/developmentseed/lonboard",
    "https://github.com/karpathy/micrograd",
    "https://github.com/koaning/wigglystuff",
    "https://github.com/manzt/anywidget",
    "https://ipywidgets.readthedocs.io",
    "https://voila.readthedocs.io",
}
"""Every address of another host in the documents. Open one before you add it."""

DEFINITION = re.compile(r"([\w./-]+\.(?:py|js)): ([\w.]+)")


def is_here(name: str) -> bool:
    """Whether a name with a folder is one of the repository's, and one without of any folder."""
    if "*" in name:
        return any(TOP.glob(name))
    if "/" in name:
        return bool({name, f"{name}/", f"docs/{name}"} & files())
    return any(path.rpartition("/")[2] == name for path in files())


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_links_lead_somewhere(path: Path) -> None:
    """Links to files, their headings and pictures; `test_addresses_...` has the others."""
    text = prose(path)
    unread = r"<(?:img|a)\b|^\[[^\]]+\]: |!\[\]"  # HTML, definitions, a picture without words
    assert re.findall(unread, text, re.MULTILINE) == []
    for link in LINK.findall(text):
        if ADDRESS.match(link):
            continue
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        assert target.is_relative_to(TOP), link
        assert name_of(target) in files() or f"{name_of(target)}/" in files(), link
        assert not anchor or anchor in anchors(target), link


def test_addresses_outside_are_known() -> None:
    """They are well formed, https and in one list. There is no network here, so none is opened."""
    found = [address for path in DOCUMENTS for address in ADDRESS.findall(prose(path))]
    outside = {address.rstrip(".,;:") for address in found if not is_here_or_private(address)}
    assert outside == OUTSIDE
    form = r"https://[\w.-]+\.\w+(/[\w./-]*)?"
    assert [one for one in outside if not re.fullmatch(form, one)] == []


def is_here_or_private(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    try:
        return ip_address(host).is_private
    except ValueError:
        return host == "localhost"


@pytest.mark.parametrize("path", CURRENT, ids=name_of)
def test_files_in_backticks_exist(path: Path) -> None:
    words = [word.rstrip(":,;") for code in CODE.findall(prose(path)) for word in code.split()]
    names = [word for word in words if re.fullmatch(r"\w[\w./*-]*", word)]
    named = [name for name in names if name.startswith(FOLDERS) or name.endswith(ENDS)]
    assert [name for name in named if not is_here(name) and name not in TO_BE_MADE] == []


def definitions(path: Path) -> list[tuple[str, str]]:
    """(file, name) of what is written as `file: name`."""
    return [(m[1], m[2]) for code in CODE.findall(prose(path)) if (m := DEFINITION.fullmatch(code))]


def is_defined(file: str, name: str) -> bool:
    if file.endswith(".py"):
        return name in {*names_in(ast.parse((TOP / file).read_text("utf-8")))}
    sources = [TOP / path for path in files() if path.rpartition("/")[2] == file]
    said = re.compile(rf"\b(?:function|const) {name}\b")
    return any(said.search(source.read_text("utf-8")) for source in sources)


def names_in(tree: ast.AST, within: str = "") -> Iterator[str]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{within}{node.name}"
        if isinstance(node, ast.ClassDef):
            yield from names_in(node, f"{node.name}.")


@pytest.mark.parametrize("path", CURRENT, ids=name_of)
def test_definitions_are_where_they_are_said_to_be(path: Path) -> None:
    assert [" in ".join(one[::-1]) for one in definitions(path) if not is_defined(*one)] == []


@pytest.mark.parametrize("path", CURRENT, ids=name_of)
def test_code_is_python_and_imports_what_is_there(path: Path) -> None:
    here = [one.code for one in blocks() if (one.page, one.kind) == (name_of(path), "python")]
    nodes = [node for code in here for node in ast.walk(ast.parse(code))]
    imported = [node for node in nodes if isinstance(node, ast.ImportFrom)]
    public = [one.name for node in imported if node.module == "petwidgets" for one in node.names]
    assert [name for name in public if not hasattr(petwidgets, name)] == []


def test_the_ways_are_as_long_as_they_say() -> None:
    ways = re.split(r"^## ", prose(ARCHITECTURE), flags=re.MULTILINE)
    counted = [way for way in ways if re.match(r".*\(\d+ files\)\n", way)]
    assert len(counted) == 2
    for way in counted:
        steps, beside = way.split("Beside the way", 1)
        on_it, all_of_it = ({m[1] for m in map(DEFINITION.fullmatch, CODE.findall(part)) if m}
                            for part in (steps, way))  # fmt: skip
        assert f"({len(on_it)} files)" in steps
        assert f"({len(all_of_it - on_it)} more files)" in beside


def test_the_layers_are_those_that_are_checked() -> None:
    drawn = re.search(
        r"^```text\n(__main__.*?)^```", ARCHITECTURE.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    checked = re.search(
        r"^layers = \[\n(.*?)^\]", (TOP / "pyproject.toml").read_text(), re.DOTALL | re.MULTILINE
    )
    assert drawn
    assert checked
    rows = [row.replace("|", "").split() for row in re.findall(r'"(.+)"', checked[1])]
    assert [line.split() for line in drawn[1].splitlines()] == rows


def test_the_readme_is_short_and_has_every_lesson() -> None:
    lines = README.read_text("utf-8").splitlines()
    assert len(lines) <= 200
    keys = [m[1] for line in lines if (m := re.match(r"\| (?:\w[^|`]*)?\| `(\w+)` \|", line))]
    assert sorted(keys) == sorted(PANELS)
    pictures = re.findall(r"!\[.+\]\((.+)\)", README.read_text("utf-8"))
    assert pictures
    assert all((TOP / name).stat().st_size < 200_000 for name in pictures)


def options(parser: argparse.ArgumentParser) -> Iterator[str]:
    for action in parser._actions:
        yield from (option for option in action.option_strings if option.startswith("--"))
        if isinstance(action, argparse._SubParsersAction):
            for one in action.choices.values():
                yield from options(one)


def test_every_option_and_variable_is_described() -> None:
    told = "".join(path.read_text("utf-8") for path in CURRENT)
    there = {*options(_parser())} - {"--help"}
    assert {option for option in there if not re.search(rf"{option}\b", told)} == {"--version"}
    sources = "".join(path.read_text("utf-8") for path in (TOP / "petwidgets").rglob("*.py"))
    variables = {*re.findall(r"\bPETWIDGETS_[A-Z_]*[A-Z]\b", sources)}
    internal = {"PETWIDGETS_ARRIVALS", "PETWIDGETS_GO_WITH_PARENT"}
    assert {name for name in variables - internal if name not in told} == set()
