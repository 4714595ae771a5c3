"""A report is one page that asks for nothing, runs nothing, and says what the run says."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from test_portable import HOSTILE, made

from petwidgets.cli import main
from petwidgets.common.errors import Problem
from petwidgets.export import report
from petwidgets.runs.run import SHIPPED_ID
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from pathlib import Path

VOID = {"meta", "br", "hr", "img", "link", "input"}


class Page(HTMLParser):
    """What a browser would find: elements, ids, addresses, text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.ids: list[str] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def read(content: bytes) -> Page:
    page = Page(content.decode("utf-8"))
    assert page.open == []
    return page


def require_quiet(page: Page) -> None:
    assert not {"script", "img", "image", "iframe", "object", "link", "base"} & {*page.tags}
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    links = [v for name, v in page.attributes if name in ("href", "src", "xlink:href", "action")]
    assert all(link.startswith("#") for link in links)
    assert all(link[1:] in page.ids for link in links)
    assert len(page.ids) == len({*page.ids})


def test_the_shipped_runs_report() -> None:
    made_of_it = report.packed(RunStore().get(SHIPPED_ID))
    assert made_of_it.name == "pets37-report.html"
    assert len(made_of_it.content) < 300_000
    page = read(made_of_it.content)
    require_quiet(page)
    assert page.tags.count("svg") == 4
    for said in (
        "4.3 % error: wrong on 32 of 740 photographs that it was not trained on.",
        "95 % interval 3.1 % to 6.0 %",
        "12 0.027986 0.178703 0.043243",  # the last epoch, as recorded
        "British Shorthair Russian Blue 4",
        "British Shorthair 20 4 20.0 % 8.1 % to 41.6 %",
        "CC BY-SA 4.0",
        "version of torch 2.14.1",
        "hold_out 370 names",
    ):
        assert said in page.text, said
    styles = made_of_it.content.decode()
    assert not re.findall(r"@import|url\((?!#)", styles)
    assert "prefers-color-scheme: dark" in styles
    assert "/srv" not in styles


def test_names_are_text_and_nothing_else() -> None:
    run = made("resnet18", pattern=f"({HOSTILE[0]})", data=f"/srv/{HOSTILE[0]}")
    run = run.update(licence=HOSTILE[0], versions={HOSTILE[0]: HOSTILE[2]})
    run.append({"event": "epoch", "epoch": 1, "of": 1, "t": 1.0}
               | {"train_loss": 1.0, "valid_loss": float("nan"), "error_rate": 0.5})  # fmt: skip
    page = read(report.packed(run).content)
    require_quiet(page)
    for name in HOSTILE:
        shown = "".join(c if c.isprintable() else " " for c in name).replace("_", " ")
        assert " ".join(shown.split()) in page.text


@pytest.mark.parametrize("identity", ["recorded-head-40", "recorded-too-high"])
def test_recorded_runs_have_a_report(identity: str) -> None:
    run = RunStore().get(identity)
    page = read(report.packed(run).content)
    require_quiet(page)
    assert f"wrong on {run.validation().errors} of" in page.text


def test_a_run_without_mistakes_or_epochs() -> None:
    run = made("resnet18")
    kept = run.validation()
    right = type(kept)(kept.files, kept.probabilities, kept.probabilities.argmax(1), kept.losses)
    run.save_validation(right)
    page = read(report.packed(run).content)
    require_quiet(page)
    assert "No whole epoch is recorded." in page.text
    assert page.tags.count("svg") == 1
    with pytest.raises(Problem, match="has not ended"):
        report.packed(run.update(state="queued"))


@pytest.mark.parametrize("epochs", [1, 2, 5])
def test_epochs_are_counted_in_whole_ones(epochs: int) -> None:
    run = made("resnet18")
    for n in range(1, epochs + 1):
        figures = {"train_loss": 1.5, "valid_loss": 1.0, "error_rate": 0.25}
        run.append({"t": 1.0 * n, "event": "epoch", "epoch": n, "of": epochs, **figures})
    texts = re.findall(r"<text[^>]*>([^<]+)</text>", report.packed(run).content.decode())
    assert texts[: texts.index("epoch")] == [str(n) for n in range(1, epochs + 1)]


def test_on_the_command_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for name, options in (("a.html", []), ("b.HTM", []), ("c.txt", ["--as", "report"])):
        file = tmp_path / name
        assert main.main(["runs", "export", SHIPPED_ID, str(file), "--json", *options]) == 0
        said = json.loads(capfd.readouterr().out)
        assert (said["run"], said["as"], said["bytes"]) == ("pets37", "report", file.stat().st_size)
        assert file.read_bytes().startswith(b"<!doctype html>")
