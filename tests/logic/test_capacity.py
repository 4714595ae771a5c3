"""The model of a server's capacity, held against what queueing theory says of simple cases."""

from __future__ import annotations

import sys
from pathlib import Path
from statistics import mean

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from capacity import MIX, THINKING, Demand, Server, most, simulate

THINKS = mean(THINKING)


def demands(processor: float, besides: float = 0.0) -> dict[str, Demand]:
    return dict.fromkeys(MIX, Demand(processor, besides))


def all_of(waits: dict[str, list[float]]) -> list[float]:
    return [wait for kind in waits.values() for wait in kind]


def test_cores_are_shared_by_more_requests_than_there_are() -> None:
    """Two of 1 s on one core both take 2 s; a third that comes at 1 s finds half of each left."""
    server = Server(cores=1)
    server.begin(1.0, 0)
    server.begin(1.0, 1)
    assert server.done_at() == pytest.approx(2)
    server.pass_to(1.0)
    server.begin(0.1, 2)
    assert server.done_at() == pytest.approx(1.3)


def test_other_programs_take_their_share() -> None:
    """One request and three rivals on two cores: each gets half a core."""
    server = Server(cores=2, rivals=3)
    server.begin(1.0, 0)
    assert server.done_at() == pytest.approx(2)


def test_one_request_keeps_no_more_than_one_core_busy() -> None:
    server = Server(cores=8)
    server.begin(1.0, 0)
    assert server.done_at() == pytest.approx(1)


def test_a_visitor_alone_waits_for_the_demand_and_what_is_besides() -> None:
    waits = all_of(simulate(1, 2, demands(0.1, 0.5), seconds=20_000))
    assert mean(waits) == pytest.approx(0.6, rel=0.05)
    assert min(waits) >= 0.5


def test_the_mix_is_that_of_the_visitors() -> None:
    waits = simulate(10, 100, demands(0.01), seconds=5000)
    share = len(waits["classify"]) / len(all_of(waits))
    assert share == pytest.approx(MIX["classify"], abs=0.02)


def test_a_full_server_answers_as_many_as_its_cores_can() -> None:
    """Of 100 visitors who think for 3 s, 2 cores at 0.2 s answer 10 a second: each waits 7 s."""
    waits = all_of(simulate(100, 2, demands(0.2), seconds=2000))
    assert len(waits) / 1800 == pytest.approx(2 / 0.2, rel=0.03)
    assert mean(waits) == pytest.approx(100 / 10 - THINKS, rel=0.05)


def test_half_full_as_mean_value_analysis_says() -> None:
    """One core, 8 visitors, 0.2 s: mean value analysis of a closed network is exact here."""
    wait, length = 0.0, 0.0
    for visitors in range(1, 9):
        wait = 0.2 * (1 + length)
        length = visitors / (wait + THINKS) * wait
    assert mean(all_of(simulate(8, 1, demands(0.2), seconds=40_000))) == pytest.approx(
        wait, rel=0.05
    )


def test_more_cores_hold_more_visitors() -> None:
    few, many = (most(cores, demands(0.1, 0.1), wait=1.0) for cores in (1, 4))
    assert few < 10 * (THINKS + 1.0)  # more can never all be answered within a second
    assert 3.5 < many / few < 5.5
