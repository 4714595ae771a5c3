"""What comes back after a reload, a lost connection, a death; and what no visitor gets at."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest
import requests
from driving import FINE_TUNE, begin_long_training, choose_folder, give, go, kernel_of, stop
from playwright.sync_api import Page, WebSocketRoute, expect
from servers import free_port, serving
from visitor import await_true

from petwidgets.runs.info import ENDED
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from servers import Server

LOST = "The connection to the server is lost."


@pytest.fixture(autouse=True)
def _nothing_trains_on(served: Server) -> Iterator[None]:
    """A test that fails must not leave the engine at work for the next one."""
    yield
    for run in RunStore(served.home).list():
        if run.state not in ENDED:
            run.control.ask_to_stop()


def require_each_epoch_once(page: Page) -> None:
    numbers = page.locator(".petwidgets-table tbody tr td:first-child").all_inner_texts()
    assert numbers == [str(n) for n in range(1, len(numbers) + 1)]


def test_a_reload_comes_back_to_the_running_training(
    server: str, visit: Callable[..., Page], photographs: Path
) -> None:
    page = visit(server, "browse")
    rows = begin_long_training(page, photographs)
    address = page.url
    assert re.search(r"#.*session=[0-9a-f]{32}", address)
    before = rows.count()
    page.reload()
    expect(page.locator(".petwidgets-title")).to_have_text("Train a model")
    expect(rows.nth(before + 1)).to_be_visible()
    require_each_epoch_once(page)
    expect(page.get_by_label("Recipe").locator("option:checked")).to_have_text(FINE_TUNE)
    expect(page.get_by_label("2. Epochs", exact=True)).to_have_value("150")
    assert page.url == address
    stop(page)
    go(page, "browse")
    expect(page.get_by_text("60 photographs of 3 breeds")).to_be_visible()


def test_another_tab_follows_the_same_training(
    server: str, visit: Callable[..., Page], photographs: Path
) -> None:
    page = visit(server, "browse")
    begin_long_training(page, photographs)
    other = visit(server, "train", fragment=page.url.partition("#")[2])
    expect(other.locator(".petwidgets-table tbody tr").nth(2)).to_be_visible()
    stop(other)
    expect(page.get_by_text("Stopped after")).to_be_visible()


def test_a_killed_kernel_comes_back_by_itself(
    served: Server, visit: Callable[..., Page], photographs: Path
) -> None:
    page = visit(served.url, "browse")
    rows = begin_long_training(page, photographs)
    [own] = served.processes("ipykernel_launcher", kernel_of(page))
    count = rows.count()
    own.kill()
    expect(page.get_by_text(LOST)).to_be_visible()
    expect(page.get_by_text(LOST)).to_be_hidden()
    expect(rows.nth(count + 1)).to_be_visible()
    expect(page.locator(".petwidgets-title")).to_have_text("Train a model")
    stop(page)


def test_a_dropped_connection_is_taken_up_again(
    server: str, visit: Callable[..., Page], photographs: Path
) -> None:
    sockets: list[WebSocketRoute] = []

    def connect(route: WebSocketRoute) -> None:
        route.connect_to_server()
        sockets.append(route)

    page = visit(server, "browse", sockets=connect)
    rows = begin_long_training(page, photographs)
    page.evaluate("window.stayed = true")
    count, connections = rows.count(), len(sockets)
    for socket in sockets:
        socket.close(code=4000)
    expect(rows.nth(count + 2)).to_be_visible()
    assert len(sockets) > connections
    assert page.evaluate("window.stayed")
    require_each_epoch_once(page)
    stop(page)


def test_a_killed_worker_is_said_and_the_training_goes_on(
    served: Server, visit: Callable[..., Page], photographs: Path
) -> None:
    page = visit(served.url, "browse")
    rows = begin_long_training(page, photographs)
    [worker] = served.processes("dask", "--no-nanny")
    worker.kill()
    count = rows.count()
    expect(page.get_by_text("The engine's process died; going on").first).to_be_visible()
    expect(rows.nth(count + 1)).to_be_visible()
    require_each_epoch_once(page)
    stop(page)


def test_a_second_visitor_waits_and_is_told_so(
    server: str, visit: Callable[..., Page], photographs: Path
) -> None:
    first, second = visit(server, "browse"), visit(server, "browse")
    begin_long_training(first, photographs)
    choose_folder(second, photographs)
    expect(second.get_by_text("60 photographs of 3 breeds")).to_be_visible()
    go(second, "train")
    second.get_by_role("button", name="Start").click()
    expect(second.get_by_text("Position 1 in the queue")).to_be_visible()
    stop(first)
    expect(second.get_by_text("Finished after")).to_be_visible()
    # What one visitor trained no other can choose.
    other = visit(server)
    for page in (second, other):
        go(page, "classify")
        expect(page.get_by_label("Model").locator("option").first).to_be_attached()
    shipped = other.get_by_label("Model").locator("option").all_inner_texts()
    mine = second.get_by_label("Model").locator("option")
    expect(mine).to_have_count(len(shipped) + 1)
    assert set(shipped) < set(mine.all_inner_texts())


def test_names_made_of_markup_are_text(
    server: str, visit: Callable[..., Page], offered: Path, photographs: Path, real: Path
) -> None:
    folder = offered / "<b onmouseover=window.pwned=1>"
    folder.mkdir()
    for n, path in enumerate(sorted(photographs.iterdir())[:40]):
        breed = ("<img src=x onerror=window.pwned=1>", "<script>window.pwned=1<&script>")[n % 2]
        shutil.copy(path, folder / f"{breed}_{n}.jpg")
    page = visit(server, "browse")
    choose_folder(page, folder)
    expect(page.get_by_text("40 photographs of 2 classes")).to_be_visible()
    expect(page.locator(".petwidgets-cell img").first).to_be_visible()
    go(page, "train")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_text("Finished after")).to_be_visible()
    page.get_by_role("button", name="Use this model").click()
    expect(page.get_by_role("button", name="Use this model")).to_be_hidden()
    go(page, "classify")
    give(page, min((real / "pets-original" / "images").glob("pug_*.jpg")))
    expect(page.locator(".petwidgets-bars tr")).to_have_count(2)
    expect(page.locator(".petwidgets-bars").first).to_contain_text("<img src=x onerror")
    assert page.evaluate("window.pwned") is None


def status(url: str, *, follow: bool = True) -> int:
    return requests.get(url, timeout=30, allow_redirects=follow).status_code


def test_no_file_of_the_server_is_public(served: Server, photographs: Path, offered: Path) -> None:
    picture = next(photographs.glob("*.jpg"))
    outside = "/".join([".."] * 8 + [str(picture).lstrip("/")])
    for path in (str(picture).lstrip("/"), outside, outside.replace("..", "%2e%2e")):
        for root in ("voila/files", "files", "static", "voila/static", "voila/templates"):
            # Voila's templates answer 500 to what is none of them.
            assert status(f"{served.url}{root}/{path}") in (400, 403, 404, 500), (root, path)
    for name in ("api/contents", "api/sessions", "api/kernels", "api/terminals"):
        assert status(served.url + name) in (403, 404, 405), name


def test_token_and_base_url(visit: Callable[..., Page], tmp_path: Path) -> None:
    port = free_port()
    command = ["petwidgets", "serve", "--port", str(port), "--token", "secret"]
    command += ["--base-url", "/pets/"]
    with serving(command, "petwidgets: http", tmp_path):
        url = f"http://127.0.0.1:{port}/pets/"
        page = visit(f"{url}?token=secret")
        expect(page.locator(".petwidgets-title")).to_have_text("Classify a photograph")
        assert "token" not in page.url.partition("#")[2]
        page.close()
        # Without it there is a way to log in, and nothing behind it.
        login = requests.get(url, timeout=30)
        assert login.url.startswith(f"{url}login")
        assert 'type="password"' in login.text
        for path in ("", "api/kernels", "voila/files/app.ipynb", "?token=guess"):
            assert status(url + path, follow=False) in (302, 403, 404, 405), path


def test_a_link_to_a_lesson_opens_it_in_another_browser(
    server: str, visit: Callable[..., Page]
) -> None:
    page = visit(server)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    go(page, "presize")
    turn = page.get_by_label("Rotation", exact=True)
    turn.fill("-12")
    page.get_by_role("button", name="Copy a link to this lesson").click()
    expect(page.get_by_text("Copied. It opens this lesson")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    assert "session" not in link
    other = visit(link + "&zoom=99")
    turn = other.get_by_label("Rotation", exact=True)
    expect(turn).to_have_value("-12")
    sentence = "This lesson does not take all of the link. Left out: Zoom."
    expect(other.get_by_text(sentence)).to_be_visible()
    # A reload brings back what was set since, not what the link said.
    await_true(other, "/session=/.test(location.hash) && !/rotate/.test(location.hash)")
    turn.fill("5")
    expect(other.locator("label", has=turn).locator("b")).to_have_text("5°")
    other.reload()
    expect(other.get_by_label("Rotation", exact=True)).to_have_value("5")
    # A link that is pasted into an open page leaves its session alone.
    kept = other.evaluate("new URLSearchParams(location.hash.slice(1)).get('session')")
    other.evaluate("location.hash = 'lesson=log&p=0.5'")
    expect(other.get_by_label("x", exact=True)).to_have_value("0.5")
    await_true(other, f"location.hash === '#lesson=log&session={kept}'")


def test_a_link_is_copied_from_a_page_without_a_clipboard(
    server: str, visit: Callable[..., Page]
) -> None:
    """As on plain http, where browsers keep it from pages."""
    page = visit(server)
    page.evaluate("delete Navigator.prototype.clipboard; document.execCommand = () => false")
    page.get_by_role("button", name="Copy a link to this lesson").click()
    expect(page.get_by_label("Link to this lesson")).to_have_value(f"{server}#lesson=classify")
    expect(page.get_by_text("Copy it from here:")).to_be_visible()
