"""A model and its report leave the page, and stand by themselves afterwards."""

from __future__ import annotations

import re
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime
import pytest
from axe_playwright_python.sync_playwright import Axe
from driving import fold_to
from playwright.sync_api import Browser, Page, expect

from petwidgets.runs.run import SHIPPED_ID

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def complaints(page: Page, context: str | None = None) -> list[str]:
    found = Axe().run(page, context=context).response["violations"]
    return [one["id"] for one in found if one["impact"] in ("serious", "critical")]


def save(page: Page, name: str, into: Path) -> Path:
    button = page.get_by_role("button", name=name)
    with page.expect_download(timeout=240_000) as coming:
        button.click()
        page.get_by_label("Run").focus()  # the page lives on meanwhile
        expect(page.get_by_label("Run")).to_be_focused()
    file = into / coming.value.suggested_filename
    coming.value.save_as(file)
    expect(page.get_by_text(f"{file.name} is saved.")).to_be_visible()
    return file


@pytest.mark.timeout(600)
def test_model_onnx_and_report_are_saved(
    server: str, visit: Callable[..., Page], browser: Browser, tmp_path: Path
) -> None:
    page = visit(server, "export")
    page.get_by_label("Run").select_option(SHIPPED_ID)
    report = save(page, "Report", tmp_path)
    assert complaints(page, ".petwidgets-panel") == []
    folder = save(page, "Model folder", tmp_path)
    with zipfile.ZipFile(folder) as archive:
        assert archive.testzip() is None
        names = {"README.md", "config.json", "load.py", "model.safetensors"}
        assert {name.removeprefix("pets37/") for name in archive.namelist()} == names
    onnx = save(page, "ONNX", tmp_path)
    session = onnxruntime.InferenceSession(onnx)
    (rows,) = session.run(None, {"pixels": np.zeros((2, 3, 320, 320), np.float32)})
    assert rows.shape == (2, 37)
    with zipfile.ZipFile(save(page, "Web page", tmp_path)) as archive:
        assert archive.testzip() is None
        assert "pets37-web/index.html" in archive.namelist()
    made = page.locator(".petwidgets-table").filter(has_text="Live: files made on this page")
    expect(made.locator("tbody tr")).to_have_count(4)
    expect(made).to_contain_text(re.compile(r"onnxruntime held against torch on 8 .*\de-0[5-9]"))
    fold_to(page, 400)
    assert complaints(page, ".petwidgets-panel") == []
    require_quiet(browser, report)


def require_quiet(browser: Browser, report: Path) -> None:
    """Opened from the disk it asks for nothing, complains of nothing, and can be read."""
    for scheme, width in (("light", 1280), ("dark", 400)):
        context = browser.new_context(
            color_scheme=scheme,  # type: ignore[arg-type]
            viewport={"width": width, "height": 900},
            bypass_csp=False,
        )
        page, said, asked = context.new_page(), list[str](), list[str]()
        page.on("console", lambda message, said=said: said.append(message.text))
        page.on("pageerror", lambda error, said=said: said.append(str(error)))
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.goto(report.as_uri())
        expect(page.get_by_text("4.3 % error: wrong on 32 of 740")).to_be_visible()
        expect(page.get_by_role("img", name="reliability diagram")).to_be_visible()
        assert (said, asked) == ([], [report.as_uri()])
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert complaints(page) == []
        context.close()


def test_the_temperature_is_dragged(server: str, visit: Callable[..., Page]) -> None:
    page = visit(server, "calibration")
    # Which run is shown by itself depends on the photographs that are offered.
    page.get_by_label("Run").select_option(label="pets37: baseline, tf_efficientnet_lite2")
    slider = page.get_by_role("slider", name="temperature")
    slider.focus()
    page.keyboard.press("Shift+ArrowRight")
    expect(page.get_by_label("Temperature", exact=True)).to_have_value("1.1")
    expect(page.get_by_text("Photographs by confidence, with T = 1.1")).to_be_visible()
    expect(slider).to_be_focused()
    page.get_by_role("button", name="Fit").click()
    chosen = page.get_by_role("row", name="chosen")
    expect(chosen).to_contain_text("0.747")
    expect(chosen).to_contain_text("4.3 %")
    expect(page.locator(".petwidgets-chart-span.petwidgets-blue")).to_have_count(7)
    assert complaints(page, ".petwidgets-panel") == []
    fold_to(page, 400)
    assert complaints(page, ".petwidgets-panel") == []
