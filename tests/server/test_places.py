"""Places: never more than there are, whoever comes at the same time."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import loops
import pytest

from petwidgets.common.errors import Problem
from petwidgets.server.capacity import FEWEST, FILES, PLACE_FILES, Limits, affordable
from petwidgets.server.page import refusal
from petwidgets.server.places import FullError, Place, Places


class Kernels:
    """Makes kernels that are names."""

    def __init__(self) -> None:
        self.ahead: list[str] = []
        self.made = 0
        self.told: list[dict[str, Any]] = []

    async def start_kernel(self, **how: Any) -> str:
        self.told.append(how)
        await asyncio.sleep(0)
        self.made += 1
        return f"kernel-{self.made}"

    async def get_rendered_notebook(self, **how: Any) -> tuple[None, list[str], str]:
        self.told.append(how)
        kernel = self.ahead.pop(0)
        await asyncio.sleep(0)
        return None, [], kernel


def places(most: int, each: int = 0, ahead: int = 0) -> tuple[Places, Kernels]:
    kernels = Kernels()
    kernels.ahead = [f"ahead-{n}" for n in range(ahead)]
    return Places(most, each, lambda: len(kernels.ahead)), kernels


async def come(here: Places, kernels: Kernels, address: str = "::1") -> Place | None:
    """Open a page as Voila does; None where there is no place."""
    try:
        place = here.claim(kernels, address)
    except FullError:
        return None
    if kernels.ahead:
        await place.get_rendered_notebook()
    else:
        await place.start_kernel()
    place.made()
    return place


@pytest.mark.parametrize("ahead", [0, 2, 5])
def test_a_crowd_gets_as_many_pages_as_there_are_places(ahead: int) -> None:
    async def crowd() -> None:
        here, kernels = places(5, ahead=ahead)
        came = await asyncio.gather(*(come(here, kernels) for _ in range(20)))
        assert sum(place is not None for place in came) == 5
        assert len(here.pages) + len(kernels.ahead) == 5
        assert (here.free, here.claims) == (0, [])
        here.pages.popitem()
        assert await come(here, kernels)

    loops.run(crowd())


def test_a_page_that_could_not_be_made_gives_its_place_back() -> None:
    here, kernels = places(1)
    place = here.claim(kernels, "::1")
    with pytest.raises(FullError):
        here.claim(kernels, "::1")
    place.made()
    assert here.free == 1


def test_a_kernel_made_ahead_that_does_not_suit_makes_no_other_one() -> None:
    async def come_with_another_theme() -> None:
        here, kernels = places(2, ahead=2)
        place = here.claim(kernels, "::1")
        with pytest.raises(FullError):
            await place.start_kernel()
        assert kernels.made == 0

    loops.run(come_with_another_theme())


def test_one_address_is_held_back_where_places_are_scarce() -> None:
    async def greedy() -> None:
        here, kernels = places(8, each=2)
        assert all([await come(here, kernels, "greedy") for _ in range(6)])
        assert await come(here, kernels, "greedy") is None
        assert await come(here, kernels, "modest")
        assert await come(here, kernels, "modest")
        assert await come(here, kernels, "third") is None

    loops.run(greedy())


def test_who_is_refused_is_told_why() -> None:
    def told(here: Places, address: str) -> str:
        with pytest.raises(FullError) as refused:
            here.claim(None, address)
        return refusal(refused.value, here)

    again = "this page tries again in 10 seconds."
    here, _ = places(8, each=2)
    for _ in range(6):
        here.claim(None, "greedy")
    share = "no more than 2 pages may be open from your address"
    assert told(here, "greedy") == f"Places are scarce, and {share}: {again}"
    for _ in range(2):
        here.claim(None, "modest")
    assert told(here, "third") == f"This server is full, with 8 pages open: {again}"
    one, _ = places(1)
    one.claim(None, "::1")
    assert told(one, "::1") == f"This server is full, with 1 page open: {again}"


def test_no_kernel_is_told_the_address_of_a_page() -> None:
    async def come_with_a_token() -> None:
        here, kernels = places(3, ahead=1)
        address = {"VOILA_REQUEST_URL": "http://pets/?token=secret"}
        await here.claim(kernels, "::1").get_rendered_notebook(
            notebook_name="app.ipynb", extra_kernel_env_variables=address
        )
        env = {**address, "QUERY_STRING": "token=secret", "PATH": "/bin"}
        await here.claim(kernels, "::1").start_kernel(path="", env=env)
        assert kernels.told == [
            {"notebook_name": "app.ipynb"},
            {"path": "", "env": {"PATH": "/bin"}},
        ]

    loops.run(come_with_a_token())


def test_a_page_is_alone_from_when_it_was_made() -> None:
    async def made() -> None:
        here, kernels = places(2)
        place = here.claim(kernels, "::1")
        [page] = [here.pages[await place.start_kernel()]]
        assert page.alone() == 0
        place.made()
        assert page.alone() > 0

    loops.run(made())


@pytest.mark.parametrize(
    ("numbers", "option"),
    [((-1, 0, 1000), "--max-kernels"), ((0, -1, 1000), "--max-per"), ((0, 0, 5), "--kernel-mb")],
)
def test_a_limit_out_of_range_is_named(numbers: tuple[int, int, int], option: str) -> None:
    with pytest.raises(Problem, match=option):
        Limits(*numbers)


def test_limits_become_options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PETWIDGETS_IDLE_SECONDS", "7")
    said = list(Limits(kernels=9, megabytes=500).options())
    assert "--PageKernels.most=9" in said
    assert "--PageKernels.memory=500000000" in said
    assert "--PageKernels.idle_seconds=7.0" in said
    monkeypatch.setenv("PETWIDGETS_IDLE_SECONDS", "soon")
    with pytest.raises(Problem, match="PETWIDGETS_IDLE_SECONDS is a number of seconds"):
        list(Limits().options())


def test_the_memory_decides_how_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("distributed.system.MEMORY_LIMIT", 4_200_000_000)
    assert affordable() <= 10
    monkeypatch.setattr("distributed.system.MEMORY_LIMIT", 1)
    assert affordable() == FEWEST


def test_open_files_decide_how_many(monkeypatch: pytest.MonkeyPatch) -> None:
    resource = pytest.importorskip("resource")  # Windows has none
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(available=10**12))
    monkeypatch.setattr("distributed.system.MEMORY_LIMIT", 10**12)
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, 1024))
    assert affordable() == (1024 - FILES) // PLACE_FILES == 51
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, resource.RLIM_INFINITY))
    assert affordable() == (65_536 - FILES) // PLACE_FILES
