"""Print numbers as torch prints a tensor; the page's kernel has no torch.

The rules are those of `torch/_tensor_str.py` with its default options: 4 digits, lines of 80.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

DIGITS, LINE = 4, 80
RATIO, LARGE, SMALL = 1000, 1e8, 1e-4
"""Beyond these a tensor is printed with exponents."""


def tensor_repr(values: ArrayLike, name: str = "tensor") -> str:
    """A tensor of at most one dimension and 1,000 items, as `repr` prints it on a CPU.

    Args:
        values: (n,) or a single number; float32, or int64 of one item at least.
        name: of its class: fastai prints a batch's labels as `TensorCategory`.

    Example:
        >>> tensor_repr(np.array([0.25, 1], np.float32))
        'tensor([0.2500, 1.0000])'
    """
    array = np.asarray(values)
    whole = array.dtype.kind in "iu"
    written = [str(int(x)) for x in array.flat] if whole else _floats(array.astype(np.float64))
    if array.ndim == 0:
        return f"{name}({written[0]})"
    counts = np.ones(array.shape, bool) if whole else np.isfinite(array) & (array != 0)
    width = max((len(written[i]) for i in np.flatnonzero(counts)), default=1)  # as torch has it
    cells = [cell.rjust(width) for cell in written]
    indent = len(name) + 1
    per_line = max(1, (LINE - indent) // (width + 2))
    lines = [", ".join(cells[at : at + per_line]) for at in range(0, len(cells), per_line)]
    joined = (",\n" + " " * (indent + 1)).join(lines)
    return f"{name}([{joined}])"


def _floats(array: np.ndarray) -> list[str]:
    """One manner for all: whole numbers, with exponents, or with 4 digits."""
    sizes = np.abs(array[np.isfinite(array) & (array != 0)])
    low, high = (sizes.min(), sizes.max()) if sizes.size else (1.0, 1.0)
    whole = bool((sizes == np.ceil(sizes)).all())
    if high / low > RATIO or high > LARGE or (not whole and low < SMALL):
        return [f"{x:.{DIGITS}e}" for x in array.flat]
    if whole:
        return [f"{x:.0f}" + "." * bool(np.isfinite(x)) for x in array.flat]
    return [f"{x:.{DIGITS}f}" for x in array.flat]
