"""Oxford-IIIT Pet against a server on this machine, and against fastai's own idea of its cache."""

import ast
import fcntl
import hashlib
import importlib.util
import io
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tarfile
import threading
import time
import urllib.error
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from petwidgets.common.errors import Problem
from petwidgets.data import oxford
from petwidgets.data.download import archive, http, response

NAMES = [f"{breed}_{i}.jpg" for breed in ("Abyssinian", "beagle") for i in range(1, 7)]
WAIT = 30  # seconds after which a condition that never comes fails the test


def jpeg(seed: int) -> bytes:
    noise = np.random.default_rng(seed).integers(0, 256, (120, 160, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(noise).save(out, "jpeg", quality=95)
    return out.getvalue()


def tgz(files: dict[str, bytes], *extra: tarfile.TarInfo) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
        for info in extra:
            tar.addfile(info)
    return out.getvalue()


def pets(seed: int = 0) -> dict[str, bytes]:
    """The set's layout, with fewer photographs."""
    root = "oxford-iiit-pet"
    files = {f"{root}/images/{name}": jpeg(seed + i) for i, name in enumerate(NAMES)}
    for name in ("Abyssinian_100", "Abyssinian_101", "Abyssinian_102"):
        files[f"{root}/images/{name}.mat"] = b"MATLAB 5.0"
    files[f"{root}/annotations/list.txt"] = b"Abyssinian_1 1 1 1\n"
    files[f"{root}/annotations/trimaps/._Abyssinian_1.png"] = b"a Macintosh was here"
    return files


@pytest.fixture(scope="module")
def body() -> bytes:
    return tgz(pets())


class Server(ThreadingHTTPServer):
    """Serves `body`, breaking off, falling silent and refusing as it is told."""

    daemon_threads = True

    def __init__(self, body: bytes) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.body, self.etag, self.modified = body, '"one"', ""
        self.ranges = self.believes_if_range = self.says_length = True
        self.cuts: list[int] = []  # bytes of the body after which each coming answer breaks off
        self.statuses: list[int] = []
        self.silent_after: int | None = None  # bytes of the body, then nothing until `release`
        self.mute = False  # not even a head until `release`
        self.release = threading.Event()
        self.requests: list[dict[str, str]] = []
        self.sent = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/oxford-iiit-pet.tgz"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass

    def start(self) -> int:
        server, asked = self.server, re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if not asked or not server.ranges:
            return 0
        same = self.headers.get("If-Range") in {None, server.etag, server.modified}
        return int(asked[1]) if same or not server.believes_if_range else 0

    def head(self, status: int, start: int) -> None:
        server = self.server
        self.send_response(status)
        if server.etag:
            self.send_header("ETag", server.etag)
        if server.modified:
            self.send_header("Last-Modified", server.modified)
        if start:
            size = len(server.body)
            self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        if server.says_length:
            self.send_header("Content-Length", str(len(server.body) - start))
        self.end_headers()

    def do_GET(self) -> None:
        server = self.server
        server.requests.append({k.lower(): v for k, v in self.headers.items()})
        if server.mute:
            server.release.wait(WAIT)
        if server.statuses:
            self.send_error(server.statuses.pop(0))
            return
        start = self.start()
        self.head(206 if start else 200, start)
        end = server.cuts.pop(0) if server.cuts else len(server.body)
        pause = server.silent_after if server.silent_after is not None else end
        self.send(start, min(pause, end))
        if server.silent_after is not None:
            server.release.wait(WAIT)
            self.send(max(start, pause), end)

    def send(self, start: int, end: int) -> None:
        with suppress(OSError):  # the other side may have gone
            self.wfile.write(self.server.body[start:end])
            self.wfile.flush()
            self.server.sent += max(0, end - start)


@pytest.fixture
def server(body: bytes) -> Iterator[Server]:
    server = Server(body)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.release.set()
    server.shutdown()
    server.server_close()
    thread.join(WAIT)


@pytest.fixture(autouse=True)
def fastai_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own, few photographs, no waiting, Stop heard at every block."""
    monkeypatch.setenv("FASTAI_HOME", str(tmp_path / "fastai"))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(oxford, "PHOTOGRAPHS", len(NAMES))
    monkeypatch.setattr(archive, "EVERY", 0.0)
    monkeypatch.setattr(response, "EVERY", 0.01)
    monkeypatch.setattr(http, "_PAUSES", (0.0, 0.0, 0.0))
    return tmp_path / "fastai"


def md5(body: bytes) -> str:
    return hashlib.md5(body[: 2**20], usedforsecurity=False).hexdigest()


def get(server: Server, **kwargs: object) -> Path:
    usual = {"url": server.url, "size": len(server.body), "digest": md5(server.body)}
    return oxford.get(**(usual | kwargs))  # type: ignore[arg-type]


def stop_at(server: Server, at: int) -> None:
    """Downloads `at` bytes and presses Stop; the server is then as before."""
    done = [0]
    server.silent_after = at
    with pytest.raises(archive.Stopped, match="what has arrived is kept"):
        get(
            server,
            progress=lambda got, _total: done.__setitem__(0, got),
            stop=lambda: done[0] == at,
        )
    server.silent_after = None


def check(folder: Path) -> None:
    found = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*.*")}
    want = {k.removeprefix("oxford-iiit-pet/"): v for k, v in pets().items()}
    assert {k: v for k, v in found.items() if k in want} == want


def leftovers(home: Path) -> list[str]:
    """What is there besides the set, its archive and the lock, which fastai leaves too."""
    kept = {"oxford-iiit-pet", "oxford-iiit-pet.tgz", "oxford-iiit-pet.tgz.lock"}
    return [p.name for f in ("archive", "data") for p in (home / f).iterdir() if p.name not in kept]


def partial(home: Path) -> bytes:
    return (home / "archive" / "oxford-iiit-pet.tgz.partial").read_bytes()


# ------------------------------------------------------------------------------- the usual course


def test_downloads_unpacks_and_is_then_present(server: Server, fastai_home: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    phases: list[str] = []
    assert not oxford.present()
    folder = get(
        server,
        phase=phases.append,
        progress=lambda done, total: seen.append((phases[-1], done, total)),
    )
    check(folder)
    assert folder == oxford.folder() == fastai_home / "data" / "oxford-iiit-pet"
    assert oxford.images() == folder / "images"
    assert oxford.present()
    assert (fastai_home / "archive" / "oxford-iiit-pet.tgz").read_bytes() == server.body
    assert leftovers(fastai_home) == []
    size = len(server.body)
    assert phases == ["download", "unpack"]
    for phase in phases:
        counts = [done for name, done, _ in seen if name == phase]
        assert counts == sorted(counts)
        assert counts[-1] == size
    assert {total for _, _, total in seen} <= {0, size}


def test_a_complete_set_asks_no_server(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    get(server)
    assert get(server) == oxford.folder()
    shutil.rmtree(oxford.folder())
    get(server)  # fastai's archive is there: unpacking is enough
    assert oxford.present()
    assert len(server.requests) == 1
    monkeypatch.setattr(oxford, "PHOTOGRAPHS", len(NAMES) + 1)
    assert not oxford.present()


def test_a_folder_of_ones_own(server: Server, tmp_path: Path, fastai_home: Path) -> None:
    folder = get(server, to=tmp_path / "own")
    assert folder == tmp_path / "own" / "oxford-iiit-pet"
    check(folder)
    assert not fastai_home.exists()


def test_an_incomplete_set_is_filled_up_and_keeps_what_a_person_saved(server: Server) -> None:
    folder = get(server)
    (folder / "images" / NAMES[0]).unlink()
    (folder / "images" / NAMES[1]).write_bytes(b"cut sh")
    (folder / "models").mkdir()
    (folder / "models" / "mine.pth").write_bytes(b"hours of training")
    check(get(server))
    assert (folder / "models" / "mine.pth").read_bytes() == b"hours of training"


def test_a_linked_data_folder_is_filled_up_where_it_points(server: Server, tmp_path: Path) -> None:
    (tmp_path / "big" / "pets").mkdir(parents=True)
    oxford.folder().parent.mkdir(parents=True)
    oxford.folder().symlink_to(tmp_path / "big" / "pets")
    beside: set[str] = set()  # unpacked on the disk where the files will stay

    def look(_done: int, _total: int) -> None:
        beside.update(p.name for p in (tmp_path / "big").iterdir())

    check(get(server, progress=look))
    assert beside == {"pets", ".pets.unpacking"}
    assert oxford.folder().is_symlink()
    assert [p.name for p in (tmp_path / "big").iterdir()] == ["pets"]


def test_a_wrong_archive_in_fastais_folder_is_downloaded_again(
    server: Server, fastai_home: Path
) -> None:
    (fastai_home / "archive").mkdir(parents=True)
    (fastai_home / "archive" / "oxford-iiit-pet.tgz").write_bytes(server.body[:1000])
    check(get(server))


# ------------------------------------------------------------------------------- broken downloads


@pytest.mark.parametrize("named_by", ["etag", "modified"])
def test_goes_on_after_a_break(server: Server, named_by: str, fastai_home: Path) -> None:
    if named_by == "modified":  # a weak ETag must not join two halves
        server.etag, server.modified = 'W/"one"', "Wed, 21 Oct 2015 07:28:00 GMT"
    server.cuts = [100_000, 150_000]
    check(get(server))
    first, *more = server.requests
    assert "range" not in first
    assert [request["range"] for request in more] == ["bytes=100000-", "bytes=150000-"]
    assert {request["if-range"] for request in more} == {server.modified or server.etag}
    assert server.sent == len(server.body)
    assert leftovers(fastai_home) == []


def test_a_server_without_range_starts_again(server: Server) -> None:
    server.ranges, server.cuts = False, [100_000]
    check(get(server))
    assert len(server.requests) == 2
    assert server.sent == 100_000 + len(server.body)


def test_a_server_that_names_no_version_starts_again(server: Server) -> None:
    server.etag, server.cuts = "", [100_000]
    check(get(server))
    assert "range" not in server.requests[1]


def test_a_server_that_always_breaks_off_is_given_up(server: Server, fastai_home: Path) -> None:
    server.ranges, server.cuts = False, [100_000] * 9
    with pytest.raises(Problem, match=r"broke off again and again.*what has arrived is kept"):
        get(server)
    assert len(server.requests) == 4
    assert len(partial(fastai_home)) == 100_000


def test_gains_start_the_row_of_tries_again(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "MIB", 10_000)
    server.cuts = list(range(10_000, 110_000, 10_000))
    check(get(server))
    assert len(server.requests) == 11


@pytest.mark.parametrize("believes", [True, False])
def test_a_file_that_changed_between_tries_is_not_spliced(
    server: Server, fastai_home: Path, *, believes: bool
) -> None:
    server.body = tgz(pets(seed=99))
    server.cuts = [100_000] * 4
    anything = {"size": None, "digest": None}
    with pytest.raises(Problem, match="broke off"):
        get(server, **anything)
    server.cuts, server.body, server.etag = [], tgz(pets()), '"two"'
    server.believes_if_range = believes
    check(get(server, **anything))
    archived = (fastai_home / "archive" / "oxford-iiit-pet.tgz").read_bytes()
    assert archived == server.body


def test_a_shorter_file_on_the_server_starts_again(server: Server) -> None:
    stop_at(server, 100_000)
    server.statuses = [416]
    check(get(server))
    assert ["range" in request for request in server.requests] == [False, True, False]


@pytest.mark.parametrize("note", ["", "[]", "{}", '{"url": 1}', '{"version": null, "total": "x"}'])
def test_a_damaged_note_starts_again(server: Server, fastai_home: Path, note: str) -> None:
    stop_at(server, 100_000)
    (fastai_home / "archive" / "oxford-iiit-pet.tgz.partial.json").write_text(note)
    check(get(server))
    assert "range" not in server.requests[1]


def test_what_arrived_from_another_address_is_not_continued(server: Server) -> None:
    stop_at(server, 100_000)
    check(get(server, url=server.url + "?mirror"))
    assert "range" not in server.requests[1]


def test_an_unknown_length_is_read_to_its_end(server: Server) -> None:
    server.says_length = False
    seen: list[int] = []
    check(get(server, size=None, progress=lambda _done, total: seen.append(total)))
    assert 0 in seen


def test_passing_errors_are_tried_again(server: Server) -> None:
    server.statuses = [503, 429]
    check(get(server))
    assert len(server.requests) == 3


# ------------------------------------------------------------------------------------------- stop


def test_stop_keeps_what_arrived_and_the_next_try_goes_on(
    server: Server, fastai_home: Path
) -> None:
    half = len(server.body) // 2
    stop_at(server, half)
    assert partial(fastai_home) == server.body[:half]
    check(get(server))
    assert server.requests[1]["range"] == f"bytes={half}-"
    assert server.sent == len(server.body)


def test_stop_is_heard_while_the_server_says_nothing(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(response, "EVERY", 0.1)
    server.mute = True
    asked = time.monotonic()
    with pytest.raises(archive.Stopped):
        get(server, stop=lambda: bool(server.requests))
    assert time.monotonic() - asked < 10


def test_stop_while_unpacking_leaves_nothing_half_done(server: Server, fastai_home: Path) -> None:
    phases: list[str] = []
    seen = [0]
    with pytest.raises(archive.Stopped):
        get(
            server,
            phase=phases.append,
            progress=lambda done, _total: seen.__setitem__(0, done),
            stop=lambda: phases[-1] == "unpack" and seen[0] > 100_000,
        )
    assert 100_000 < seen[0] < len(server.body)
    assert not oxford.folder().exists()
    assert leftovers(fastai_home) == []
    check(get(server))
    assert len(server.requests) == 1


def test_stopped_at_the_last_byte_asks_for_nothing_more(server: Server) -> None:
    phases: list[str] = []
    with pytest.raises(archive.Stopped):
        get(
            server,
            phase=phases.append,
            progress=lambda done, total: phases.append("full") if 0 < done == total else None,
            stop=lambda: phases[-1] == "full",
        )
    check(get(server))
    assert len(server.requests) == 1


# --------------------------------------------------------------------------------- several at once


def test_two_at_once_download_once(server: Server) -> None:
    server.silent_after = 1000
    waiting = threading.Event()
    folders: list[Path] = []

    def second() -> None:
        def phase(name: str) -> None:
            if name == "wait":
                waiting.set()

        folders.append(get(server, phase=phase))

    thread = threading.Thread(target=second)

    def progress(done: int, _total: int) -> None:
        if done == 1000 and not thread.ident:
            thread.start()
            assert waiting.wait(WAIT)
            server.release.set()

    folders.append(get(server, progress=progress))
    thread.join(WAIT)
    check(folders[0])
    assert folders == [oxford.folder()] * 2
    assert len(server.requests) == 1


def test_waits_for_fastais_lock_and_can_be_stopped(server: Server, fastai_home: Path) -> None:
    (fastai_home / "archive").mkdir(parents=True)
    phases: list[str] = []
    with (fastai_home / "archive" / "oxford-iiit-pet.tgz.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # as fastdownload does it
        with pytest.raises(archive.Stopped):
            get(server, phase=phases.append, stop=lambda: True)
    assert phases == ["wait"]
    assert server.requests == []


def test_what_a_killed_process_left_is_swept(server: Server, fastai_home: Path) -> None:
    left = fastai_home / "data" / ".oxford-iiit-pet.unpacking" / "oxford-iiit-pet" / "images"
    left.mkdir(parents=True)
    (left / "old.jpg").write_bytes(b"")
    folder = get(server)
    assert not (folder / "images" / "old.jpg").exists()
    assert leftovers(fastai_home) == []


# --------------------------------------------------------------------------------------- problems


def test_a_wrong_digest_is_said_and_removed(server: Server, fastai_home: Path) -> None:
    with pytest.raises(Problem, match="not the expected archive, so it was removed"):
        get(server, digest=oxford.DIGEST)
    assert [p.name for p in (fastai_home / "archive").iterdir()] == ["oxford-iiit-pet.tgz.lock"]


def test_a_wrong_size_is_said_before_a_byte_is_written(server: Server, fastai_home: Path) -> None:
    with pytest.raises(Problem, match="sign-in page"):
        get(server, size=len(server.body) + 1)
    assert leftovers(fastai_home) == []


def test_a_sign_in_page_does_not_cost_what_has_arrived(server: Server, fastai_home: Path) -> None:
    server.cuts = [100_000] * 4
    with pytest.raises(Problem, match="broke off"):
        get(server)
    body, server.body, server.etag = server.body, b"<html>Welcome to the hotel", '"hotel"'
    with pytest.raises(Problem, match="sign-in page"):
        oxford.get(url=server.url, size=len(body), digest=md5(body))
    assert partial(fastai_home) == body[:100_000]


@pytest.mark.parametrize("where", [0.3, 0.7])
def test_a_flipped_bit_is_noticed_beyond_the_first_megabyte_too(
    server: Server, fastai_home: Path, where: float
) -> None:
    at = int(len(server.body) * where)
    flipped = bytes([server.body[at] ^ 1])
    server.body = server.body[:at] + flipped + server.body[at + 1 :]
    with pytest.raises(Problem, match="damaged or unsafe, so it was removed"):
        get(server)  # the digest is the damaged archive's own: it covers only a beginning
    assert not oxford.present()
    assert leftovers(fastai_home) == []
    assert not (fastai_home / "archive" / "oxford-iiit-pet.tgz").exists()


def test_a_checksum_that_is_off_is_noticed(server: Server) -> None:
    server.body = server.body[:-8] + b"\0\0\0\0" + server.body[-4:]
    with pytest.raises(Problem, match="damaged"):
        get(server)


@pytest.mark.parametrize(
    "content",
    [b"not an archive", tgz({"oxford-iiit-pet/images/one.jpg": b"1"}), tgz(pets())[:-50_000]],
    ids=["text", "incomplete", "cut"],
)
def test_not_the_set(server: Server, content: bytes) -> None:
    server.body = content
    with pytest.raises(Problem, match="damaged or unsafe"):
        get(server)
    assert not oxford.folder().exists()


def test_a_member_that_leads_out_is_refused(server: Server, fastai_home: Path) -> None:
    server.body = tgz(pets() | {"oxford-iiit-pet/../../../evil.txt": b"gotcha"})
    with pytest.raises(Problem, match="damaged or unsafe"):
        get(server)
    assert list(fastai_home.parent.rglob("evil.txt")) == []
    assert not oxford.folder().exists()


def test_links_and_devices_are_left_out(server: Server, tmp_path: Path) -> None:
    link = tarfile.TarInfo("oxford-iiit-pet/images/link.jpg")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    pipe = tarfile.TarInfo("oxford-iiit-pet/images/pipe.jpg")
    pipe.type = tarfile.FIFOTYPE
    server.body = tgz(pets(), link, pipe)
    folder = get(server)
    check(folder)
    assert not any(os.path.lexists(folder / "images" / f"{n}.jpg") for n in ("link", "pipe"))


def test_a_full_disk_is_said_before_the_download(
    server: Server, monkeypatch: pytest.MonkeyPatch, fastai_home: Path
) -> None:
    need = 3 * len(server.body)
    free = [need - 1]
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: usage._replace(free=free[0]))
    with pytest.raises(Problem, match="free some space and try again"):
        get(server)
    assert leftovers(fastai_home) == []
    free[0] = need
    check(get(server))


def test_a_disk_that_fills_up_is_said(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object, **_kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tarfile.TarFile, "extract", full)
    with pytest.raises(Problem, match="is full: free some space"):
        get(server)
    assert not oxford.folder().exists()


def test_a_folder_that_cannot_be_written(server: Server, fastai_home: Path) -> None:
    fastai_home.write_text("a file where a folder should be")
    with pytest.raises(Problem, match="cannot be written"):
        get(server)


def test_404_is_said_at_once(server: Server) -> None:
    server.statuses = [404]
    with pytest.raises(Problem, match="answered 404 for http://127"):
        get(server)
    assert len(server.requests) == 1


def test_no_network_is_said_at_once(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_PAUSES", (1e9,))  # the test would not end
    url = server.url
    server.shutdown()
    server.server_close()
    with pytest.raises(Problem, match=r"does not answer .*check the network connection") as said:
        oxford.get(url=url)
    assert "it refuses the connection" in str(said.value)
    assert "Errno" not in str(said.value)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (urllib.error.URLError(socket.gaierror(-2, "Name or service not known")), "not known here"),
        (urllib.error.URLError(TimeoutError(110, "timed out")), "silent for too long"),
        (ConnectionResetError(104, "Connection reset by peer"), "was cut"),
        (ssl.SSLCertVerificationError(1, "self-signed"), "not trusted"),
        (urllib.error.URLError("unknown"), "the network fails"),
        (OSError(101, "Network is unreachable"), "the network fails"),
    ],
)
def test_a_network_that_fails_is_said_without_numbers(error: Exception, said: str) -> None:
    assert said in response._reason(error)
    assert "[" not in response._reason(error)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.org/a.tgz", "pets.tgz"])
def test_only_http(url: str) -> None:
    with pytest.raises(Problem, match="not an http or https address"):
        oxford.get(url=url)


def test_no_redirection_to_other_schemes() -> None:
    known = response._opener().handle_open
    assert set(known) == {"http", "https", "unknown"}


def test_every_sentence_is_one_line(server: Server) -> None:
    server.body = b"not an archive"
    with pytest.raises(Problem) as caught:
        get(server)
    assert "\n" not in str(caught.value)


# --------------------------------------------------------------------------------- fastai's cache


def write_config(home: Path, data: str, packed: str) -> None:
    home.mkdir(parents=True)
    text = f"[DEFAULT]\ndata = {data}\narchive = {packed}\nstorage = tmp\nmodel = models\n"
    (home / "config.ini").write_text(text)


def test_fastais_config_is_followed(server: Server, fastai_home: Path, tmp_path: Path) -> None:
    write_config(fastai_home, "sets", str(tmp_path / "elsewhere"))
    assert get(server) == fastai_home / "sets" / "oxford-iiit-pet"
    assert (tmp_path / "elsewhere" / "oxford-iiit-pet.tgz").exists()


def test_without_fastai_home_it_is_in_the_persons_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FASTAI_HOME")
    assert oxford.folder() == Path.home() / ".fastai" / "data" / "oxford-iiit-pet"


def test_an_unreadable_config_is_said(fastai_home: Path) -> None:
    fastai_home.mkdir()
    (fastai_home / "config.ini").write_text("data = data")
    with pytest.raises(Problem, match=r"config\.ini.*mend or remove it"):
        oxford.present()


def test_neither_fastai_nor_torch_is_imported() -> None:
    code = "import sys, petwidgets.data.oxford as o; o.present(); print(*sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    roots = Counter(name.split(".")[0] for name in out.stdout.split())
    assert not {"torch", "fastai", "fastcore", "fastdownload"} & set(roots)


def test_size_and_digest_are_fastais() -> None:
    spec = importlib.util.find_spec("fastai")
    if spec is None or spec.origin is None:
        pytest.skip("fastai is not installed")
    checks = (Path(spec.origin).parent / "data" / "download_checks.py").read_text("utf-8")
    # the file is `URLs = {...}` in some versions and the bare dictionary in others
    table = ast.literal_eval(checks[checks.index("{") :])
    assert table[oxford.URL] == (oxford.SIZE, oxford.DIGEST)


FASTAI = """
import json, os, sys
from pathlib import Path
import fastai.data
from fastai.data.external import URLs, fastai_cfg, untar_data
from fastdownload import FastDownload
from fastdownload.core import path_stats
from fastcore.net import urldest
answers = []
for home in json.loads(sys.argv[1]):
    os.environ["FASTAI_HOME"] = home
    fastai_cfg.cache_clear()
    d = FastDownload(fastai_cfg(), module=fastai.data)
    arch = urldest(URLs.PETS, d.arch_path())
    answers.append([str(d.data_path("data", arch)), str(arch), str(untar_data(URLs.PETS))])
print(json.dumps([URLs.PETS, path_stats(arch), answers]))
"""


def test_fastai_finds_what_was_downloaded(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("fastdownload")
    if importlib.util.find_spec("fastai") is None:
        pytest.skip("fastai is not installed")
    homes = [tmp_path / name for name in ("plain", "relative", "absolute")]
    write_config(homes[1], "my data", "../shared/archive")
    write_config(homes[2], str(tmp_path / "d"), str(tmp_path / "a"))
    ours = []
    for home in homes:
        monkeypatch.setenv("FASTAI_HOME", str(home))
        found = str(get(server))
        ours.append([found, str(oxford._cache("archive") / oxford.ARCHIVE), found])
    command = [sys.executable, "-c", FASTAI, json.dumps([str(home) for home in homes])]
    out = subprocess.run(command, check=True, capture_output=True, text=True, cwd=tmp_path)
    url, stats, theirs = json.loads(out.stdout.splitlines()[-1])
    assert url == oxford.URL
    assert stats == [len(server.body), md5(server.body)]
    assert theirs == ours
