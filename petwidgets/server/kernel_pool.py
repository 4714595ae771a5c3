"""How many kernels there are, those made ahead for the next pages included."""

from __future__ import annotations

import asyncio
from typing import Any

from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from traitlets import Int

from petwidgets.server.places import FullError, Places


class KernelPool(AsyncMappingKernelManager):
    """Start kernels, for pages and ahead of them, never more than there are places for."""

    most = Int(4, help="Kernels at most, those made ahead included.", config=True)
    each = Int(0, help="Of them for one address when places are scarce; 0: no limit.", config=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.places = Places(self.most, self.each, self._waiting)
        self.size_pool()

    def _waiting(self) -> int:
        return sum(map(len, getattr(self, "_pools", {}).values()))

    def size_pool(self) -> None:
        """Tell Voila how many kernels to make ahead: never more than there are places for."""
        voila = getattr(self.parent, "voila_configuration", None)
        wished = voila.default_pool_size if voila else 0
        size = max(0, min(wished, self.most - self.places.held))
        self.kernel_pools_config = {"default": {"pool_size": size}}

    async def warm_up(self) -> None:
        """Wait for the first kernel that is made ahead: before it Voila would make yet another."""
        ahead = [task for pool in getattr(self, "_pools", {}).values() for task in pool]
        if ahead and not getattr(self, "notebook_data", {}):
            await asyncio.wait(ahead, return_when=asyncio.FIRST_COMPLETED)

    def fill_pool(self) -> None:
        """Have Voila make kernels ahead, as many as there is room for."""
        self.size_pool()
        if notebook := getattr(self, "notebook_path", None):
            self.fill_if_needed(delay=0, notebook_name=notebook)

    async def start_kernel(self, **how: Any) -> str:
        """Start a kernel, however it came to that: there are never more than there may be.

        Raises:
            FullError: there is no place.
        """
        if len(self._kernels.keys() | self.on_their_way()) >= self.most:
            raise FullError
        return str(await super().start_kernel(**how))

    def on_their_way(self) -> set[str]:
        """Kernels that are being started or ended; the library keeps those that failed for ever."""
        for kernel_id, task in list(self._pending_kernels.items()):
            if task.done():
                del self._pending_kernels[kernel_id]
        return set(self._pending_kernels)

    def ahead(self) -> list[Any]:
        """The tasks that make kernels ahead, less those that failed.

        Voila asks each of them for its result whenever it ends a kernel, and one that failed would
        keep all others from ending.
        """
        pools = list(getattr(self, "_pools", {}).values())
        for pool in pools:
            pool[:] = [task for task in pool if not _failed(task)]
        return [task for pool in pools for task in pool]

    def strays(self) -> set[str]:
        """Kernels that no page was given and none will be: making their page failed."""
        ahead = self.ahead()
        if self.places.claims or self.on_their_way() or not all(task.done() for task in ahead):
            return set()  # what is being made may belong to any of these
        waiting = {task.result()["kernel_id"] for task in ahead}
        return set(self._kernels) - set(self.places.pages) - waiting


def _failed(task: asyncio.Future[Any]) -> bool:
    return task.cancelled() or (task.done() and task.exception() is not None)
