"""Check tokens, slowly after wrong ones."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from jupyter_server.auth.identity import PasswordIdentityProvider
from tornado.web import HTTPError
from traitlets import Bool, Instance, List

SECONDS_REMEMBERED = 60
"""Time for which a wrong token delays the next ones."""

LONGEST_DELAY = 2.0
"""Most seconds before a token is checked after wrong ones. Tokens of all senders are checked one
after the other, so at most 43,200 can be tried a day."""

MOST_IN_LINE = 60
"""Most tokens that may wait for their check, enough for a class that logs in during an attack."""


class SlowTokens(PasswordIdentityProvider):
    """Check tokens, slowly after wrong ones. A login cookie does not wait."""

    # Jupyter's own form would let everybody with the token set a password of the machine's account.
    allow_password_change = Bool(default_value=False)
    _wrong = List(help="when wrong ones were given, in seconds of the monotonic clock")
    _turn = Instance(asyncio.Lock, ())
    _in_line = 0

    async def get_user_token(self, handler: Any) -> Any:
        """Return the user whose token a request has, if it has any.

        Raises:
            HTTPError: 429, too many tokens are waiting.
        """
        if not handler.token or not self.get_token(handler):
            return None
        await self.wait()
        user = await super().get_user_token(handler)
        self.note(right=user is not None)
        return user

    async def wait(self) -> None:
        """Wait until a token may be checked.

        Raises:
            HTTPError: 429, too many tokens are waiting.
        """
        if self._in_line >= MOST_IN_LINE:
            raise HTTPError(429, "Too many wrong tokens were given: try again in two minutes.")
        self._in_line += 1
        try:
            async with self._turn:
                await asyncio.sleep(self.delay())
        finally:
            self._in_line -= 1

    def note(self, *, right: bool) -> None:
        """Remember a wrong token."""
        if not right:
            self._wrong = [*self._wrong[-10:], time.monotonic()]

    def delay(self) -> float:
        """Seconds before the next token is checked; each recent wrong one doubles them."""
        late = time.monotonic() - SECONDS_REMEMBERED
        count = sum(moment >= late for moment in self._wrong)
        return min(LONGEST_DELAY, 0.1 * 2**count) if count else 0.0
