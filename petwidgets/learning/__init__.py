"""All code that imports torch and fastai. The engine loads its functions by name, as jobs."""

import os

import torch

from petwidgets.common.torch_warnings import without_script_warnings

with without_script_warnings():
    import fastai.layers  # noqa: F401 - every module here imports it sooner or later

CORES = os.cpu_count() or 1

# A worker starts with one OpenMP thread; a training uses all cores.
torch.set_num_threads(CORES)
