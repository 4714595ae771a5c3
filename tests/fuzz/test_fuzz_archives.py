"""Archives and answers of servers that photographs are fetched from: nothing leaves the folder."""

from __future__ import annotations

import io
import json
import tarfile
from email.message import Message
from typing import TYPE_CHECKING, Any

import pytest
from damage import ODD_TEXTS, TEXTS, altered, clear, damaged, fuzzed
from hypothesis import given
from hypothesis import strategies as st

from petwidgets.common.errors import Problem
from petwidgets.data.download import archive as archives
from petwidgets.data.download import http, response
from petwidgets.data.download.archive import Watch, unpack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KINDS = [tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE]
NAMES = [
    "pets/a.jpg",
    "pets/b/c.jpg",
    "../evil",
    "/evil",
    "pets/../../evil",
    "pets",
    "./x",
    "C:\\x",
]

Member = tuple[str, bytes, str, bytes]


def packed(members: list[Member], form: str = "gz") -> bytes:
    """A tar of (name, kind, what it links to, content)."""
    into = io.BytesIO()
    with tarfile.open(fileobj=into, mode=f"w:{form}") as tar:
        for name, kind, link, content in members:
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = kind, link
            entry.size = len(content) if kind == tarfile.REGTYPE else 0
            tar.addfile(entry, io.BytesIO(content) if entry.size else None)
    return into.getvalue()


SOUND: list[Member] = [
    ("pets", tarfile.DIRTYPE, "", b""),
    ("pets/a.jpg", tarfile.REGTYPE, "", b"a photograph"),
    ("pets/b/c.jpg", tarfile.REGTYPE, "", b"another one"),
]
ARCHIVES = [packed(SOUND, form) for form in ("gz", "", "xz", "bz2")]


def require_whole_or_refused(content: bytes, around: Path) -> None:
    """The folder appears, or a sentence and neither folder nor archive; beside it nothing does."""
    archive, folder = around / "pets.tgz", around / "images"
    for path in sorted(folder.rglob("*"), reverse=True):
        path.unlink() if path.is_file() or path.is_symlink() else path.rmdir()
    archive.write_bytes(content)
    try:
        unpack(archive, folder, complete=lambda found: any(found.iterdir()), watch=Watch())
    except Problem as problem:
        clear(problem)
        assert not archive.exists()
        assert not folder.exists() or not any(folder.iterdir())
    else:
        assert not any(path.is_symlink() for path in folder.rglob("*"))
        assert folder.exists()
    assert {path.name for path in around.iterdir()} <= {"pets.tgz", "images"}


@pytest.fixture(scope="module")
def around(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("around")


@fuzzed(50)
@given(content=damaged(ARCHIVES))
def test_an_archive_of_other_bytes(around: Path, content: bytes) -> None:
    require_whole_or_refused(content, around)


MEMBERS = st.tuples(
    st.sampled_from(NAMES) | st.sampled_from(ODD_TEXTS) | TEXTS,
    st.sampled_from(KINDS),
    st.sampled_from(["", "a.jpg", "../../evil", "/etc/passwd", "pets"]),
    st.binary(max_size=20),
)


@fuzzed(50)
@given(members=st.lists(MEMBERS | st.sampled_from(SOUND), max_size=6))
def test_an_archive_of_odd_members(around: Path, members: list[Member]) -> None:
    try:
        content = packed(members)
    except (UnicodeEncodeError, ValueError):  # such an archive can't be
        return
    require_whole_or_refused(content, around)


URL = "https://example.org/pets.tgz"
NOTE = {"url": URL, "version": '"abc"', "total": 40}


class Reply(io.BytesIO):
    """What a server answers."""

    def __init__(self, status: int, headers: dict[str, str], content: bytes) -> None:
        super().__init__(content)
        self.status, self.headers = status, Message()
        for name, value in headers.items():
            self.headers[name] = value
        told = headers.get("Content-Length", "")
        self.length = int(told) if told.isascii() and told.isdigit() else None


class Opener:
    def __init__(self, replies: list[Reply]) -> None:
        self.replies = replies

    def open(self, _request: Any, **_: Any) -> Reply:
        return self.replies.pop(0) if self.replies else Reply(500, {}, b"")


HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "ETag": st.sampled_from(['"abc"', 'W/"abc"', "", "\u20ac", "x" * 999]),
        "Last-Modified": st.sampled_from(["Mon", "", "never"]),
        "Content-Length": st.sampled_from(["40", "0", "-1", "9" * 30, "many"]),
        "Content-Range": st.sampled_from(
            [
                "bytes 12-39/40",
                "bytes 0-39/40",
                "bytes */40",
                "bytes 12-39/*",
                f"bytes {'9' * 5000}-1/2",
            ]
        ),
    },
)
REPLIES = st.builds(
    Reply, st.sampled_from([200, 206, 301, 404, 416, 429, 500, 0]), HEADERS, st.binary(max_size=60)
)


@pytest.fixture(scope="module", autouse=True)
def _at_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(http, "_PAUSES", (0.0, 0.0))
        patch.setattr(archives.shutil, "disk_usage", lambda _: type("Disk", (), {"free": 10**12}))
        yield


@fuzzed(30)
@given(
    replies=st.lists(REPLIES, max_size=4),
    note=altered([NOTE]) | st.none(),
    kept=st.binary(max_size=50),
    size=st.sampled_from([None, 40]),
)
def test_a_download_from_a_server_that_says_anything(
    around: Path, replies: list[Reply], note: Any, kept: bytes, size: int | None
) -> None:
    folder = around / "download"
    folder.mkdir(exist_ok=True)
    archive = folder / "pets.tgz"
    archive.with_name("pets.tgz.partial").write_bytes(kept)
    archive.with_name("pets.tgz.partial.json").write_text(json.dumps(note))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(response, "_opener", lambda: Opener(replies))
        try:
            http.fetch(URL, archive, size=size, digest=None, watch=Watch())
            assert size is None or archive.stat().st_size == size
        except Problem as problem:
            clear(problem)
    assert {path.name.partition(".")[0] for path in folder.iterdir()} <= {"pets"}
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
