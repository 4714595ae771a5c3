"""Sound inputs, damaged: what every test here begins from, and what a refusal may say."""

from __future__ import annotations

import copy
import math
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from petwidgets.common.errors import Problem

USUAL = 100
"""Examples of a test in the profile that CI takes."""

LONGEST_SENTENCE = 500

NEVER_SAID = ("Errno", "Traceback", "0x7f", "object at", "Error(", "site-packages", ".py")
"""What belongs into a log."""


def fuzzed(inputs: int) -> settings:
    """So many inputs, always the same ones; in the profile `long` fifty times as many, and new."""
    now = settings.default.max_examples
    return settings(
        max_examples=inputs * now // USUAL,
        derandomize=now == USUAL,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        deadline=None,
        suppress_health_check=[
            HealthCheck.too_slow,
            HealthCheck.data_too_large,
            HealthCheck.large_base_example,
            HealthCheck.filter_too_much,
        ],
    )


def clear(problem: Problem, *private: object) -> str:
    """Its sentence, once it is fit for strangers; `private` are folders of the server."""
    said = str(problem)
    assert said.endswith("."), said
    assert 0 < len(said) <= LONGEST_SENTENCE, said
    assert "\n" not in said, said
    for word in (*NEVER_SAID, *map(str, private)):
        assert word not in said, said
    return said


# --- bytes ---

NUMBERS = (b"\0", b"\xff", b"\0" * 4, b"\xff" * 4, b"\x7f\xff\xff\xff", b"\x80\0\0\0", b"\xff" * 8)


def _flip(draw: Any, content: bytearray) -> None:
    at = draw(st.integers(0, len(content) - 1))
    content[at] ^= 1 << draw(st.integers(0, 7))


def _change(draw: Any, content: bytearray) -> None:
    content[draw(st.integers(0, len(content) - 1))] = draw(st.integers(0, 255))


def _number(draw: Any, content: bytearray) -> None:
    at, number = draw(st.integers(0, len(content) - 1)), draw(st.sampled_from(NUMBERS))
    content[at : at + len(number)] = number


def _cut(draw: Any, content: bytearray) -> None:
    del content[draw(st.integers(0, len(content))) :]


def _drop(draw: Any, content: bytearray) -> None:
    at = draw(st.integers(0, len(content) - 1))
    del content[at : at + draw(st.integers(1, 64))]


def _repeat(draw: Any, content: bytearray) -> None:
    at, to = draw(st.integers(0, len(content) - 1)), draw(st.integers(0, len(content) - 1))
    content[to:to] = content[at : at + draw(st.integers(1, 512))]


def _insert(draw: Any, content: bytearray) -> None:
    at = draw(st.integers(0, len(content)))
    content[at:at] = draw(st.binary(min_size=1, max_size=16))


WAYS: tuple[Callable[[Any, bytearray], None], ...] = (
    *(_flip, _flip, _change, _number, _cut, _drop, _repeat, _insert),
)


@st.composite
def damaged(draw: Any, seeds: Sequence[bytes]) -> bytes:
    """One of these, with bits flipped, numbers put in, parts cut off, left out, or spliced."""
    content = bytearray(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(1, 4))):
        if content:
            draw(st.sampled_from(WAYS))(draw, content)
    if draw(st.integers(0, 9)) == 0:  # the end of another one
        other = draw(st.sampled_from(seeds))
        content[draw(st.integers(0, len(content))) :] = other[draw(st.integers(0, len(other))) :]
    return bytes(content)


# --- text ---

ODD_TEXTS = (
    "", " ", ".", "..", "\0", "\n", "a\nb", "a\r\nb", "\ud800", "\udce9", "\u202egpj.exe", "\u200f",
    "\u2028", "\ufeff", "e\u0301", "<img src=x onerror=alert(1)>", "$\\frac12$", "{0.__class__}",
    "%s%n", "../../etc/passwd", "/etc/passwd", "C:\\x", "~root", "con", "nan", "inf", "-1", "1e999",
    "0x10", "True", "null", "x" * 1001, "y" * 30_000, "labels:" + "0" * 32, "parent-folder",
    "\U0001f436" * 40, "sample", "pets37", "__proto__", "-", "--", "=1+1", "'=1", ",", ";", '"',
)  # fmt: skip

TEXTS = st.sampled_from(ODD_TEXTS) | st.text(
    st.characters(codec=None, exclude_categories=()), max_size=12
)
"""Any characters, surrogates and nothing included."""


@st.composite
def altered_text(draw: Any, seeds: Sequence[str]) -> str:
    """One of these, with letters left out, repeated, or put in."""
    text = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(0, 3))):
        at, to = sorted(draw(st.tuples(*[st.integers(0, len(text))] * 2)))
        text = text[:at] + draw(st.sampled_from(["", text[at:to] * 2]) | TEXTS) + text[to:]
    return text


# --- JSON ---


def nested(depth: int, inner: Any = None) -> Any:
    """Lists in lists."""
    for _ in range(depth):
        inner = [inner]
    return inner


SIMPLE = (
    *(None, True, False, 0, 1, -1, 2, 7, 255, 2**31, 2**32, 2**63, -(2**63), 2**64, 10**400),
    0.0, -0.0, 0.5, 1.5, 1e-320, 1e308, -1e308, math.nan, math.inf, -math.inf,
)  # fmt: skip
CONTAINERS = (
    [], {}, [[]], {"": {}}, [None], [1, "a"], [math.nan], {"a": None}, {"1": 1}, ["x"] * 1000,
    nested(60), [[0] * 3] * 3, {"event": "epoch"}, {str(n): n for n in range(100)},
)  # fmt: skip

ODD = (
    st.sampled_from(SIMPLE)
    | TEXTS
    | st.sampled_from(CONTAINERS).map(copy.deepcopy)
    | st.integers()
    | st.floats()
)
"""Values that stand where others belong."""

JSON = st.recursive(
    ODD, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4)
)


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every container in it, with every key that it has."""
    if isinstance(value, dict):
        own, inner = [(value, key) for key in value], [*value.values()]
    elif isinstance(value, list):
        own, inner = [(value, at) for at in range(len(value))], value
    else:
        return []
    return [*own, *(place for one in inner for place in _places(one))]


def _alter(draw: Any, value: Any, more: Sequence[str]) -> None:
    places = _places(value)
    if not places:
        return
    container, key = draw(st.sampled_from(places))
    way = draw(st.integers(0, 9))
    if way == 0:
        del container[key]
    elif way == 1:
        container[key] = [container[key]]
    elif way == 2:
        container[key] = {"a": container[key]}
    elif way == 3 and isinstance(container, dict):
        name = draw(st.sampled_from([*more, "new"]) | TEXTS)
        container[name] = draw(ODD)
    elif way == 4 and isinstance(container, dict):
        container[draw(TEXTS)] = container.pop(key)
    elif way == 5:
        container[key] = copy.deepcopy(draw(st.sampled_from(places))[0])
    elif way == 6 and isinstance(container, list):
        container.append(copy.deepcopy(container[key]))
    else:
        container[key] = draw(ODD)


@st.composite
def altered(draw: Any, seeds: Sequence[Any], more: Sequence[str] = ()) -> Any:
    """One of these JSON values, with parts left out, wrapped, renamed, doubled, or another's.

    Args:
        seeds: sound ones.
        more: keys that readers look at, whether or not a seed has them.
    """
    value = copy.deepcopy(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(1, 3))):
        _alter(draw, value, more)
    return draw(JSON) if draw(st.integers(0, 40)) == 0 else value
