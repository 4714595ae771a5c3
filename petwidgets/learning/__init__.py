"""Everything that imports torch and fastai; the engine names its functions, nothing imports it."""

import os

import torch

# A worker process is started with one thread for OpenMP; here the batches do not compete.
torch.set_num_threads(os.cpu_count() or 1)
