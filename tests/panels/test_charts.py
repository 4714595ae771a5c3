"""What charts say beside what they draw: their tables, and ticks of what is counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from waiting import wait_for

from petwidgets import ConfusionPanel
from petwidgets.common.formatting import readable
from petwidgets.metrics.confusion import matrix_of
from petwidgets.panels.training.live import Live
from petwidgets.runs.run import SHIPPED_ID

if TYPE_CHECKING:
    from fakes import OurSession

EPOCH = {"t": 1.0, "train_loss": 1.0, "valid_loss": 1.0, "error_rate": 0.5}


def test_the_matrix_has_a_table_without_plotly(session: OurSession) -> None:
    panel = ConfusionPanel(session)
    assert panel.table.summary
    assert panel.table.rows == [], "nobody has opened it"
    panel.table.opened = True
    assert not panel.matrix.drawn
    found = session.interpretation.predictions
    names = panel.table.header[1:]
    assert [row[0] for row in panel.table.rows] == names
    at = [names.index(readable(breed)) for breed in found.vocab]
    counts = np.array([row[1:] for row in panel.table.rows], int)
    assert (counts[np.ix_(at, at)] == matrix_of(found)).all()
    panel.form.set(shown="rates")
    shares = [cell.removesuffix(" %") for row in panel.table.rows for cell in row[1:]]
    assert sum(map(float, shares)) == pytest.approx(3700, abs=5)


def test_the_table_is_of_the_run_that_is_drawn(session: OurSession) -> None:
    panel = ConfusionPanel(session)
    panel.table.opened = True
    panel.form.press("draw")
    wait_for("matrix")
    session.runs.chosen_id = "recorded-head-5"
    for settings in ({}, {"order": "clustered"}, {"shown": "rates"}):
        panel.form.set(**settings)
        assert panel.matrix.figure is not None
        assert panel.table.header[1:] == list(panel.matrix.figure.layout.xaxis.ticktext)
        diagonal = np.diag(np.array(panel.matrix.figure.data[0].z, float))
        said = [row[i + 1].removesuffix(" %") for i, row in enumerate(panel.table.rows)]
        assert np.array(said, float) == pytest.approx(diagonal, abs=0.051)
    panel.form.set(shown="counts")
    session.interpretation.versus_id, session.runs.chosen_id = "recorded-head-5", SHIPPED_ID
    errors = np.array(panel.matrix.figure.data[1].z, float)  # type: ignore[union-attr]
    said = np.array([row[1:] for row in panel.table.rows], int)
    off = ~np.eye(len(said), dtype=bool)
    assert (said[off] == np.nan_to_num(errors)[off]).all()
    assert any("+" in cell for row in panel.table.rows for cell in row[1:])


def test_a_scale_of_photographs_has_whole_ticks(session: OurSession) -> None:
    panel = ConfusionPanel(session)
    panel.form.press("draw")
    wait_for("matrix")
    assert panel.matrix.figure is not None
    scale = panel.matrix.figure.data[1]
    assert scale.colorbar.dtick == int(scale.colorbar.dtick) >= 1
    panel.form.set(shown="rates")
    assert scale.colorbar.dtick is None


@pytest.mark.parametrize(("epochs", "step"), [(1, 1), (3, 1), (5, 1), (6, 2), (12, 5), (200, 50)])
def test_epochs_are_counted_in_whole_ones(epochs: int, step: int) -> None:
    live = Live()
    live.draw_epochs([{**EPOCH, "epoch": n} for n in range(1, epochs + 1)])
    axis = live.figure.layout.xaxis
    assert (axis.dtick, axis.tick0) == (step, 0)
    charts = (live.rates, live.momenta, live.losses)
    assert all(chart.whole for chart in charts)
