"""`petwidgets bench`: medians and ratios, the table and its JSON, needs, and one row end to end."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from petwidgets.bench import needs, plot, rows, table
from petwidgets.bench.row import Figure, Pair, Row, Settings, as_json, measured, summarised
from petwidgets.bench.subset import of_breeds, spread
from petwidgets.cli import bench
from petwidgets.cli.main import main
from petwidgets.common.errors import Problem

if TYPE_CHECKING:
    from petwidgets.bench.row import Pairs

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(capfd: pytest.CaptureFixture[str]) -> Command:
    def run(*arguments: object) -> tuple[int, str, str]:
        capfd.readouterr()
        status = main(["bench", *map(str, arguments)])
        out, err = capfd.readouterr()
        return status, out, err

    return run


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    folder = tmp_path / "photographs"
    folder.mkdir()
    for name in ("pug_1", "pug_2", "Siamese_1", "beagle_1", "beagle_2"):
        Image.new("RGB", (40, 30)).save(folder / f"{name}.jpg")
    return folder


def row(*pairs: Pair, ended: list[int] | None = None, **settings: Any) -> Row:
    def measure(_settings: Settings, size: int) -> Pairs:
        try:
            sys.stdout.write("fastai's own bar")
            yield from pairs
        finally:
            if ended is not None:
                ended.append(size)

    plain = Row("made", "made up", "s", "this", "that", measure, ())
    return replace(plain, **settings)


# --- figures ---


def test_the_ratio_is_the_median_of_the_ratios_of_rounds() -> None:
    """A busy moment, in the second round, slows both sides; the ratio of medians would be 20."""
    figure = summarised([Pair(1, 10), Pair(100, 900), Pair(2, 40)], more_is_better=False)
    assert figure == Figure(ours=2, theirs=40, ratio=10, at_least=False, rounds=3)


def test_more_may_be_better() -> None:
    assert summarised([Pair(600, 40)], more_is_better=True).ratio == 15
    assert summarised([Pair(600, 40)], more_is_better=False).ratio == pytest.approx(1 / 15)


def test_a_side_that_was_ended_makes_bounds() -> None:
    figure = summarised([Pair(2, 120, unfinished=True), Pair(2, 90)], more_is_better=False)
    assert figure.at_least
    line = table.line(row(), 0, figure)
    assert "> 105 s" in line
    assert "> 52.5" in line


def test_nothing_measured_is_said() -> None:
    with pytest.raises(Problem, match="Nothing was measured"):
        measured(row(), Settings(None, Path()), 0, rounds=3)


def test_only_so_many_rounds_and_then_its_servers_end(tmp_path: Path) -> None:
    ended: list[int] = []
    figure = measured(row(*[Pair(1, 2)] * 9, ended=ended), Settings(None, tmp_path), 7, rounds=2)
    assert (figure.rounds, ended) == (2, [7])


# --- the table ---


def test_three_digits() -> None:
    values = (0.0393, 2.5, 10, 99.96, 648, 36600)
    assert [*map(table.short, values)] == ["0.0393", "2.50", "10.0", "100", "648", "36,600"]


def test_the_columns_stand_below_their_names() -> None:
    growing = row(grows_with="breeds", name="most-confused")
    line = table.line(growing, 1, summarised([Pair(1, 2)], more_is_better=False))
    starts = [table.header().index(name) for name, _ in table.COLUMNS]
    cells = [line[a:b].strip() for a, b in zip(starts, [*starts[1:], None], strict=True)]
    assert cells[:4] == ["most-confused", "1 breed", "1.00 s", "2.00 s"]
    assert cells[4].split() == ["2.00", "that"]


def test_every_row_fits_its_columns_and_is_said_in_words() -> None:
    for one in rows.ROWS.values():
        for size in (*one.sizes, *one.large):
            widest = Figure(99_999, 99_999, 99_999, at_least=True, rounds=1)
            line = table.line(one, size, widest)
            for width in [sum(w for _, w in table.COLUMNS[:n]) for n in range(1, 6)]:
                assert line[width - 1] == " ", (line, width)
        assert [*one.sizes] == sorted(one.sizes)
        assert bool(one.grows_with) == (len(one.sizes) > 1)
        assert set(one.large) >= {min(one.sizes)}


def test_a_figure_as_json_explains_itself() -> None:
    growing = row(grows_with="breeds")
    figure = summarised([Pair(1, 4)], more_is_better=False)
    assert as_json(growing, 2, figure) == {
        "name": "made", "what": "made up", "unit": "s", "grows_with": "breeds", "size": 2,
        "ours_is": "this", "theirs_is": "that", "more_is_better": False,
        "ours": 1, "theirs": 4, "ratio": 4, "at_least": False, "rounds": 1,
    }  # fmt: skip


# --- what is missing ---


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, photographs: Path) -> None:
    here = Settings(photographs, photographs)
    assert needs.missing(row(needs=("photographs",)), here) == ""
    assert "--data" in needs.missing(row(needs=("photographs",)), Settings(None, photographs))
    monkeypatch.setattr(needs, "find_spec", lambda name: None if name == "fastai" else name)
    assert "petwidgets[train]" in needs.missing(row(needs=("torch",)), here)
    monkeypatch.setattr(needs.shutil, "which", lambda _name: None)
    assert "no Chromium" in needs.missing(row(needs=("chromium",)), here)


def test_a_row_without_its_needs_says_so_and_the_others_go_on(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    lacking = row(Pair(1, 2), name="lacking", needs=("photographs",))
    sound, empty = row(Pair(1, 2), name="sound"), row(name="empty")
    monkeypatch.setattr(rows, "ROWS", {one.name: one for one in (lacking, empty, sound)})
    monkeypatch.setattr(bench, "_photographs", lambda _data: None)
    status, out, err = command("--json")
    first, second, third = map(json.loads, out.splitlines())
    assert status == 0
    assert first == {"name": "lacking", "missing": needs.missing(lacking, Settings(None, Path()))}
    assert second["missing"].startswith("Nothing was measured")
    assert (third["name"], third["ratio"]) == ("sound", 2)
    assert "fastai's own bar" in err


def test_a_row_that_breaks_ends_with_1_and_the_others_go_on(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_settings: Settings, _size: int) -> Pairs:
        yield Pair(1, 1)
        raise ZeroDivisionError

    some = row(name="broken", measure=broken), row(Pair(1, 2), name="sound")
    monkeypatch.setattr(rows, "ROWS", {one.name: one for one in some})
    status, out, _ = command()
    assert status == 1
    assert "Failed (ZeroDivisionError)" in out.splitlines()[1]
    assert out.splitlines()[2].startswith("sound")


# --- bad input ---


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nosuch"], "choose among first-control"),
        (["classify", "a\nb"], "'a b'"),
        (["--rounds", "0"], "1 or more"),
        (["--plot", "growth.txt"], ".png, .svg, .pdf"),
        (["--plot", "/nowhere/growth.png"], "/nowhere"),
        (["--data", "/nowhere"], "There is no folder /nowhere"),
        (["--gpu", "classify"], "a table of its own"),
    ],
)
def test_bad_input_is_one_sentence(command: Command, arguments: list[str], words: str) -> None:
    status, out, err = command(*arguments)
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert words in err


def test_what_draws_the_plot_is_missed_before_anything_is_measured(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    status, out, err = command("classify", "--plot", tmp_path / "growth.png")
    assert (status, out) == (1, "")
    assert "matplotlib is not installed: pip install 'petwidgets[train]'." in err


def test_without_a_gpu_it_says_so(command: Command) -> None:
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    status, out, err = command("--gpu")
    assert (status, out) == (1, "")
    assert err == (
        "petwidgets: torch finds no GPU on this machine: run this part where there is one.\n"
    )


# --- photographs ---


def test_some_photographs_of_all_of_the_folder(photographs: Path) -> None:
    assert [path.stem for path in spread(photographs, 2)] == ["Siamese_1", "beagle_2"]
    with pytest.raises(Problem, match="only 5 photographs"):
        spread(photographs, 6)


def test_some_of_each_breed(photographs: Path) -> None:
    assert [path.stem for path in of_breeds(photographs, 2, 1)] == ["Siamese_1", "beagle_1"]
    with pytest.raises(Problem, match="only 3 breeds"):
        of_breeds(photographs, 4, 1)


# --- the plot ---


def test_the_plot_has_what_grows(tmp_path: Path) -> None:
    growing = row(grows_with="breeds", what="grows $a lot")
    figures = [(growing, n, summarised([Pair(n, 9 * n)], more_is_better=False)) for n in (2, 37)]
    alone = (row(name="alone", what="stays"), 0, figures[0][2])
    plot.plot([*figures, alone], tmp_path / "growth.svg")
    drawn = (tmp_path / "growth.svg").read_text()
    assert "<svg" in drawn
    assert "stays" not in drawn
    plot.plot(figures, tmp_path / "growth.png")
    assert Image.open(tmp_path / "growth.png").width > 1000
    with pytest.raises(Problem, match="nothing to plot"):
        plot.plot([alone], tmp_path / "none.png")


# --- a row, end to end ---


def test_a_quick_row_end_to_end(command: Command, real: Path) -> None:
    pytest.importorskip("fastai")
    status, out, err = command(
        "classify", "--rounds", 2, "--json", "--data", real / "pets-512" / "images"
    )
    found = json.loads(out)
    assert status == 0
    assert found["rounds"] == 2
    assert found["ours"] > 0
    assert found["theirs"] > 0
    assert found["ratio"] > 0, "which side is quicker is not asserted: this machine may be busy"
    assert "classify" in err
