"""Everything that imports torch and fastai; the engine names its functions, nothing imports it."""

import os

import torch

CORES = os.cpu_count() or 1

# A worker process is started with one thread for OpenMP; here the batches do not compete.
torch.set_num_threads(CORES)
