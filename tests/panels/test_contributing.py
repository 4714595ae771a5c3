"""The panel that CONTRIBUTING.md has people write: as printed, it works."""

from __future__ import annotations

import ast
import doctest
import io
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from petwidgets import jobs
from petwidgets.panels import PANELS
from petwidgets.panels.base import Panel

if TYPE_CHECKING:
    from fakes import OurSession

TEXT = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text("utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)
(CODE,) = (block for block in BLOCKS if "(Panel)" in block)


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Any:
    made = ModuleType("threshold")
    monkeypatch.setitem(sys.modules, made.__name__, made)
    exec(compile(CODE, "CONTRIBUTING.md", "exec"), made.__dict__)  # noqa: S102 - our own text
    return made


def values(panel: Any) -> dict[str, int]:
    return {item["label"]: item["value"] for item in panel.bars.items}


def test_the_panel_of_the_text_draws(module: Any, session: OurSession) -> None:
    panel = module.ThresholdPanel(session)
    assert isinstance(panel, Panel)
    assert panel.key not in PANELS
    n = len(session.runs.chosen.validation().targets)
    assert panel.heading.problem == ""
    assert sum(values(panel).values()) == n
    panel.form.set(least=0)
    assert values(panel) == {"right": n - 32, "wrong": 32, "withheld": 0}
    panel.form.set(least=100)
    assert values(panel)["withheld"] > n / 2
    ast.parse(panel.folds.code)


def test_its_problems_are_sentences(module: Any, session: OurSession) -> None:
    panel = module.ThresholdPanel(session)
    session.runs.chosen_id = "gone"
    assert panel.heading.problem.startswith("There is no run 'gone'")


def test_its_example_runs(module: Any) -> None:
    found = doctest.DocTestFinder().find(module, module.__name__, module)
    outcome = [doctest.DocTestRunner().run(one) for one in found]
    assert (sum(one.attempted for one in outcome), sum(one.failed for one in outcome)) == (1, 0)


def test_the_job_of_the_text_is_declared_done_and_asked_for(
    monkeypatch: pytest.MonkeyPatch, session: OurSession
) -> None:
    contract, body, asking = (block for block in BLOCKS if block is not CODE)
    for code in (contract, body):
        name = code.split(".py")[0].removeprefix("# ").replace("/", ".")
        made = ModuleType(name)
        monkeypatch.setitem(sys.modules, name, made)
        monkeypatch.setattr(jobs, "brightness", made, raising=False) if code is contract else None
        exec(compile(code, "CONTRIBUTING.md", "exec"), made.__dict__)  # noqa: S102 - our own text
    declared = sys.modules["petwidgets.jobs.brightness"]
    white = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(white, "PNG")
    assert declared.brightness.load()(white.getvalue()) == declared.Brightness(1.0)
    panel, shown = Panel(session), []
    panel._draw = shown.append
    session.engine.answer = declared.brightness.load()
    exec(asking, {"self": panel, "jobs": declared, "photo": white.getvalue()})  # noqa: S102 - ours
    assert shown == [declared.Brightness(1.0)]


def test_it_is_as_short_as_the_text_says() -> None:
    docstrings = {
        number
        for node in ast.walk(ast.parse(CODE))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        for number in range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1)
    }
    lines = enumerate(CODE.splitlines(), 1)
    written = [line for number, line in lines if line.strip() and number not in docstrings]
    assert "In 30 lines" in TEXT
    assert len(written) <= 30
