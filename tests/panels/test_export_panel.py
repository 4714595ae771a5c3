"""Files are made in the engine, one at a time, and reach the browser whole."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

import pytest
from test_panels import finish
from waiting import hidden

from petwidgets.jobs import export as jobs
from petwidgets.jobs.export import Made
from petwidgets.panels.interpretation import export
from petwidgets.panels.interpretation.export import ExportPanel
from petwidgets.recipes.presets import fine_tune
from petwidgets.runs.predictions import Validation
from petwidgets.runs.run import SHIPPED_ID
from petwidgets.runs.store import RunStore
from petwidgets.widgets.file_transfer import PIECE, FileTransfer

if TYPE_CHECKING:
    from pathlib import Path

    from fakes import FakeEngine, OurSession

MARKUP = "<img src=x onerror=alert(1)>"


class Browser:
    """The other side of a transfer, as `file_transfer.js` behaves."""

    def __init__(self, transfer: FileTransfer, monkeypatch: pytest.MonkeyPatch) -> None:
        self.transfer, self.heard = transfer, list[dict[str, Any]]()
        self.name, self.content = "", b""
        self.ended = threading.Event()
        monkeypatch.setattr(transfer, "send", self._hear)

    def _hear(self, content: dict[str, Any], buffers: Any = ()) -> None:
        self.heard.append(content)
        if content["kind"] == "file":
            self.name, self.size = content["name"], content["size"]
            self.say("more", **{"from": 0})
        elif content["kind"] == "part":
            self.content += buffers[0]
            if len(self.content) < self.size:
                self.say("more", **{"from": len(self.content)})
            else:
                self.ended.set()
        else:
            self.ended.set()

    def say(self, kind: str, **more: Any) -> None:
        self.transfer._hear(None, {"id": "one", "kind": kind, **more}, [])

    def fetch(self) -> None:
        self.say("fetch")


@pytest.fixture
def panel(session: OurSession) -> ExportPanel:
    session.runs.chosen_id = SHIPPED_ID
    return ExportPanel(session)


def made(content: bytes) -> Made:
    return Made("pets37.onnx", content, "tried", difference=3e-6)


JOBS = {"model": jobs.model, "onnx": jobs.onnx, "web": jobs.web_page, "report": jobs.report}


@pytest.mark.parametrize("way", JOBS)
def test_a_file_arrives_whole(
    panel: ExportPanel, engine: FakeEngine, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = bytes(range(256)) * (3 * PIECE // 256) + b"end"
    engine.answer = made(content)
    browser = Browser(panel.transfers[way], monkeypatch)
    browser.fetch()
    assert (browser.name, browser.content) == ("pets37.onnx", content)
    job, run, *more = engine.requests[0]
    assert (job, run.id) == (JOBS[way], SHIPPED_ID)
    assert len(more) == (way == "onnx")
    ((file, size, _, said, apart),) = panel.files.rows
    assert (file, size, said, apart) == ("pets37.onnx", "1.6 MB", "tried", "3e-06")
    assert panel.transfers[way]._leaving == ("", b"")  # not kept


@pytest.mark.usefixtures("multi_user")
def test_onnx_is_tried_on_photographs_that_this_page_may_see(
    panel: ExportPanel, engine: FakeEngine, session: OurSession, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    files = RunStore().get(SHIPPED_ID).info["files"][:10]
    session.data.paths = tuple(tmp_path / name for name in files)
    engine.answer = made(b"x")
    Browser(panel.transfers["onnx"], monkeypatch).fetch()
    tried = engine.requests[0][2]
    assert len(tried) == 8
    assert {*tried} <= {str(path) for path in session.data.paths}


def test_a_refusal_is_said_where_it_was_asked(
    panel: ExportPanel, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.problem = "It can't be."
    browser = Browser(panel.transfers["onnx"], monkeypatch)
    browser.fetch()
    assert browser.heard == [{"kind": "refused", "id": "one", "sentence": "It can't be."}]
    engine.problem, engine.answer = "", made(b"x" * 2000)
    monkeypatch.setattr(export, "MOST", 1000)
    browser.fetch()
    assert "too many for a page: use petwidgets runs export" in browser.heard[-1]["sentence"]
    assert panel.files.rows == []


def test_one_at_a_time(
    panel: ExportPanel, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Future[Made]] = []
    monkeypatch.setattr(engine, "quick", lambda *_: asked.append(Future()) or asked[-1])
    first = Browser(panel.transfers["model"], monkeypatch)
    other = Browser(panel.transfers["report"], monkeypatch)
    first.fetch()
    other.fetch()
    assert other.heard[-1]["sentence"] == export.BUSY
    first.say("fetch", id="another page")
    assert first.heard[-1] == {"kind": "refused", "id": "another page", "sentence": export.BUSY}
    first.ended.clear()
    asked[0].set_result(made(b"whole"))
    assert first.content == b"whole"
    other.fetch()
    asked[1].set_result(made(b"more"))
    assert other.content == b"more"


def test_nothing_is_sent_to_it(panel: ExportPanel, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = Browser(panel.transfers["report"], monkeypatch)
    assert panel.transfers["report"].choose == ""
    browser.say("start", name="x", size=1)
    assert browser.heard[-1]["kind"] == "refused"


def test_recorded_runs_have_a_report_alone(panel: ExportPanel, session: OurSession) -> None:
    assert hidden(panel.hint)
    session.runs.chosen_id = "recorded-head-5"
    assert [t.saves for t in panel.transfers.values()] == [False, False, False, True]
    assert not hidden(panel.hint)
    assert "import report\n" in panel.folds.code
    session.runs.chosen_id = SHIPPED_ID
    assert all(t.saves for t in panel.transfers.values())


def test_what_the_files_say(panel: ExportPanel, session: OurSession) -> None:
    rows = dict(panel.figures.rows)
    assert rows["error"].startswith("wrong on 32 of 740 photographs: 4.3 % (95 % interval 3.1 %")
    assert rows["temperature"].startswith("T = 0.747")
    assert "CC BY-SA 4.0" in rows["licence and terms"]
    run = finish(session.store.create(fine_tune(data=f"/srv/{MARKUP}")))
    run.update(vocab=["Bombay", MARKUP])
    session.runs.refresh()
    session.runs.chosen_id = run.id
    rows = dict(panel.figures.rows)
    assert MARKUP in rows["data"]  # as text, in a table that knows no markup
    assert "Not recorded" in rows["licence and terms"]


def test_a_run_without_errors_has_no_temperature(panel: ExportPanel, session: OurSession) -> None:
    run = finish(session.store.create(fine_tune(data="/srv/pets")))
    v = run.validation()
    run.save_validation(Validation(v.files, v.probabilities, v.probabilities.argmax(1), v.losses))
    session.runs.refresh()
    session.runs.chosen_id = run.id
    rows = dict(panel.figures.rows)
    assert rows["temperature"].startswith("1, as trained: no temperature can be fitted")
    assert ", with T" not in rows["calibration error"] + rows["not recognised (the others)"]
    least = float(rows["not recognised (the others)"].rsplit(" ", 1)[1])
    assert 0.6 <= least <= 0.9


def test_a_run_that_has_not_ended_says_so(panel: ExportPanel, session: OurSession) -> None:
    run = finish(session.store.create(fine_tune()), "running")
    session.runs.refresh()
    session.runs.chosen_id = run.id
    assert "has not ended" in panel.heading.problem


@pytest.mark.usefixtures("multi_user")
def test_another_visitors_run_is_not_given(
    engine: FakeEngine, session: OurSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = ExportPanel(session)
    theirs = finish(session.store.create(fine_tune(), visitor="another"))
    session.runs.chosen_id = theirs.id
    browser = Browser(panel.transfers["report"], monkeypatch)
    browser.fetch()
    assert "There is no run" in browser.heard[-1]["sentence"]
    assert engine.requests == []
