"""The secret that signs the cookies of those who have given the token.

It is the same after a restart of the server, so that a class need not type its token again: the
home keeps a random key, and the secret is made of this key and the token. Another token makes all
cookies invalid.
"""

from __future__ import annotations

import hmac
import logging
import secrets
from typing import TYPE_CHECKING

from petwidgets.common.errors import Problem
from petwidgets.common.paths import LOGIN_KEY, home, replacing

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger(__name__)

BYTES = 32


def secret(token: str) -> str:
    """Return the secret for a token, as 64 hexadecimal digits."""
    return hmac.new(_key(), token.encode(), "sha256").hexdigest()


def _key() -> bytes:
    """Return the key of this home; one that can't be kept is for this start alone."""
    path = home() / LOGIN_KEY
    if len(kept := _read(path)) == BYTES:
        return kept
    new = secrets.token_bytes(BYTES)
    try:
        with replacing(path) as temporary:
            temporary.write_bytes(new)
    except Problem as problem:
        log.warning("a restart will ask for the token again: %s", problem)
        return new
    return _read(path) or new  # another server may have begun in this home at the same time


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
