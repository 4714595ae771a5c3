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
    from collections.abc import Collection
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
"""Files that file managers add to folders, and so to zips."""

MOST_PACKED = 256 * MB
"""Maximum size of the zip file in bytes."""

END = struct.Struct("<4s4H2LH")
"""End of central directory: signature, two disk numbers, entries on this disk and in all, size and
offset of the directory, length of the comment."""
LONGEST_LIST = 4096
WIDE = b"PK\x06\x07"
"""Signature of the zip64 locator before it, in files of four gigabytes and more."""

NOT_OURS = "This is not a run that petwidgets exported: choose a file that ends in .petrun.zip."
OTHER_EXPORTS = {"load.py": "a model folder", "index.html": "a web page"}
"""What an export that is not imported is called, by a file that only it has."""

HAND_MADE = "This file was not made by petwidgets, or was changed since: export the run again."


def unpack(content: bytes, folder: Path) -> None:
    """Extract an export into a folder, after checking names, types and sizes of all entries.

    Raises:
        Problem: it is not a zip, or not one of a run; or the disk is full.
    """
    with _opened(content) as archive:
        for name, entry in _sound_entries(archive).items():
            _extract(archive, entry, folder / name)


def require_packed(size: int) -> None:
    """Check the size of an export in bytes.

    Raises:
        Problem: it is too large.
    """
    if size > MOST_PACKED:
        raise Problem(f"This file has more than {MOST_PACKED // MB} MB: no run is so large.")


def require_size(name: str, size: int) -> None:
    """Check the unpacked size of an entry in bytes.

    Raises:
        Problem: it is too large.
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
    if len(archive.infolist()) != claimed:  # an entry is lost by damage
        raise Problem(HAND_MADE)
    return archive


def _claimed_entries(content: bytes) -> int:
    """Number of entries that the zip declares, checked to be small: a zip may list a million."""
    ending = content[-END.size :]
    if len(ending) < END.size or not ending.startswith(b"PK\x05\x06"):
        raise Problem(NOT_OURS)
    _, _, _, _, entries, size, _, _ = END.unpack(ending)
    if size > LONGEST_LIST or content[-END.size - 20 : -END.size].startswith(WIDE):
        raise Problem(HAND_MADE)
    return int(entries)


def _sound_entries(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The entries by the file names of a run.

    A user may have unpacked and repacked an export, so a common folder of all entries is removed
    and files added by file managers are ignored.
    """
    named = [(_name(entry), entry) for entry in archive.infolist()]
    entries = [(PurePosixPath(name), entry) for name, entry in named if not _added(name)]
    _require_run({path.name for path, _ in entries})
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


def _require_run(names: Collection[str]) -> None:
    for name, kind in OTHER_EXPORTS.items():
        if name in names:
            raise Problem(
                f"This is {kind}, not a run: export the run itself, as petwidgets runs export"
                " --as run does."
            )


def _name(entry: zipfile.ZipInfo) -> str:
    # `orig_filename` is not cut at a null character; Windows may have written backslashes.
    return entry.orig_filename.replace("\\", "/")


def _added(name: str) -> bool:
    """Whether an entry is a folder, or a file that macOS or Windows adds."""
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
    """Extract at most the entry's declared size, which was checked before.

    Raises:
        Problem: it has fewer bytes, or it is damaged.
    """
    try:
        with archive.open(entry) as packed_file, complaints(path), path.open("wb") as file:
            shutil.copyfileobj(packed_file, file, MB)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as error:
        raise Problem(f"{path.name} is damaged in this file: export the run again.") from error
    if path.stat().st_size != entry.file_size:
        raise Problem(f"{path.name} is cut off in this file: export the run again.")
