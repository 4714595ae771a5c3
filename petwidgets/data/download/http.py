"""Download one large file, resume it after breaks, and verify it.

A separate thread (`Response`) reads from the network and touches no file. The caller's thread
writes all files and checks for Stop ten times a second, even while the server is silent.
`ARCHIVE.partial` holds the received bytes, beside a note of the version on the server (ETag or
Last-Modified). If there is no note, or the version has changed, the download starts again.
"""

import logging
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import counted
from petwidgets.data.download.archive import MIB, Watch, matches, room
from petwidgets.data.download.partial_file import PartialFile
from petwidgets.data.download.response import BrokenConnectionError, NoResponseError, Response

log = logging.getLogger(__name__)

_PAUSES = (1.0, 2.0, 4.0, 8.0)  # seconds before each retry; a new MiB starts the series again
_PASSING = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}


def _judge(part: PartialFile, response: Response) -> None:
    if response.status in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}:
        return
    if response.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and part.size:
        part.discard()
        raise BrokenConnectionError("the file on the server is shorter now")
    if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR or response.status in _PASSING:
        raise BrokenConnectionError(f"HTTP {response.status}")
    raise Problem(
        f"The server answered {response.status} for {part.url}: the photographs are not there, or"
        " not for everybody; try later, or use another source of photographs."
    )


def _begin(part: PartialFile, response: Response, size: int | None) -> None:
    """Check that the response continues the received part, before a byte is written."""
    start, total = response.span()
    if size is not None and total not in {0, size}:
        # the received part is kept: the response may be the sign-in page of a hotel's network
        raise Problem(
            f"{part.url} is {counted(total, 'byte')} long now, not {size:,}: either a"
            " network's sign-in page answered (sign in and try again), or the file has changed"
            " at its source."
        )
    if response.status == HTTPStatus.OK:
        part.discard()
        room(part.path.parent, 3 * (total or size or 0))
        part.begin(response.version, total or size or 0)
    elif start != part.size or response.version not in {"", part.version}:
        part.discard()
        raise BrokenConnectionError("the file on the server has changed")
    else:
        room(part.path.parent, 3 * total - part.size)


def _receive(part: PartialFile, size: int | None, watch: Watch) -> None:
    done = part.size

    def report() -> None:
        watch.tick("download", done, part.total)

    response = Response(part.request())
    try:
        response.next(report)
        _judge(part, response)
        _begin(part, response, size)
        done = part.size
        with part.path.open("ab", MIB) as file:
            while block := response.next(report):
                file.write(block)
                done += len(block)
                report()
    finally:
        response.abandon()
    if done < part.total:
        raise BrokenConnectionError("the connection ended early")


def _give_up(part: PartialFile, broken: BrokenConnectionError) -> Problem:
    host = urlsplit(part.url).netloc
    if isinstance(broken, NoResponseError):
        what = f"{host} does not answer ({broken})"
    else:
        what = f"The download from {host} broke off again and again ({broken})"
    return Problem(f"{what}: check the network connection and try again; what has arrived is kept.")


def _arrive(part: PartialFile, size: int | None, watch: Watch) -> None:
    tries, failures, furthest = 0, 0, part.size
    log.info("downloading %s from byte %d", part.url, furthest)
    while not part.total or part.size < part.total:
        try:
            return _receive(part, size, watch)
        except BrokenConnectionError as broken:
            log.warning("%s broke off at byte %d: %s", part.url, part.size, broken)
            tries += 1
            # a server that ignores Range makes no progress, so the retries come to an end
            failures = 1 if part.size >= furthest + MIB else failures + 1
            furthest = max(furthest, part.size)
            # without a network the first attempt reports it at once
            if failures > len(_PAUSES) or (tries == 1 and isinstance(broken, NoResponseError)):
                raise _give_up(part, broken) from broken
        watch.pause(_PAUSES[failures - 1], "download", part.size, part.total)
    return None


def fetch(url: str, archive: Path, *, size: int | None, digest: str | None, watch: Watch) -> None:
    """Download `url` to `archive`, resuming an earlier attempt; an `archive` that matches is kept.

    Args:
        url: http or https.
        archive: the file to write, in an existing folder; the caller holds its lock.
        size: the expected size in bytes; None for any.
        digest: the expected digest, as in `matches`; None for any.
        watch: reports progress and checks for Stop.

    Raises:
        Problem: not http(s), no network, an HTTP error, no space, a wrong file (which is removed).
        Stopped: the user pressed Stop; the received part is kept.
    """
    if archive.exists():
        if matches(archive, size, digest):
            return
        log.warning("%s is not the expected archive: downloading it again", archive)
        archive.unlink()
    if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).netloc:
        raise Problem(f"{url} is not an http or https address: give one that is.")
    part = PartialFile(archive, url)
    _arrive(part, size, watch)
    if not matches(part.path, size, digest):
        part.discard()
        raise Problem(
            f"What arrived from {url} is not the expected archive, so it was removed: try again;"
            " if that ends the same way, the file has changed at its source."
        )
    part.path.replace(archive)
    part.discard()
