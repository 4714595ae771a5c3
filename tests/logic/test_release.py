"""A release: its notes come from the change log, and nothing is tagged that is not in order."""

from __future__ import annotations

import importlib.util
import subprocess
from pathlib import Path
from typing import Any

import pytest

import petwidgets

ROOT = Path(__file__).parents[2]
LOG = """# Changelog

## 1.10.0 (2026-02-01)

- Ten:
  two lines.

### Fixed

- A ## that is no heading.

## 1.1.0 (unreleased)

- One.

## 1.0.0

"""


@pytest.fixture
def release() -> Any:
    spec = importlib.util.spec_from_file_location("release", ROOT / "release" / "release.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def clone(release: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small repository that takes the place of ours; building is not what is tested."""
    monkeypatch.setattr(release, "ROOT", tmp_path)
    monkeypatch.setattr(release, "DIST", tmp_path / "dist")
    monkeypatch.setattr(release, "build", lambda notes: put(tmp_path / "dist/notes.md", notes))
    put(tmp_path / "petwidgets/__init__.py", '__version__ = "1.10.0"\n')
    put(tmp_path / "CHANGELOG.md", LOG)
    put(tmp_path / ".gitignore", "dist/\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "config", "user.name", "A person")
    git(tmp_path, "config", "user.email", "person@example.org")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "-qm", "All")
    return tmp_path


def put(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def git(folder: Path, *arguments: str) -> str:
    command = ["git", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def test_notes_are_the_section_of_the_version_as_it_stands(release: Any) -> None:
    notes = "- Ten:\n  two lines.\n\n### Fixed\n\n- A ## that is no heading.\n"
    assert release.section(LOG, "1.10.0") == ("2026-02-01", notes)
    assert release.section(LOG, "1.1.0") == ("unreleased", "- One.\n")


@pytest.mark.parametrize(
    ("version", "sentence"),
    [("1.1", "has no section 1.1"), ("1x1.0", "has no section"), ("1.0.0", "has nothing under")],
)
def test_a_version_without_notes_is_refused(release: Any, version: str, sentence: str) -> None:
    with pytest.raises(release.RefusedError, match=sentence):
        release.section(LOG, version)


def test_the_present_version_has_notes(release: Any) -> None:
    text = (ROOT / "CHANGELOG.md").read_text()
    assert release.section(text, petwidgets.__version__)[1].startswith("- ")


def test_a_release_is_tagged_with_its_notes_and_goes_nowhere(release: Any, clone: Path) -> None:
    said = release.release("1.10.0", dry=False)
    assert "twine upload" in said
    told = git(clone, "tag", "--list", "--format=%(objecttype) %(contents)", "v1.10.0")
    assert told.split("\n\n\n")[0].strip() == f"tag {release.section(LOG, '1.10.0')[1]}".strip()
    assert git(clone, "remote") == ""


def test_a_dry_run_makes_no_tag(release: Any, clone: Path) -> None:
    put(clone / "new", "")
    assert release.release("1.10.0", dry=True) == "Built and checked; nothing is tagged."
    assert git(clone, "tag") == ""
    assert (clone / "dist/notes.md").read_text().startswith("- Ten:")


def test_nothing_is_tagged_that_is_not_in_order(release: Any, clone: Path) -> None:
    with pytest.raises(release.RefusedError, match=r"__version__ is 1\.10\.0, not 1\.1\.0"):
        release.release("1.1.0", dry=False)
    put(clone / "new", "")
    with pytest.raises(release.RefusedError, match="not committed"):
        release.release("1.10.0", dry=False)
    git(clone, "add", "new")
    git(clone, "commit", "-qm", "New")
    git(clone, "tag", "v1.10.0")
    with pytest.raises(release.RefusedError, match=r"a tag v1\.10\.0 already"):
        release.release("1.10.0", dry=False)


def test_a_version_without_a_date_is_not_released(release: Any, clone: Path) -> None:
    put(clone / "petwidgets/__init__.py", '__version__ = "1.1.0"\n')
    with pytest.raises(release.RefusedError, match=r"no date for 1\.1\.0"):
        release.release("1.1.0", dry=False)
