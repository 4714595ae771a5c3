"""Old name of `petwidgets.engine.worker`, kept for `dask worker --preload`."""

from petwidgets.engine.worker import dask_setup

__all__ = ["dask_setup"]
