"""The source that is shown is the source that runs, and showing it imports nothing."""

from __future__ import annotations

import inspect
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from petwidgets.common.errors import Problem
from petwidgets.snippets import fastai_source
from petwidgets.snippets.fastai_source import NAMES, source


def real_function(name: str) -> Any:
    import fastai.vision.all
    from fastai.callback import schedule

    return getattr(fastai.vision.all.Learner, name, None) or getattr(schedule, name)


@pytest.mark.parametrize("name", NAMES)
def test_it_is_the_source_that_runs(name: str) -> None:
    import fastai

    found, function = source(name), real_function(name)
    lines, first = inspect.getsourcelines(function)
    assert found.code == "".join(lines).rstrip("\n")
    assert found.line == first
    folder = Path(inspect.getfile(fastai)).parent
    assert (folder / found.file).samefile(inspect.getfile(function))
    assert found.version == fastai.__version__


def test_decorators_come_along() -> None:
    first = source("fine_tune").code.splitlines()[0]
    assert first.startswith("@patch")
    assert not source("valley").code.startswith("@")


def test_nothing_heavy_is_imported() -> None:
    code = (
        "import sys; from petwidgets.snippets.fastai_source import NAMES, source;"
        "print(sum(len(source(name).code) > 50 for name in NAMES));"
        "print({'torch', 'fastai', 'fastcore', 'timm'} & set(sys.modules) or 'none')"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.split() == [str(len(NAMES)), "none"]


def test_another_name_is_a_sentence() -> None:
    with pytest.raises(Problem, match="no source of 'fit_flat_cos' to show: choose fine_tune, "):
        source("fit_flat_cos")


def test_without_fastai_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fastai_source, "find_spec", lambda _: None)
    with pytest.raises(Problem, match="fastai is not on the machine of this page"):
        source("fine_tune")


def test_a_fastai_without_its_metadata_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(fastai_source, "version", gone)
    with pytest.raises(Problem, match="not on the machine"):
        source("steep")


def test_a_fastai_that_defines_it_elsewhere_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "callback").mkdir()
    (tmp_path / "callback" / "schedule.py").write_text("def other():\n    pass\n", "utf-8")
    monkeypatch.setattr(fastai_source, "_folder", lambda: tmp_path)
    with pytest.raises(Problem, match=r"has no valley in callback/schedule.py"):
        source("valley")
