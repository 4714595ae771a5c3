"""The workbench's code, run: torch makes every number that its panels show."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F  # noqa: N812 - as everybody calls it

from petwidgets.inference.classify import batch as look
from petwidgets.metrics import log_numerics, loss_comparison, loss_gradients, loss_steps
from petwidgets.metrics.loss_batch import CHAPTER, OWN, PRESETS, Batch, Workbench
from petwidgets.runs.run import SHIPPED_ID
from petwidgets.runs.store import RunStore
from petwidgets.session import model_batch
from petwidgets.snippets import loss as snippets_loss

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from petwidgets.metrics.column_group import Group

    Sheets = Callable[..., list[Group]]

EDITED = Workbench(edits={"0,1": -3.25, "5,0": float("inf")}, aims={"2": 1})
BENCHES = [
    *(Workbench(name) for name in PRESETS),
    Workbench(rows=64, columns=37),
    Workbench("bears", rows=3, columns=2),
    EDITED,
]
WAYS = {
    **{way: partial(loss_steps.steps, way=way) for way in loss_steps.WAYS},
    "sigmoids": loss_comparison.sigmoids,
    "moved": partial(loss_comparison.sigmoids, shift=1.5, temperature=2),
    "many": loss_comparison.many,
    "traps": loss_comparison.traps,
    "gradients": partial(loss_gradients.gradients, rate=0.5, steps=3),
    "own": loss_steps.own,
}


def execute(code: str) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(code, "snippet", "exec"), names)  # noqa: S102 - that it runs is the point
    return names


def same(found: Any, shown: Any) -> None:
    np.testing.assert_allclose(np.asarray(found), np.asarray(shown), rtol=2e-5, atol=2e-5)


NUMBERS = st.one_of(
    st.floats(-30, 30, width=32),
    st.floats(-1e4, 1e4, width=32),
    st.floats(-(2.0**-120), 2.0**-120, width=32),
    st.sampled_from([np.inf, -np.inf, 0.0, 1e30, -1e30]),
)


@st.composite
def batches(draw: Any) -> Batch:
    n, c = draw(st.integers(1, 4)), draw(st.integers(2, 5))
    cells = st.lists(NUMBERS, min_size=c, max_size=c)
    table = np.array(draw(st.lists(cells, min_size=n, max_size=n)), np.float32)
    targets = np.array(draw(st.lists(st.integers(0, c - 1), min_size=n, max_size=n)))
    return Batch(table, targets, ("a", "b", "c", "d", "e")[:c], ("r",) * n, "Drawn.")


@given(batches())
def test_what_is_shown_is_torchs_for_any_activations(batch: Batch) -> None:
    acts, targ = torch.tensor(batch.activations), torch.tensor(batch.targets)
    expected = {
        "loss": F.cross_entropy(acts, targ, reduction="none"),
        "mean_loss": F.cross_entropy(acts, targ),
        "log_softmax": acts.log_softmax(1),
        "softmax": acts.softmax(1),
        "unlogged": F.nll_loss(acts.softmax(1), targ, reduction="none"),
        "right": F.nll_loss(acts.log_softmax(1), targ, reduction="none"),
        "slope": acts.softmax(1) - F.one_hot(targ, acts.shape[1]),
        "sigmoid": acts.sigmoid(),
        "picked": acts.softmax(1)[range(len(targ)), targ],
    }
    shown = {
        "steps": loss_steps.steps(batch, "log_softmax"),
        "traps": loss_comparison.traps(batch),
        "gradients": loss_gradients.gradients(batch),
        "sigmoids": loss_comparison.sigmoids(batch),
        "own": loss_steps.own(batch),
    }
    for sheet, groups in shown.items():
        for group in groups:
            # The step table picks what is logarithm already.
            if group.name in expected and (sheet, group.name) != ("steps", "picked"):
                np.testing.assert_allclose(
                    group.values,
                    expected[group.name].numpy(),
                    rtol=1e-6,
                    atol=1e-6,
                    err_msg=f"{sheet}: {group.name}",
                )


def test_the_chapters_rows_are_what_torch_draws() -> None:
    torch.manual_seed(42)
    assert (torch.randn((6, 2)) * 2).numpy().tolist() == np.float32(CHAPTER).tolist()


@pytest.mark.parametrize("bench", BENCHES, ids=lambda b: f"{b.preset}-{b.rows}x{b.columns}")
@pytest.mark.parametrize("way", WAYS)
def test_code_makes_and_prints_what_the_panel_shows(
    way: str, bench: Workbench, capsys: pytest.CaptureFixture[str]
) -> None:
    batch = bench.batch()
    groups = WAYS[way](batch)
    names = execute(snippets_loss.snippet(bench, batch, groups))
    said = capsys.readouterr().out
    for group in groups:
        same(names[group.name], group.values)
        assert f"{group.title}\n" in said


def test_code_prints_the_chapters_figures(capsys: pytest.CaptureFixture[str]) -> None:
    bench = Workbench()
    more = "print('torch', F.cross_entropy(acts, targ))"
    execute(snippets_loss.snippet(bench, bench.batch(), loss_steps.steps(bench.batch()), more))
    said = capsys.readouterr().out
    assert "loss\ntensor([0.5067, 0.6973, 2.0160, 5.6958, 0.9062, 1.0048])" in said
    assert "torch tensor(1.8045)" in said


@pytest.mark.parametrize("p", [0.01, 0.9, 1.0])
def test_logarithms_print_what_the_panel_shows(
    p: float, capsys: pytest.CaptureFixture[str]
) -> None:
    names = execute(snippets_loss.logarithms(p, 0.5, 0.1, -2))
    same(names["x"].log(), [log_numerics.log(x) for x in (p, 0.01, 0.001, 1, 0, -2, -2)])
    lines = capsys.readouterr().out.splitlines()
    table = [line.split() for line in lines if line[0].isdigit()]
    for (n, product, total), line in zip(log_numerics.products(p), table, strict=True):
        assert int(line[0]) == n
        assert float(line[1]) == pytest.approx(product, rel=1e-3, abs=1e-37)
        assert float(line[2]) == pytest.approx(total, rel=1e-4)
    found = log_numerics.identity(0.5, 0.1)
    same((names["a"] * names["b"]).log(), found["log_product"])


@pytest.mark.parametrize("base", ["2", "10"])
def test_logarithms_of_another_base_are_torchs(
    base: str, capsys: pytest.CaptureFixture[str]
) -> None:
    names = execute(snippets_loss.logarithms(0.25, 0.5, 0.1, -2, base))
    x = names["x"]
    same(getattr(x, f"log{base}")(), [log_numerics.log(one, base) for one in x.tolist()])
    assert f"{log_numerics.log(0.25, base):.4f}" in capsys.readouterr().out


def test_photographs_through_the_shipped_run(few: Path) -> None:
    run = RunStore().get(SHIPPED_ID)
    files = [str(path) for path in sorted(few.iterdir())[::4]]
    breeds = [path.rpartition("/")[2].rpartition("_")[0] for path in files]
    answer = look(run, files)
    names = [path.rpartition("/")[2] for path in files]
    taken = model_batch.live(answer, breeds, run, names=names, unseen=True)
    assert taken.activations.shape == (len(files), 37)
    assert (taken.activations.argmax(1) == taken.targets).mean() > 0.7
    bench = Workbench(OWN)
    groups = loss_steps.own(taken)
    names = execute(snippets_loss.snippet(bench, taken, groups))
    for group in groups:
        same(names[group.name], group.values)
    same(F.cross_entropy(names["acts"], names["targ"]), groups[4].values)


def test_a_file_that_cannot_be_read_is_left_out(few: Path, tmp_path: Path) -> None:
    bad = tmp_path / "pug_1.jpg"
    bad.write_text("no picture")
    good = min(few.glob("pug_*"))
    answer = look(RunStore().get(SHIPPED_ID), [str(bad), str(good)])
    assert answer.read == (1,)
    assert answer.problem.startswith("pug_1.jpg: ")
    assert answer.activations.shape == (1, 37)
    assert len(answer.pictures) == 1


def test_recorded_predictions_lead_to_their_losses() -> None:
    run = RunStore().get(SHIPPED_ID)
    taken = model_batch.recorded(run, 20, seed=1)
    known = dict(zip(run.validation().files, run.validation().losses, strict=True))
    loss = next(g for g in loss_steps.own(taken) if g.name == "loss").values
    same(loss, [known[name] for name in taken.rows])
    names = execute(snippets_loss.snippet(Workbench(OWN), taken, loss_steps.own(taken)))
    same(names["loss"], loss)
