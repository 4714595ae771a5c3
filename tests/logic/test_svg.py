"""Charts of a report: every point is where its axes say, and every text is text."""

from __future__ import annotations

import re
from math import nan
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from petwidgets.common.ticks import tick_step, ticks
from petwidgets.export import plots
from petwidgets.export.run_summary import account
from petwidgets.export.svg import BLUE, ORANGE, RED, TEXT, Chart, tag
from petwidgets.inference.inferno import palette
from petwidgets.runs.run import SHIPPED_ID
from petwidgets.runs.store import RunStore

HOSTILE = "<script>&\"'</script>"


def read(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 - our own


def scale(svg: ET.Element, axis: str) -> tuple[float, float]:
    """Slope and offset from pixels to values of an axis, by the numbers that are written at it."""
    anchor, place, shift = ("middle", "x", 0.0) if axis == "x" else ("end", "y", TEXT / 3)
    found = [
        (float(one.get(place, "")) - shift, float(one.text or ""))
        for one in svg.findall("text")
        if one.get("text-anchor") == anchor and re.fullmatch(r"[\d.]+", one.text or "")
    ]
    slope, offset = np.polyfit(*zip(*found, strict=True), 1)
    return float(slope), float(offset)


def values(svg: ET.Element, colour: str) -> np.ndarray:
    """(n, 2): what the markers of a colour show, read by the axes; the legend's own is left out."""
    kinds = ("circle", "rect")
    centres = [
        (float(m.get("cx", 0)) or float(m.get("x", 0)) + 2.8,
         float(m.get("cy", 0)) or float(m.get("y", 0)) + 2.8)
        for m in svg if m.tag in kinds and m.get("fill") == colour
    ]  # fmt: skip
    places = np.array(centres[:-1])
    axes = [scale(svg, "x"), scale(svg, "y")]
    return np.stack([slope * places[:, i] + offset for i, (slope, offset) in enumerate(axes)], 1)


@pytest.fixture(scope="module")
def drawn() -> dict[str, ET.Element]:
    made = plots.plots(account(RunStore().get(SHIPPED_ID)))
    return {name: read(svg) for name, svg in made.items()}


@pytest.mark.parametrize(
    ("chart", "colour", "column"),
    [
        ("losses", ORANGE, "train_loss"),
        ("losses", BLUE, "valid_loss"),
        ("errors", RED, "error_rate"),
    ],
)
def test_epochs_are_where_their_figures_are(
    drawn: dict[str, ET.Element], chart: str, colour: str, column: str
) -> None:
    epochs = account(RunStore().get(SHIPPED_ID)).epochs
    expected = np.array([(event["epoch"], event[column]) for event in epochs])
    shown = values(drawn[chart], colour)
    assert shown[:, 0] == pytest.approx(expected[:, 0], abs=0.05)
    assert shown[:, 1] == pytest.approx(expected[:, 1], abs=0.01 * expected[:, 1].max())


def test_bins_and_their_intervals_are_where_they_are(drawn: dict[str, ET.Element]) -> None:
    svg, bins = drawn["reliability"], account(RunStore().get(SHIPPED_ID)).calibration.cooled_bins
    expected = np.array([(one.confidence, one.accuracy) for one in bins])
    assert values(svg, BLUE) == pytest.approx(expected, abs=5e-3)
    slope, offset = scale(svg, "y")
    bars = [one for one in svg.findall("line") if one.get("stroke") == BLUE]
    ends = [[float(one.get(y, "")) for y in ("y1", "y2")] for one in bars]
    shown = slope * np.array(ends) + offset
    assert shown == pytest.approx(np.array([one.interval for one in bins]), abs=5e-3)


def test_the_confusion_matrix_counts_each_mistake(drawn: dict[str, ET.Element]) -> None:
    svg, summary = drawn["confusion"], account(RunStore().get(SHIPPED_ID))
    cells = [one for one in svg if one.tag == "rect"]
    numbers = [int(one.text or "") for one in svg.findall("text") if (one.text or "").isdigit()]
    assert len(cells) == len(numbers) == len(summary.confused)
    assert sum(numbers) == summary.found.errors
    strengths = {round(float(one.get("fill-opacity", "")), 2) for one in cells}
    most = max(n for *_, n in summary.confused)
    assert strengths == {round(0.15 + 0.6 * n / most, 2) for *_, n in summary.confused}


def test_all_that_is_drawn_lies_in_the_picture(drawn: dict[str, ET.Element]) -> None:
    for svg in drawn.values():
        _, _, across, down = map(float, svg.get("viewBox", "").split())
        for one in svg:
            for name in ("x", "cx", "x1", "x2"):
                if not one.get("transform"):
                    assert 0 <= float(one.get(name, 0)) <= across
            for name in ("y", "cy", "y1", "y2"):
                if not one.get("transform"):
                    assert 0 <= float(one.get(name, 0)) <= down


def test_a_name_is_text_in_content_and_attributes() -> None:
    made = tag("text", HOSTILE, aria_label=HOSTILE)
    back = read(made)
    assert (back.text, back.get("aria-label")) == (HOSTILE, HOSTILE)
    assert "<script" not in made


def test_a_line_is_broken_where_there_is_no_number() -> None:
    chart = Chart("t", (100, 100), (0, 4), (0, 1))
    chart.line([(0, 0.5), (1, 0.5), (2, nan), (3, 0.5), (4, 0.5)], BLUE, "o", "line")
    svg = read(chart.drawn())
    lines = [one.get("points", "") for one in svg.findall("polyline")]
    assert [line.count(",") for line in lines] == [2, 2, 2]  # two parts, and the legend
    assert "nan" not in chart.drawn()


@pytest.mark.parametrize("span", [1e-6, 0.4, 1, 1.05, 2.49, 7, 11, 99, 2e5])
def test_an_axis_has_a_few_ticks_all_of_them_within(span: float) -> None:
    for low in (0, -span / 3, 7 * span):
        found = ticks(low, low + span)
        assert 2 <= len(found) <= 7
        assert low - 1e-9 * span <= found[0] < found[-1] <= low + span * (1 + 1e-9)
        assert np.diff(found) == pytest.approx(tick_step(span))


def test_the_colours_are_those_of_matplotlib() -> None:
    colormaps = pytest.importorskip("matplotlib").colormaps
    exact = 255 * colormaps["inferno"](np.arange(256))[:, :3]
    assert palette().shape == (256, 3)
    assert np.abs(palette() - exact).max() <= 0.5


def test_a_matrix_of_one_pair_is_no_giant() -> None:
    summary = account(RunStore().get(SHIPPED_ID))
    summary.__dict__["confused"] = [("a" * 60, "pug", 1)]
    svg = read(plots.plots(summary)["confusion"])
    _, _, across, down = map(float, svg.get("viewBox", "").split())
    assert across >= 704, "the page scales it to 704 pixels"
    assert down < 704
    places = [float(text.get("x", 0)) for text in svg.findall("text") if text.text == "taken for"]
    assert places
    assert all(30 < x < across - 30 for x in places)
