"""Large archives on disk: free space, locks, digests, and safe unpacking."""

import errno
import gzip
import hashlib
import io
import logging
import lzma
import shutil
import sys
import tarfile
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from petwidgets.common.errors import Problem

EVERY = 0.1
"""Seconds between two checks for Stop, and between two reports."""

MIB = 2**20

log = logging.getLogger(__name__)

_ODD_NAMES = (errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.EINVAL)
"""Errors for a member whose name is a folder's, or no valid name."""

_DAMAGED = (tarfile.TarError, zlib.error, gzip.BadGzipFile, lzma.LZMAError, EOFError)


class Stopped(Problem):
    """The user pressed Stop. The download can be resumed."""


class Watch:
    """Report progress and check for Stop, some ten times a second.

    Args:
        progress: called with the bytes done and in all (0: unknown); each phase starts at 0, or
            where an earlier attempt ended.
        phase: called with the name of each phase as it begins.
        stop: True raises `Stopped`.
    """

    def __init__(
        self,
        progress: Callable[[int, int], None] | None = None,
        phase: Callable[[str], None] | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> None:
        self._progress = progress or (lambda _done, _total: None)
        self._announce = phase or (lambda _phase: None)
        self._stop = stop or (lambda: False)
        self._phase, self._due = "", 0.0

    def tick(self, phase: str, done: int, total: int) -> None:
        """Report progress, at most every `EVERY` seconds, but always at a phase's start and end.

        Args:
            phase: "wait" (another process holds the archive's lock), "download" or "unpack".
            done: bytes done.
            total: bytes in all, 0 when unknown.

        Raises:
            Stopped: `stop()` was true.
        """
        now = time.monotonic()
        if phase == self._phase and now < self._due and done != total:
            return
        if phase != self._phase:
            self._announce(phase)
        self._phase, self._due = phase, now + EVERY
        self._progress(done, total)
        if self._stop():
            raise Stopped(
                "The download was stopped; what has arrived is kept and the next try goes on from"
                " there."
            )

    def pause(self, seconds: float, phase: str, done: int, total: int) -> None:
        """Wait for `seconds`, checking for Stop.

        Raises:
            Stopped: `stop()` was true.
        """
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.tick(phase, done, total)
            time.sleep(min(EVERY, left))


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Convert errors of the operating system in the block to `Problem`s.

    Raises:
        Problem: the disk is full, or `folder` cannot be written to.
    """
    try:
        yield
    except OSError as error:
        log.warning("writing below %s failed", folder, exc_info=True)
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise Problem(f"The disk of {folder} is full: free some space and try again.") from None
        raise Problem(
            f"{error.filename or folder} cannot be written ({error.strerror or error}): allow it,"
            " or choose another folder."
        ) from error


def room(folder: Path, need: int) -> None:
    """Check the free space of a disk.

    Args:
        folder: an existing folder on that disk.
        need: bytes.

    Raises:
        Problem: less than `need` is free.
    """
    free = shutil.disk_usage(folder).free
    if free < need:
        raise Problem(
            f"The disk of {folder} has {free / 1e9:.1f} GB free and the photographs need"
            f" {need / 1e9:.1f} GB while they are unpacked: free some space and try again."
        )


if sys.platform == "win32":
    import msvcrt

    def _claim(file: IO[bytes]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _claim(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _claimed(file: IO[bytes]) -> bool:
    try:
        _claim(file)
    except OSError as error:
        if error.errno in {errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK}:
            return False
        # some network disks do not support locks; a download without a lock is better than none
        log.warning("no lock on %s: %s", file.name, error)
    return True


@contextmanager
def locked(archive: Path, watch: Watch) -> Iterator[None]:
    """Lock `archive` and its destination against other processes, or wait for them.

    The lock is that of fastdownload 0.0.8 (flock on `ARCHIVE.lock`), so that fastai's `untar_data`
    waits too. The system releases it when its process ends or dies.

    Raises:
        Stopped: `watch` was stopped while another process had the lock.
    """
    with archive.with_name(archive.name + ".lock").open("ab") as file:
        while not _claimed(file):
            watch.tick("wait", 0, 0)
            time.sleep(EVERY)
        yield  # closing the file releases the lock


def matches(archive: Path, size: int | None, digest: str | None) -> bool:
    """Whether `archive` is the expected one, by the checks of fastdownload.

    Args:
        archive: an existing file.
        size: its size in bytes; None for any.
        digest: MD5 in hexadecimal over the first 2**20 bytes only (`fastdownload.path_stats`);
            None for any. The archive's own checksum, verified when it is unpacked to its end,
            covers the rest.
    """
    with archive.open("rb") as file:
        md5 = hashlib.md5(file.read(MIB), usedforsecurity=False).hexdigest()
    return size in {None, archive.stat().st_size} and digest in {None, md5}


class _Watched(io.FileIO):
    """An archive file that reports progress and checks for Stop at every read."""

    def __init__(self, archive: Path, watch: Watch) -> None:
        super().__init__(archive)
        self._total, self._watch = archive.stat().st_size, watch

    def read(self, size: int | None = -1, /) -> bytes:
        self._watch.tick("unpack", self.tell(), self._total)
        return super().read(-1 if size is None else size) or b""


def _extract(archive: Path, folder: Path, watch: Watch) -> None:
    with _Watched(archive, watch) as file, tarfile.open(fileobj=file) as tar:
        for member in tar:
            if member.isreg() or member.isdir():
                _extract_one(tar, member, folder)
            else:  # photographs need no links or devices, and links have been used to evade filters
                log.warning("%s: %s is neither file nor folder, left out", archive, member.name)
        while tar.fileobj is not None and tar.fileobj.read(MIB):
            pass  # the checksum follows the last byte
        watch.tick("unpack", file.tell(), archive.stat().st_size)


def _extract_one(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    try:
        tar.extract(member, folder, filter="data")
    except (OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno not in _ODD_NAMES:
            raise
        raise tarfile.ExtractError(f"{member.name!r} can't be a file: {error}") from error


def _place(fresh: Path, folder: Path) -> None:
    if not folder.exists():
        fresh.rename(folder)
        return
    # an incomplete folder may hold files that the user saved (fastai's models/): only add to it
    for file in sorted(fresh.rglob("*")):
        target = folder / file.relative_to(fresh)
        if file.is_dir():
            target.mkdir(exist_ok=True)
        else:
            file.replace(target)


def unpack(archive: Path, folder: Path, *, complete: Callable[[Path], bool], watch: Watch) -> None:
    """Unpack `archive` into `folder` atomically.

    As in fastai, the archive's single root folder becomes `folder`, whatever its name. Into an
    existing `folder` the files of the archive are added; they replace files of the same name,
    others stay.

    Args:
        archive: any tar that `tarfile` reads; the caller holds its lock.
        folder: the destination; its parent exists.
        complete: checks the unpacked folder before it is moved to its place.
        watch: reports progress and checks for Stop.

    Raises:
        Problem: no space, or the archive is damaged, incomplete or reaches outside of `folder`
            (it is then removed).
        Stopped: the user pressed Stop; `folder` is unchanged.
    """
    folder = folder.resolve()
    room(folder.parent, 2 * archive.stat().st_size)
    work = folder.with_name(f".{folder.name}.unpacking")
    shutil.rmtree(work, ignore_errors=True)  # left by a killed process
    try:
        work.mkdir()
        _extract(archive, work, watch)
        roots = list(work.iterdir())
        fresh = roots[0] if len(roots) == 1 and roots[0].is_dir() else work
        if not complete(fresh):
            raise EOFError("files are missing")
        _place(fresh, folder)
    except (*_DAMAGED, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:  # the system's; bzip2 has none
            raise
        log.warning("%s is damaged", archive, exc_info=True)
        archive.unlink()
        raise Problem(
            f"The archive {archive.name} is damaged or unsafe, so it was removed: try again, which"
            " downloads a fresh one."
        ) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
