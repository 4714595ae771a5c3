"""Numbers are printed as torch and fastai print them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from fastai.vision.all import TensorCategory
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from petwidgets.metrics.torch_repr import tensor_repr
from petwidgets.runs.run import WITH_WEIGHTS
from petwidgets.runs.store import RunStore


@pytest.fixture(autouse=True, scope="module")
def _default_printing() -> None:
    """Other tests run the code of lessons, which has torch print otherwise."""
    torch.set_printoptions(profile="default")


floats = st.floats(width=32, allow_nan=True, allow_infinity=True)
near = st.sampled_from([0.0, 1.0, -1.0, 0.5, 1e-4, 9.9e-5, 1e8, 1000.0, 3.0, 12345.0, 0.9999999])


@given(arrays(np.float32, st.integers(0, 70), elements=floats | near))
def test_floats_are_printed_as_torch_prints_them(values: np.ndarray) -> None:
    assert tensor_repr(values) == repr(torch.from_numpy(values))


@given(floats | near)
def test_so_is_a_single_number(value: float) -> None:
    one = np.float32(value)
    assert tensor_repr(one) == repr(torch.tensor(one))


@given(arrays(np.int64, st.integers(1, 70), elements=st.integers(-5, 120)))
def test_targets_are_printed_as_fastai_prints_them(values: np.ndarray) -> None:
    assert tensor_repr(values, "TensorCategory") == repr(TensorCategory(torch.from_numpy(values)))


@pytest.mark.parametrize("run_id", WITH_WEIGHTS)
def test_so_are_the_predictions_of_runs(run_id: str) -> None:
    for row in RunStore().get(run_id).validation().probabilities[:50]:
        assert tensor_repr(row) == repr(torch.from_numpy(row.copy()))
