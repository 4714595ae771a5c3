"""The documents as a site: it is built without a network, and has every panel and page."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import petwidgets
from petwidgets.cli.main import _parser

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


def blocks(kind: str) -> list[tuple[str, str]]:
    """Code of the documents for new users, with the page that it is on."""
    found = []
    for page in ("start.md", "how-to.md"):
        text = (TOP / "docs" / page).read_text("utf-8")
        codes = re.findall(rf"^```{kind}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
        found += [(page, code) for code in codes]
    return found


@pytest.mark.parametrize(("page", "code"), blocks("python"))
def test_snippets_run(
    page: str, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PETWIDGETS_HOME", str(tmp_path))
    exec(compile(code, page, "exec"), {})  # noqa: S102 - ours


@pytest.mark.parametrize(("page", "code"), blocks(""))
def test_commands_are_understood(page: str, code: str) -> None:
    lines = [line.partition("petwidgets ")[2].split() for line in code.splitlines()
             if re.match(r"(\.venv/bin/)?petwidgets ", line)]  # fmt: skip
    for words in lines:
        assert _parser().parse_args(words), page
