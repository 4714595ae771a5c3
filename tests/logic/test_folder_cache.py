"""A cache in a folder: bounded in bytes, the oldest files go first."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from petwidgets.common.errors import Problem
from petwidgets.common.folder_cache import FolderCache

if TYPE_CHECKING:
    from pathlib import Path


def names(kept: FolderCache) -> set[str]:
    return {str(path.relative_to(kept.folder)) for path in kept.folder.rglob("*.bin")}


def put(kept: FolderCache, *files: str) -> None:
    """Put files of 10 bytes, each one second older than the next."""
    for number, file in enumerate(files):
        kept.put(file, b"x" * 10)
        os.utime(kept.folder / file, (number, number))


def test_what_was_put_is_got() -> None:
    kept = FolderCache("some", 100)
    assert kept.get("a/b.bin") is None
    kept.put("a/b.bin", b"content")
    assert FolderCache("some", 100).get("a/b.bin") == b"content"


def test_the_oldest_make_room_beside_what_another_process_wrote() -> None:
    put(FolderCache("some", 100), *(f"{n}/{n}.bin" for n in range(10)))
    kept = FolderCache("some", 100)
    kept.put("new.bin", b"y" * 10)
    # Two went: one for the new file, one to spare.
    assert names(kept) == {"new.bin", *(f"{n}/{n}.bin" for n in range(2, 10))}


def test_files_are_not_listed_again_while_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    kept, listed = FolderCache("some", 1000), []
    make_room = kept._make_room
    monkeypatch.setattr(kept, "_make_room", lambda n: listed.append(n) or make_room(n))
    put(kept, *(f"{n}.bin" for n in range(100)))
    assert len(listed) == 1
    put(kept, *(f"more{n}.bin" for n in range(30)))
    assert 1 < len(listed) < 5
    assert sum(path.stat().st_size for path in kept.folder.iterdir()) <= 1000


def test_what_is_larger_than_the_limit_is_not_kept_and_drives_nothing_out() -> None:
    kept = FolderCache("some", 100)
    put(kept, "a.bin")
    kept.put("large.bin", b"x" * 101)
    assert names(kept) == {"a.bin"}


def test_the_folder_may_be_deleted_at_any_time() -> None:
    kept = FolderCache("some", 100)
    put(kept, "a.bin")
    (kept.folder / "a.bin").unlink()
    kept.folder.rmdir()
    assert kept.get("a.bin") is None
    put(kept, "a.bin")
    assert names(kept) == {"a.bin"}


def test_a_folder_that_can_not_be_written_is_a_problem(home: Path) -> None:
    home.mkdir(parents=True)
    (home / "cache").write_text("a file where the folder should be")
    with pytest.raises(Problem, match="can't be written"):
        FolderCache("some", 100).put("a.bin", b"x")
