"""Archives whose members are called as no photograph is."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

import pytest

from petwidgets.data.archive import Watch, unpack
from petwidgets.problem import Problem

if TYPE_CHECKING:
    from pathlib import Path


def packed(*names: str) -> bytes:
    """A tar of files with a byte each."""
    into = io.BytesIO()
    with tarfile.open(fileobj=into, mode="w:gz") as tar:
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
