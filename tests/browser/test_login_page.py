"""The form that asks for the token, and pages whose server is started again, in real Chromium."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING

import pytest
import requests
from playwright.sync_api import Browser, Page, expect
from servers import Server, free_port, serving

from petwidgets.server.login import ASK, WRONG

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

TOKEN = "of-this-class"  # noqa: S105 - of a test
SOFTMAX = re.compile("softmax", re.IGNORECASE)
LOST = "The connection to the server is lost."


def command(port: int, token: str = TOKEN) -> list[str]:
    return ["petwidgets", "serve", "--port", str(port), "--base-url", "/pets/", "--token", token]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that asks for a token."""
    port, home = free_port(), tmp_path_factory.mktemp("guarded")
    with serving(command(port), "petwidgets: http", home) as process:
        yield Server(f"http://127.0.0.1:{port}/pets/", process.pid, home)


def give(page: Page, token: str) -> None:
    page.get_by_label("Token").fill(token)
    page.get_by_role("button", name="Open the page").click()


def test_the_form_leads_to_the_lesson_of_the_link(
    guarded: Server, visit: Callable[..., Page]
) -> None:
    page = visit(f"{guarded.url}?token=guess", "softmax", ready="form")
    expect(page.get_by_role("alert")).to_have_text(WRONG)
    give(page, TOKEN)
    expect(page.locator(".petwidgets-title")).to_have_text(SOFTMAX)
    assert page.url.startswith(f"{guarded.url}#lesson=softmax")


def test_the_form_says_what_is_wrong(guarded: Server) -> None:
    with requests.Session() as stranger:
        assert ASK in stranger.get(guarded.url, timeout=30).text
        form = {"password": "guess", "_xsrf": stranger.cookies["_xsrf"]}
        answer = stranger.post(f"{guarded.url}login", form, timeout=30)
        assert answer.status_code == 401
        assert WRONG in answer.text
        markup = stranger.get(f"{guarded.url}login?next=/pets/%22><b>", timeout=30).text
        assert "<b>" not in markup


def test_an_error_is_one_sentence_and_no_traceback(guarded: Server) -> None:
    with requests.Session() as visitor:
        visitor.get(f"{guarded.url}?token={TOKEN}", timeout=30)
        # A page from before a restart asks for its kernel so.
        gone = f"{guarded.url}api/kernels/{uuid.uuid4()}/channels"
        answer = visitor.get(gone, timeout=30)
        assert answer.status_code == 404
        assert "Kernel does not exist" in answer.text


def test_nobody_sets_a_password_by_the_form(guarded: Server) -> None:
    with requests.Session() as student:
        student.get(guarded.url, timeout=30)
        form = {"password": TOKEN, "new_password": "mine", "_xsrf": student.cookies["_xsrf"]}
        assert student.post(f"{guarded.url}login", form, timeout=60).ok
    with requests.Session() as other:
        other.get(guarded.url, timeout=30)
        form = {"password": "mine", "_xsrf": other.cookies["_xsrf"]}
        assert other.post(f"{guarded.url}login", form, timeout=30).status_code == 401


def test_pages_come_back_by_themselves_when_the_server_does(
    browser: Browser, tmp_path: Path
) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}/pets/"
    page = browser.new_page()  # not of `visit`: without a server its console complains
    with serving(command(port), "petwidgets: http", tmp_path):
        page.goto(f"{url}?token={TOKEN}#lesson=softmax")
        expect(page.locator(".petwidgets-title")).to_have_text(SOFTMAX)
        expect(page).to_have_url(re.compile("session="))
    expect(page.get_by_text(LOST)).to_be_visible()
    session = page.url.partition("#")[2]
    with serving(command(port), "petwidgets: http", tmp_path):
        expect(page.get_by_text(LOST)).to_be_hidden()
        expect(page.locator(".petwidgets-title")).to_have_text(SOFTMAX)
        assert page.url.partition("#")[2] == session
    expect(page.get_by_text(LOST)).to_be_visible()
    with serving(command(port, "of-another-class"), "petwidgets: http", tmp_path):
        give(page, "of-another-class")
        expect(page.locator(".petwidgets-title")).to_have_text(SOFTMAX)
        assert page.url.partition("#")[2] == session
    page.close()
