"""Order items so that neighbours are similar: optimal leaf order of a cluster tree.

scipy's `linkage(..., "average", optimal_ordering=True)` builds the same tree, but costs each page's
kernel 27 MB and half a second, and its order is often not optimal. Tests compare both.
"""

from __future__ import annotations

import numpy as np


def leaf_order(apart: np.ndarray) -> list[int]:
    """Order n items so that the sum of the distances between neighbours is minimal.

    The order is the best of those that the average-linkage tree allows: the two branches of a node
    may be swapped, but a branch stays together.
    Bar-Joseph et al., "Fast optimal leaf ordering for hierarchical clustering", 2001.

    Args:
        apart: (n, n) distances, symmetric.

    Returns:
        The n positions in their new order.
    """
    n = len(apart)
    if n < 3:  # noqa: PLR2004 - there is nothing to arrange
        return [*range(n)]
    return _Tree(np.asarray(apart, np.float64)).leaves()


def _average_linkage(apart: np.ndarray) -> list[tuple[int, int]]:
    """The pair of nodes that each step merges, nearest first; step k creates node n + k."""
    n = len(apart)
    far, sizes, nodes = apart.copy(), np.ones(n), [*range(n)]
    np.fill_diagonal(far, np.inf)
    joins = []
    for k in range(n - 1):
        a, b = sorted(divmod(int(far.argmin()), n))
        joins.append((min(nodes[a], nodes[b]), max(nodes[a], nodes[b])))
        far[a] = (sizes[a] * far[a] + sizes[b] * far[b]) / (sizes[a] + sizes[b])
        far[:, a] = far[a]
        far[a, a] = far[b] = far[:, b] = np.inf
        sizes[a], nodes[a] = sizes[a] + sizes[b], n + k
    return joins


class _Tree:
    """A cluster tree, with the length of the shortest order of a branch for each pair of ends.

    `_best[a, b]` belongs to the smallest branch that holds both leaves.
    """

    def __init__(self, apart: np.ndarray) -> None:
        self._apart, self._joins = apart, _average_linkage(apart)
        self._inside = [[leaf] for leaf in range(len(apart))]
        self._best = np.zeros_like(apart)
        for left, right in self._joins:
            self._join(left, right)

    def _join(self, left: int, right: int) -> None:
        first, second = self._inside[left], self._inside[right]
        through = _least_sums(self._rows(left), self._apart[np.ix_(first, second)])
        best = _least_sums(through, self._rows(right))
        self._best[np.ix_(first, second)], self._best[np.ix_(second, first)] = best, best.T
        self._inside.append(first + second)

    def _rows(self, node: int) -> np.ndarray:
        """Lengths of a node's shortest orders by end leaves; infinite if one branch has both."""
        leaves = self._inside[node]
        rows: np.ndarray = self._best[np.ix_(leaves, leaves)]
        if node >= len(self._apart):
            k = len(self._inside[self._joins[node - len(self._apart)][0]])
            rows[:k, :k] = rows[k:, k:] = np.inf
        return rows

    def leaves(self) -> list[int]:
        """The shortest order of the whole tree, its first branch to the left."""
        top, left = len(self._inside) - 1, len(self._inside[self._joins[-1][0]])
        start, end = divmod(int(self._rows(top)[:left].argmin()), len(self._inside[top]))
        row: list[int] = []
        waiting = [(top, self._inside[top][start], self._inside[top][end])]
        while waiting:
            node, start, end = waiting.pop()
            if node < len(self._apart):
                row.append(node)
            else:
                waiting += reversed(self._halves(node, start, end))
        return row

    def _halves(self, node: int, start: int, end: int) -> list[tuple[int, int, int]]:
        """A node's two branches with their end leaves in its shortest order, `start` to `end`."""
        first, second = self._joins[node - len(self._apart)]
        if start not in self._inside[first]:
            first, second = second, first
        left, right = self._inside[first], self._inside[second]
        sums = self._apart[np.ix_(left, right)] + self._ends(first, start)[:, None]
        k, m = divmod(int((sums + self._ends(second, end)).argmin()), len(right))
        return [(first, start, left[k]), (second, right[m], end)]

    def _ends(self, node: int, end: int) -> np.ndarray:
        """Lengths of a node's shortest orders from one end to each of its leaves."""
        row: np.ndarray = self._rows(node)[self._inside[node].index(end)]
        return row


def _least_sums(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The min-plus matrix product: the minimum over sums, instead of the sum over products."""
    return np.array([(row[:, None] + b).min(0) for row in a])
