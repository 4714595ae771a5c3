"""What reading a photograph takes: the part of a training that a smaller size does not shrink."""

SECONDS = {"fastai": 1 / 55.0, "filling": 1 / 128, "warm": 1 / 611, "features": 0.00974 / 2}
"""Seconds per photograph to read and presize it, without a network behind.

Recorded on two cores without a GPU, on photographs of 500 pixels; `docs/measurements.md` names the
scripts. `fastai` is its `DataLoader`, augmentation included. The fast input takes `filling` in its
first epoch, and `warm` afterwards. `features` is the baseline's way, in two threads.
"""
