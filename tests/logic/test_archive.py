"""Archives whose members are called as no photograph is."""

from __future__ import annotations

import io
import tarfile
from email.message import Message
from typing import TYPE_CHECKING

import pytest

from petwidgets.common.errors import Problem
from petwidgets.data.download.archive import Watch, unpack
from petwidgets.data.download.response import Response

if TYPE_CHECKING:
    from pathlib import Path


def packed(*names: str, form: str = "gz") -> bytes:
    """A tar of files with a byte each."""
    into = io.BytesIO()
    with tarfile.open(fileobj=into, mode=f"w:{form}") as tar:  # type: ignore[call-overload]
        for name in names:
            entry = tarfile.TarInfo(name)
            entry.size = 1
            tar.addfile(entry, io.BytesIO(b"x"))
    return into.getvalue()


@pytest.mark.parametrize(
    "names", [(".",), ("pets",), ("pets", "pets/a.jpg"), ("pets/" + "x" * 300,)]
)
def test_a_member_that_can_not_be_a_file_is_damage(tmp_path: Path, names: tuple[str, ...]) -> None:
    archive, folder = tmp_path / "pets.tgz", tmp_path / "pets"
    archive.write_bytes(packed(*names))

    def complete(found: Path) -> bool:
        return (found / "a.jpg").is_file()

    with pytest.raises(Problem, match="damaged or unsafe, so it was removed"):
        unpack(archive, folder, complete=complete, watch=Watch())
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("form", ["gz", "bz2", "xz"])
def test_an_archive_of_any_packing_whose_end_is_damaged_is_removed(
    tmp_path: Path, form: str
) -> None:
    archive = tmp_path / "pets.tgz"
    content = packed("pets/a.jpg", form=form)
    archive.write_bytes(content[:-5] + bytes(byte ^ 255 for byte in content[-5:]))
    with pytest.raises(Problem, match="damaged or unsafe, so it was removed"):
        unpack(archive, tmp_path / "pets", complete=lambda _: True, watch=Watch())
    assert [*tmp_path.iterdir()] == []


def test_a_range_that_no_file_has_is_none() -> None:
    answer = object.__new__(Response)
    answer.status, answer.headers = 206, Message()
    answer.headers["Content-Range"] = f"bytes {'9' * 5000}-1/2"
    assert answer.span() == (-1, 0)
