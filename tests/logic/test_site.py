"""The documents as a site: it is built without a network, and has every panel and page."""

from __future__ import annotations

import ast
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

import petwidgets
from petwidgets.panels import PANELS

TOP = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site; a link that leads nowhere fails the build."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(folder)]
    quiet = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=TOP, env=quiet, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return folder


def test_every_page_is_in_the_menu() -> None:
    menu = (TOP / "mkdocs.yml").read_text("utf-8").partition("nav:")[2]
    pages = {path.name for path in (TOP / "docs").glob("*.md")}
    assert set(re.findall(r"([\w-]+\.md)", menu)) == pages


def test_every_public_name_is_in_the_reference(site: Path) -> None:
    text = (TOP / "docs" / "reference.md").read_text("utf-8")
    named = re.findall(r"^::: petwidgets\.[\w.]*?(\w+)$", text, re.MULTILINE)
    public = {name for name in petwidgets.__all__ if name[0].isupper()}
    assert sorted(named) == sorted(public)
    page = (site / "reference.html").read_text("utf-8")
    first = "A network&#39;s blocks in layer groups", "A network's blocks in layer groups"
    assert any(said in page for said in first)  # the docstring of LayersPanel


def test_the_site_asks_no_host(site: Path) -> None:
    """What a page loads lies beside it; links that a person follows may lead elsewhere."""
    loads = re.compile(r"<(?:script|img|link|iframe)\b[^>]*?\b(?:src|href)=\"?(https?:[^\"\s>]+)")
    found = {url for page in site.rglob("*.html") for url in loads.findall(page.read_text("utf-8"))}
    assert found == set()


def test_pictures_and_films_are_small() -> None:
    files = [path for path in (TOP / "docs" / "images").rglob("*") if path.is_file()]
    assert files
    assert [path.name for path in files if path.stat().st_size > 2**20] == []


def test_every_picture_is_made_by_a_script() -> None:
    images = TOP / "docs" / "images"
    views, films = keys("pictures.py", "VIEWS"), keys("films.py", "FILMS")
    lessons = {f"{view}-{lesson}.webp" for view in views for lesson in PANELS}
    assert {path.name for path in (images / "lessons").iterdir()} <= lessons
    assert {path.stem for path in (images / "films").iterdir()} <= films
    apart = {"architecture.svg", "bench.webp"}  # below; `petwidgets bench --plot`
    assert {path.name for path in images.iterdir()} == {"lessons", "films"} | apart


def keys(script: str, name: str) -> set[str]:
    """Those of a dictionary at the top of a script."""
    tree = ast.parse((TOP / "docs" / script).read_text("utf-8"))
    assigned = {ast.unparse(getattr(one, "target", None) or one.targets[0]): one.value
                for one in tree.body if isinstance(one, ast.Assign | ast.AnnAssign)}  # fmt: skip
    found = assigned[name]
    assert isinstance(found, ast.Dict)
    return {key.value for key in found.keys if isinstance(key, ast.Constant)}


def test_the_picture_of_the_architecture_is_fresh() -> None:
    """It has the layers of pyproject.toml; `docs/diagram.py` draws it anew."""
    drawn = runpy.run_path(str(TOP / "docs" / "diagram.py"))
    project = (TOP / "pyproject.toml").read_text("utf-8")
    assert (TOP / "docs/images/architecture.svg").read_text("utf-8") == drawn["diagram"](project)
    named = set().union(*drawn["PLACES"].values())
    assert named <= {name for row in drawn["layers"](project) for name in row}
