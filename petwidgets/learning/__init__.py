"""All code that imports torch and fastai. The engine loads its functions by name, as jobs."""

import os

import torch

CORES = os.cpu_count() or 1

# A worker starts with one OpenMP thread; a training uses all cores.
torch.set_num_threads(CORES)
