"""Runs are compared, passed on, deleted and replayed, as one sees and touches it."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from driving import fold_to
from playwright.sync_api import Locator, Page, expect
from safetensors.numpy import save
from scipy.stats import binomtest

from petwidgets.recipes.presets import fine_tune
from petwidgets.runs.predictions import Validation
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from servers import Server

    from petwidgets.runs.run import Run

N, EPOCHS = 200, 3
MARKUP = "<img src=x onerror=window.pwned=1>"


def made(home: Path, right: range, **settings: object) -> Run:
    """A teacher's run, right on these of 200 photographs; its weights take several pieces."""
    run = RunStore(home).create(fine_tune(**settings))  # type: ignore[arg-type]
    rows = [[0.9, 0.1] if i in right else [0.1, 0.9] for i in range(N)]
    files = tuple(f"dog_{i}.jpg" for i in range(N))
    zeros, ones = np.zeros(N, np.int64), np.ones(N, np.float32)
    run.save_validation(Validation(files, np.array(rows, np.float32), zeros, ones))
    weights = np.random.default_rng(0).random((2, 300_000), np.float32)
    (run.folder / "model.safetensors").write_bytes(save({"1.weight": weights}))
    run.append({"t": 0.0, "event": "started", "recipe": "fine-tune", "epochs": EPOCHS})
    for n in range(1, EPOCHS + 1):
        figures = {"train_loss": 1.5, "valid_loss": 1.0 / n, "error_rate": 1 - len(right) / N}
        run.append({"t": 60.0 * n, "event": "epoch", "epoch": n, "of": EPOCHS, **figures})
    run.append({"t": 181.0, "event": "finished"})
    more = {"vocab": ["pug", MARKUP], "files": list(files), "train_files": ["a.jpg"]}
    return run.update(state="finished", keeps="all", results={"seconds": 181.0}, **more)


@pytest.fixture
def pair(served: Server) -> tuple[Run, Run]:
    return (
        made(served.home, range(150), size=128),
        made(served.home, range(30, 200), size=96),
    )


def box(page: Page, name: str) -> Locator:
    return page.locator(".petwidgets-picks").get_by_label(name, exact=True)


def tick(page: Page, name: str) -> None:
    """By keyboard."""
    box(page, name).focus()
    page.keyboard.press("Space")


def bring(page: Page, file: Path) -> str:
    """Import a file; the id under which it is there."""
    page.locator(".petwidgets-transfer input[type=file]").set_input_files(file)
    said = page.locator(".petwidgets-transfer p")
    expect(said).to_contain_text("is imported and stands in the table")
    return said.inner_text().split()[0]


def test_two_runs_are_compared_by_keyboard(
    server: str, visit: Callable[..., Page], pair: tuple[Run, Run]
) -> None:
    page = visit(server, "runs")
    one, other = (run.id for run in pair)
    expect(box(page, "pets37")).to_be_visible()
    tick(page, one)
    expect(page.get_by_role("button", name="Replay")).to_be_visible()
    tick(page, other)
    p = binomtest(30, 80, 0.5).pvalue
    expect(page.get_by_text(f"in {100 * p:.1f} % of such comparisons")).to_be_visible()
    cells = page.locator(".petwidgets-table").nth(1).locator("tbody td").all_inner_texts()
    assert cells[1:6] == ["200", "30", "50", f"{p:.4f}", "-10.0 %"]
    lines = page.locator(".petwidgets-chart svg").first.locator("polyline.petwidgets-blue")
    expect(lines.first).to_be_visible()
    assert box(page, other).evaluate("el => el === document.activeElement")
    found = Axe().run(page, context=".petwidgets-panel").response["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
    fold_to(page, 400)
    page.reload()
    expect(box(page, one)).to_be_checked()
    expect(page.get_by_text(f"in {100 * p:.1f} % of such comparisons")).to_be_visible()


def test_a_run_is_exported_deleted_imported_and_replayed(
    server: str, visit: Callable[..., Page], pair: tuple[Run, Run], tmp_path: Path
) -> None:
    page = visit(server, "runs")
    teachers = pair[0].id
    tick(page, teachers)
    expect(page.get_by_role("button", name="Delete", exact=True)).to_be_hidden()
    with page.expect_download() as coming:
        page.get_by_role("button", name="Export").click()
    file = tmp_path / coming.value.suggested_filename
    coming.value.save_as(file)
    assert file.name == f"{teachers}.petrun.zip"
    with zipfile.ZipFile(file) as archive:
        weights = archive.read("model.safetensors")
    assert weights == (pair[0].folder / "model.safetensors").read_bytes()

    own = bring(page, file)
    assert own != teachers
    tick(page, teachers)
    tick(page, own)
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text(f"Delete {own} for good?")).to_be_visible()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text(f"{own} is deleted.")).to_be_visible()
    expect(box(page, own)).to_have_count(0)

    (tmp_path / "cut.zip").write_bytes(file.read_bytes()[:-50])
    page.locator(".petwidgets-transfer input[type=file]").set_input_files(tmp_path / "cut.zip")
    expect(page.locator(".petwidgets-transfer p")).to_contain_text("not a run that petwidgets")
    again = bring(page, file)
    tick(page, again)
    page.get_by_label("Speed of a replay").select_option(label="1000 x")
    page.get_by_role("button", name="Replay").click()
    expect(page.locator(".petwidgets-title")).to_have_text("Train a model")
    rows = page.locator(".petwidgets-table tbody tr").filter(has_text="0.333333")
    expect(rows).to_have_count(1)
    assert page.evaluate("window.pwned") is None
    # Another visitor sees the teacher's run, not this one.
    others = visit(server, "runs")
    expect(box(others, teachers)).to_be_visible()
    expect(box(others, again)).to_have_count(0)
