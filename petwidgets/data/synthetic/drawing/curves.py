"""Curves and outlines from a few points: the geometry of the drawings."""

# ruff: noqa: PLR2004 - a drawing is made of its own numbers

import functools
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]  # (n, 2): x to the right, y downwards, in the pen's own units
Pair = tuple[float, float]


def smooth(points: Sequence[Pair] | Points, steps: int = 8) -> Points:
    """A closed curve through the points (Catmull-Rom), (n * steps, 2)."""
    given = np.asarray(points, dtype=np.float64)
    return _flat(_weights(steps) @ given[_ring(len(given))])


def path(points: Sequence[Pair] | Points, steps: int = 8) -> Points:
    """An open curve through the points, ends included, ((n - 1) * steps + 1, 2)."""
    p = np.asarray(points, dtype=np.float64)
    longer = np.concatenate([2 * p[:1] - p[1:2], p, 2 * p[-1:] - p[-2:-1]])
    return np.concatenate([_flat(_weights(steps) @ longer[_row(len(p) - 1)]), p[-1:]])


def _flat(curve: Points) -> Points:
    return curve.reshape(-1, 2)


# For thousands of curves per second, arrays that depend only on counts are cached.
@functools.cache
def _weights(steps: int) -> Points:
    t = np.linspace(0, 1, steps, endpoint=False)
    cubic = np.array([[0, 2, 0, 0], [-1, 0, 1, 0], [2, -5, 4, -1], [-1, 3, -3, 1]]) / 2
    return np.asarray(np.stack([t**0, t, t**2, t**3], axis=1) @ cubic, dtype=np.float64)


@functools.cache
def _ring(n: int) -> NDArray[np.int64]:
    return (np.arange(n)[:, None] + np.arange(-1, 3)) % n


@functools.cache
def _row(n: int) -> NDArray[np.int64]:
    return np.arange(n)[:, None] + np.arange(4)


@functools.cache
def _circle(n: int) -> Points:
    a = np.linspace(0, 2 * np.pi, n, endpoint=False)
    return np.stack([np.cos(a), np.sin(a)], axis=1)


@functools.cache
def _unit(n: int) -> Points:
    return np.linspace(0, 1, n)


def ellipse(x: float, y: float, rx: float, ry: float, turn: float = 0, *, n: int = 32) -> Points:
    """An ellipse as a polygon; `turn` is in radians."""
    round_ = _circle(n) * (rx, ry)
    if turn:
        c, s = math.cos(turn), math.sin(turn)
        round_ = round_ @ np.array([(c, s), (-s, c)])
    return np.asarray(round_ + np.array((x, y)), dtype=np.float64)


def sides(shape: Sequence[Pair] | Points, side: float) -> Points:
    """The shape on the right (`side` 1), or mirrored to the left (`side` -1)."""
    mirrored: Points = np.asarray(shape, dtype=np.float64) * np.array([side, 1.0])
    return mirrored


def symmetric(right: Sequence[Pair]) -> Points:
    """Control points of the right half, top to bottom, with their mirror image."""
    half = np.asarray(right, dtype=np.float64)
    inner = half[np.abs(half[:, 0]) > 1e-9]
    return np.vstack([half, sides(inner[::-1], -1)])


def limb(spine: Sequence[Pair] | Points, widths: Sequence[float], steps: int = 6) -> Points:
    """A leg, tail or neck: a curve with a half-width at each of its points, and round ends."""
    line = path(spine, steps)
    half = np.interp(_unit(len(line)), _unit(len(widths)), np.asarray(widths))
    along = np.empty_like(line)
    along[1:-1] = line[2:] - line[:-2]
    along[0], along[-1] = line[1] - line[0], line[-1] - line[-2]
    half /= np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)
    out = along[:, ::-1] * (-1.0, 1.0) * half[:, None]
    return np.concatenate(
        [line + out, _cap(line[-1], out[-1]), (line - out)[::-1], _cap(line[0], -out[0])]
    )


def _cap(at: Points, out: Points) -> Points:
    x, y = out
    return np.asarray(at + _circle(14)[-1:-7:-1] @ np.array([(x, y), (-y, x)]), dtype=np.float64)


def crosswise(spine: Sequence[Pair] | Points, at: float, width: float, thick: float) -> Points:
    """A ring around a limb at the fraction `at` of its spine, for stripes and socks."""
    line = path(spine, 6)
    i = min(int(at * (len(line) - 1)), len(line) - 2)
    along = line[i + 1] - line[i]
    along = along / max(float(np.hypot(*along)), 1e-9)
    out = np.array([-along[1], along[0]])
    corners = [(-1, -0.7), (0, -1), (1, -0.7), (1, 0.7), (0, 1), (-1, 0.7)]
    return np.array([line[i] + out * width * u + along * thick * v for u, v in corners])


def stretch(shape: Points, seen: NDArray[np.bool_]) -> Points:
    """The contiguous piece of a closed outline on which `seen` is true, as an open curve."""
    first = int(np.argmax(~seen & np.roll(seen, -1))) + 1
    return np.asarray(np.roll(shape, -first, 0)[: int(seen.sum())], dtype=np.float64)


def tufts(shape: Points, rng: np.random.Generator, length: float, spacing: float) -> Points:
    """The outline as fur: pointed locks that lean downwards, about `spacing` apart."""
    ring = np.vstack([shape, shape[:1]])
    walked = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(ring, axis=0).T))])
    count = max(int(walked[-1] / spacing), 8)
    at = (np.arange(count) + rng.uniform(-0.22, 0.22, count)) * walked[-1] / count
    foot = _along(ring, walked, at)
    tip = _along(ring, walked, at + walked[-1] / count * 0.55)
    low, high = shape[:, 1].min(), shape[:, 1].max()
    reach = length * (0.4 + 0.6 * (foot[:, 1:] - low) / (high - low))  # long below, short on top
    tip = tip + _outward(foot) * reach * rng.uniform(0.45, 1.15, (count, 1))
    tip[:, 1:] += reach * 0.5
    locks = np.stack([foot, 0.5 * (foot + tip) + _outward(foot) * reach * 0.16, tip], axis=1)
    return np.asarray(locks.reshape(-1, 2), dtype=np.float64)


def _along(ring: Points, walked: Points, at: Points) -> Points:
    at = at % walked[-1]
    return np.stack([np.interp(at, walked, ring[:, 0]), np.interp(at, walked, ring[:, 1])], axis=1)


def _outward(shape: Points) -> Points:
    along = np.roll(shape, -1, 0) - np.roll(shape, 1, 0)
    along /= np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)[:, None]
    x, y = shape.T
    clockwise = np.sign(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)))
    outward: Points = np.stack([along[:, 1], -along[:, 0]], axis=1) * clockwise
    return outward
