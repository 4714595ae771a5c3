"""Limits are read where they hold, and one that is not a number is told in a sentence."""

from __future__ import annotations

import re

import pytest

from petwidgets.cli import main
from petwidgets.common import limits
from petwidgets.common.errors import Problem
from petwidgets.common.limits import LIMITS, Limit


def test_every_limit_is_a_constant_an_option_and_a_variable() -> None:
    named = [one for one in vars(limits).values() if isinstance(one, Limit)]
    assert sorted(one.name for one in named) == sorted(one.name for one in LIMITS)
    options = main._parser().format_help()
    assert "serve" in options
    for limit in LIMITS:
        assert re.fullmatch(r"max-[a-z-]+", limit.name)
        assert limit.variable == f"PETWIDGETS_{limit.name.upper().replace('-', '_')}"
        assert limit.read(f"{limit.default:g}") == limit.default == limit.value


def test_an_option_reaches_the_processes_as_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    for limit in LIMITS:
        monkeypatch.delenv(limit.variable, raising=False)
    said = ["serve", "--max-train-minutes", "1.5", "--max-epochs", "40"]
    options = main._parser().parse_args(said)
    told = limits.variables((one, getattr(options, one.key)) for one in LIMITS)
    assert told == {"PETWIDGETS_MAX_TRAIN_MINUTES": "1.5", "PETWIDGETS_MAX_EPOCHS": "40"}
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    assert (limits.TRAIN_MINUTES.value, limits.EPOCHS.count) == (1.5, 40)


@pytest.mark.parametrize("said", ["", "many", "0", "-3", "nan", "inf", "1e400", "1.5"])
def test_a_limit_that_is_none(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Problem, match=r"^--max-epochs is the most epochs of a visitor's training"):
        limits.variables([(limits.EPOCHS, said)])
    monkeypatch.setenv(limits.EPOCHS.variable, said or "x")
    with pytest.raises(Problem, match=r"^PETWIDGETS_MAX_EPOCHS is the most .*, not '"):
        limits.variables([])
    with pytest.raises(Problem, match="a whole number from 1 on, such as 500"):
        _ = limits.EPOCHS.value


def test_serve_refuses_a_wrong_one_before_anything_is_started(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main.main(["serve", "--max-runs", "lots"]) == 1
    assert capsys.readouterr().err == (
        "petwidgets: --max-runs is the most runs that a visitor keeps: a whole number from 1 on,"
        " such as 100, not 'lots'.\n"
    )
