"""Which requests open a page, and which come from a page of this server."""

from __future__ import annotations

import pytest

from petwidgets.server.origin import is_document, is_same_origin


def said(dest: str, site: str, mode: str = "navigate", **more: str) -> dict[str, str]:
    fetch = {"Sec-Fetch-Dest": dest, "Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode}
    return fetch | {name.replace("_", "-"): value for name, value in more.items()}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        said("document", "none"),
        said("document", "same-origin"),
        said("document", "cross-site"),
        said("iframe", "same-origin"),
        said("iframe", "same-site"),
    ],
)
def test_a_document_is_one(headers: dict[str, str]) -> None:
    assert is_document(headers)


@pytest.mark.parametrize(
    "headers",
    [
        said("image", "cross-site", "no-cors"),
        said("image", "same-origin", "no-cors"),
        said("script", "cross-site", "no-cors"),
        said("empty", "same-origin", "cors"),
        said("empty", "cross-site", "no-cors"),
        said("iframe", "cross-site"),
        said("object", "cross-site"),
        said("document", "cross-site", "no-cors"),
        said("document", "same-origin", Sec_Purpose="prefetch;prerender"),
        {"Purpose": "prefetch"},
    ],
)
def test_no_document_is_none(headers: dict[str, str]) -> None:
    assert not is_document(headers)


@pytest.mark.parametrize(
    ("headers", "same"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://before.the.proxy"}, True),
        ({"Origin": "http://pets.example:8866"}, True),
        ({"Origin": "http://PETS.example:8866"}, True),
        ({}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "http://pets.example"}, False),
        ({"Origin": "http://evil.example/pets.example:8866"}, False),
        ({"Sec-Fetch-Site": "same-site", "Origin": "http://pets.example:8866"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://pets.example:8866"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
    ],
)
def test_a_page_of_this_server_says_so(headers: dict[str, str], *, same: bool) -> None:
    assert is_same_origin(headers, "pets.example:8866") is same


def test_no_host_is_nobodys() -> None:
    assert not is_same_origin({}, "")
