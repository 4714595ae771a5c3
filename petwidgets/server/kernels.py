"""The kernels of pages: how many there are, and when one ends."""

from __future__ import annotations

from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager


class PageKernels(AsyncMappingKernelManager):
    """Makes and ends kernels."""
