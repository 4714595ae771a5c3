"""The name of `petwidgets.engine.worker` up to 0.1, for `dask worker --preload`."""

from petwidgets.engine.worker import dask_setup

__all__ = ["dask_setup"]
