"""The widgets' JavaScript: what is committed is what its sources build."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from petwidgets.widgets import built
from petwidgets.widgets.base import Shared

JS = Path(__file__).parents[2] / "js"


@pytest.fixture(scope="module")
def npm() -> str:
    """npm, where it and what js/ needs are installed."""
    command = shutil.which("npm")
    if command is None or not (JS / "node_modules").is_dir():
        pytest.skip("js/ can't be built here: install npm, and run make js")
    return command


def test_what_is_committed_is_what_the_sources_build(npm: str) -> None:
    done = subprocess.run(
        [npm, "run", "--silent", "fresh"], cwd=JS, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_shared_part_that_is_developed_is_watched_on_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "hot.js").write_text("export default {};")
    monkeypatch.setattr(built, "RELOADS", True)
    monkeypatch.setattr(built, "FOLDER", tmp_path)

    class Hot(Shared):
        file = "hot"

    part = Hot()
    assert part._esm == "export default {};"
    Hot.__dict__["_esm"].changed.emit("export default { render() {} };")  # as a change of the file
    assert part._esm == "export default { render() {} };"


def test_the_lock_file_names_no_host_to_load_from() -> None:
    assert '"resolved"' not in (JS / "package-lock.json").read_text("utf-8")


def test_no_source_parses_text_as_html() -> None:
    risky = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(")
    sources = [*(JS / "src").rglob("*.js"), *built.STATIC.glob("*.js")]
    assert len(sources) > 40
    found = [
        (path.name, word) for path in sources for word in risky if word in path.read_text("utf-8")
    ]
    assert found == []
