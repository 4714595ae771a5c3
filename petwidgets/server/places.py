"""Count the places of a server: one for each kernel, preheated ones included."""

from __future__ import annotations

import math
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

ADDRESS = ("VOILA_REQUEST_URL", "QUERY_STRING")
"""Variables in which Voila tells a kernel the page's address, which may hold the server's token."""

SCARCE = 0.75
"""Once this share of places is taken, an address that holds its own share is refused more."""


class FullError(Exception):
    """No place is free."""


class ShareError(FullError):
    """Places are scarce, and an address holds its share of them."""


@dataclass
class Page:
    """A kernel that was given to a page.

    Args:
        address: of the browser, or of the proxy before it.
        left: the time when the last connection ended, in seconds of `time.monotonic`; infinite
            while a page is connected or being made.
        met: whether a page has been connected.
    """

    address: str
    left: float = math.inf
    met: bool = False

    def alone(self) -> float:
        """Seconds for which no page has been connected; 0 while one is."""
        return max(0.0, time.monotonic() - self.left)


@dataclass
class Places:
    """The places of a server.

    Args:
        most: how many there are.
        each: the most that one address may hold when places are scarce; 0 for no such limit.
        waiting: function that returns the number of preheated kernels.
    """

    most: int
    each: int
    waiting: Callable[[], int]
    pages: dict[str, Page] = field(default_factory=dict)
    claims: list[Place] = field(default_factory=list)

    @property
    def held(self) -> int:
        """The number of pages that are open or being made."""
        return len(self.pages) + len(self.claims)

    @property
    def free(self) -> int:
        """The number of places taken neither by a page nor by a preheated kernel."""
        return self.most - self.held - self.waiting()

    def claim(self, kernels: Any, address: str) -> Place:
        """Reserve a place for a page that is being made.

        Args:
            kernels: the kernel manager.
            address: of the browser.

        Raises:
            FullError: no place is free; as `ShareError`, none for this address.
        """
        if self.free < 1 and not self.waiting():
            raise FullError
        if self.each and self.held >= SCARCE * self.most:
            held = Counter(page.address for page in self.pages.values())
            held.update(claim.address for claim in self.claims)
            if held[address] >= self.each:
                raise ShareError
        place = Place(self, kernels, address)
        self.claims.append(place)
        return place


class Place:
    """The kernel manager for one page that is being made: the page's kernel takes this place.

    Args:
        places: of the server.
        kernels: the kernel manager; it handles every other attribute.
        address: of the browser.
    """

    def __init__(self, places: Places, kernels: Any, address: str) -> None:
        self._places, self._kernels, self.address = places, kernels, address
        self._page = Page(address)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._kernels, name)

    async def start_kernel(self, **how: Any) -> str:
        """Start a kernel for the page.

        Args:
            how: arguments of the kernel manager's method.

        Raises:
            FullError: no preheated kernel can be used for the page, and no other place is free.
        """
        if self._places.free < 0:
            raise FullError
        for name in ADDRESS:
            how.get("env", {}).pop(name, None)
        return self._take(await self._kernels.start_kernel(**how))

    async def get_rendered_notebook(self, **how: Any) -> tuple[Any, list[str], str]:
        """Take a preheated kernel.

        Args:
            how: arguments of the kernel manager's method.
        """
        how.pop("extra_kernel_env_variables", None)  # else the next kernel gets this address
        task, rendered, kernel = await self._kernels.get_rendered_notebook(**how)
        return task, rendered, self._take(kernel)

    def _take(self, kernel: str) -> str:
        self._places.claims.remove(self)
        self._places.pages[kernel] = self._page
        return kernel

    def made(self) -> None:
        """Note that the page was made, or could not be; from now on its kernel waits for a page."""
        if self in self._places.claims:
            self._places.claims.remove(self)
        self._page.left = min(self._page.left, time.monotonic())
