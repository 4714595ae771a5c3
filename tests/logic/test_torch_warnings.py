"""Of torch's warnings one is silenced, where fastai causes it, and no other."""

from __future__ import annotations

import subprocess
import sys
import warnings
from typing import Any

import pytest

from petwidgets.common.torch_warnings import without_script_warnings

SCRIPT = "`torch.jit.script` is deprecated. Please switch to `torch.compile` or `torch.export`."


def warn(
    message: str = SCRIPT,
    category: type[Warning] = FutureWarning,
    module: str = "torch.jit._script",
) -> None:
    warnings.warn_explicit(message, category, f"{module}.py", 1, module=module)


def test_the_one_is_silenced() -> None:
    with warnings.catch_warnings(record=True) as seen, without_script_warnings():
        warn()
    assert seen == []


@pytest.mark.parametrize(
    "other",
    [
        {"message": "`torch.jit.trace` is deprecated."},
        {"category": DeprecationWarning},
        {"module": "mine"},
    ],
)
def test_others_are_not(other: dict[str, Any]) -> None:
    with (
        pytest.warns(other.get("category", FutureWarning), match="is deprecated"),
        without_script_warnings(),
    ):
        warn(**other)


def test_it_is_heard_again_afterwards() -> None:
    with without_script_warnings():
        warn()
    with pytest.warns(FutureWarning, match="jit"):
        warn()


def test_the_import_of_learning_prints_nothing() -> None:
    code = "import petwidgets.learning, fastai.layers"
    done = subprocess.run(
        [sys.executable, "-W", "default", "-c", code], capture_output=True, text=True, check=True
    )
    assert "torch.jit.script" not in done.stderr
