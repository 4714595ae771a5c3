"""Pack a run into a zip, and unpack an untrusted one.

Only the five file names of a run are accepted, and each has a size limit.
"""

from __future__ import annotations

import io
import shutil
import stat
import struct
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from petwidgets.common.errors import Problem
from petwidgets.common.paths import LABELS_FILE, complaints

if TYPE_CHECKING:
    from pathlib import Path

MB = 2**20
LARGEST = {
    "run.json": 8 * MB,
    "events.jsonl": 16 * MB,
    "model.safetensors": 256 * MB,
    "validation.safetensors": 64 * MB,
    LABELS_FILE: 32 * MB,
}
"""Files of an export, with their largest unpacked size in bytes."""

BESIDE = (".DS_Store", "Thumbs.db", "desktop.ini")
"""Files that file managers leave in a folder, and pack with it."""

MOST_PACKED = 256 * MB
"""Bytes that the file itself may have."""

END = struct.Struct("<4s4H2LH")
"""The end of a zip: signature, two disks, entries here and in all, size and place of the list."""
LONGEST_LIST = 4096
WIDE = b"PK\x06\x07"
"""Where a longer end stands in front of it, for files of four gigabytes and more."""

NOT_OURS = "This is no run that petwidgets exported: choose a file that ends in .petrun.zip."
HAND_MADE = "This file was not made by petwidgets, or was changed since: export the run again."


def unpack(content: bytes, folder: Path) -> None:
    """Write the entries of an export into a folder, once all of them are found plain and small.

    Raises:
        Problem: it is no zip, or holds what no run has; or the disk is full.
    """
    with _opened(content) as archive:
        for name, entry in _sound_entries(archive).items():
            _extract(archive, entry, folder / name)


def require_packed(size: int) -> None:
    """Raise unless a file of so many bytes may be an export.

    Raises:
        Problem: it may not.
    """
    if size > MOST_PACKED:
        raise Problem(f"This file has more than {MOST_PACKED // MB} MB: no run is so large.")


def require_size(name: str, size: int) -> None:
    """Raise unless this entry may have so many bytes unpacked.

    Raises:
        Problem: it may not.
    """
    if size > LARGEST[name]:
        raise Problem(
            f"{name} has {size / MB:,.0f} MB unpacked: {LARGEST[name] // MB} MB are the most that a"
            " run may have."
        )


def _opened(content: bytes) -> zipfile.ZipFile:
    require_packed(len(content))
    claimed = _claimed_entries(content)
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise Problem(NOT_OURS) from error
    if len(archive.infolist()) != claimed:  # damage has swallowed one
        raise Problem(HAND_MADE)
    return archive


def _claimed_entries(content: bytes) -> int:
    """How many there are, where their list is short: one may name a million."""
    ending = content[-END.size :]
    if len(ending) < END.size or not ending.startswith(b"PK\x05\x06"):
        raise Problem(NOT_OURS)
    _, _, _, _, entries, size, _, _ = END.unpack(ending)
    if size > LONGEST_LIST or content[-END.size - 20 : -END.size].startswith(WIDE):
        raise Problem(HAND_MADE)
    return int(entries)


def _sound_entries(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The entries by the names that a run has.

    An export may have been unpacked and packed again: one common folder of all entries is removed,
    and files that a file manager adds are ignored.
    """
    named = [(_name(entry), entry) for entry in archive.infolist()]
    entries = [(PurePosixPath(name), entry) for name, entry in named if not _added(name)]
    within = {path.parent for path, _ in entries}
    for path, entry in entries:
        if path.name not in LARGEST or len(within) > 1 or ".." in path.parts or path.is_absolute():
            raise Problem(f"This file holds {entry.orig_filename[:80]!r}, which belongs to no run.")
        _require_plain(path.name, entry)
        require_size(path.name, entry.file_size)
    by_name = {path.name: entry for path, entry in entries}
    if len(by_name) < len(entries):
        raise Problem("This file holds an entry twice: export the run again.")
    if "run.json" not in by_name:
        raise Problem(NOT_OURS)
    return by_name


def _name(entry: zipfile.ZipInfo) -> str:
    # A name that ends in its midst is not cut there; Windows may have written backslashes.
    return entry.orig_filename.replace("\\", "/")


def _added(name: str) -> bool:
    """Whether it is a folder, or what a Mac or Windows puts beside files."""
    path = PurePosixPath(name)
    beside = path.name in BESIDE or path.name.startswith("._") or path.parts[:1] == ("__MACOSX",)
    return name.endswith("/") or beside


def _require_plain(name: str, entry: zipfile.ZipInfo) -> None:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if entry.flag_bits & 0x1:
        raise Problem(f"{name} is encrypted: export the run again, without a password.")
    if kind not in (0, stat.S_IFREG):
        raise Problem(f"{name} is no plain file in this export: export the run again.")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Problem(f"{name} is packed in an unusual way: export the run again.")


def _extract(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path) -> None:
    """No more bytes than it says that it has, which was looked at; less or others are damage."""
    try:
        with archive.open(entry) as packed_file, complaints(path), path.open("wb") as file:
            shutil.copyfileobj(packed_file, file, MB)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as error:
        raise Problem(f"{path.name} is damaged in this file: export the run again.") from error
    if path.stat().st_size != entry.file_size:
        raise Problem(f"{path.name} is cut off in this file: export the run again.")
