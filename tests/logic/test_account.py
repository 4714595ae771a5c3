"""What a run's files tell, and its model card: against sklearn, YAML and a Markdown reader."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Any

import mistune
import numpy as np
import pytest
import yaml
from huggingface_hub import ModelCard
from sklearn.metrics import accuracy_score, confusion_matrix, log_loss

from petwidgets.common.errors import Problem
from petwidgets.data.sources import OXFORD, SAMPLE
from petwidgets.export import report
from petwidgets.export.model_card import card, escaped
from petwidgets.export.run_summary import UNKNOWN, account
from petwidgets.metrics.calibration import NOT_FITTED
from petwidgets.metrics.intervals import wilson
from petwidgets.recipes.presets import baseline, fine_tune
from petwidgets.runs.predictions import Validation
from petwidgets.runs.run import SHIPPED_ID, Run
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Sequence

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "a|b",
    "c\n\n# d\n---",
    "[e](javascript:alert(1))",
    "www.f.org https://f.org f@f.org",
    "\"g'`*_{}$x$",
    "h\ud800\u202e",
)


def made(vocab: Sequence[str] = ("pug", "Persian"), n: int = 60, **settings: Any) -> Run:
    run = RunStore().create(fine_tune(**settings))
    draw = np.random.default_rng(1)
    rows = draw.dirichlet(np.full(len(vocab), 0.4), n).astype(np.float32)
    targets = draw.integers(0, len(vocab), n)
    losses = -np.log(np.maximum(rows[range(n), targets], 1e-9))
    files = [f"{vocab[i % len(vocab)]}_{i}.jpg" for i in range(n)]
    run.save_validation(Validation(tuple(files), rows, targets, losses))
    return run.update(state="finished", vocab=[*vocab], files=files, train_files=["x", "y"])


@pytest.mark.parametrize("identity", [SHIPPED_ID, "recorded-head-40", "recorded-3e-3"])
def test_figures_are_sklearns(identity: str) -> None:
    told = account(RunStore().get(identity))
    kept = told.run.validation()
    predicted = kept.probabilities.argmax(1)
    matrix = confusion_matrix(kept.targets, predicted, labels=range(37))
    assert told.error == pytest.approx(1 - accuracy_score(kept.targets, predicted))
    assert told.loss == pytest.approx(
        log_loss(kept.targets, kept.probabilities.astype(float), labels=range(37)), abs=1e-4
    )
    for breed in told.breeds:
        row = matrix[kept_at(told.run, breed.name)]
        assert (breed.photographs, breed.photographs - breed.errors) == (
            row.sum(),
            row[kept_at(told.run, breed.name)],
        )
        assert breed.interval == wilson(breed.errors, breed.photographs)
    rates = [b.errors / b.photographs for b in told.breeds]
    assert rates == sorted(rates, reverse=True)
    assert sum(n for *_, n in told.confused) == matrix.sum() - np.trace(matrix)
    for a, b, n in told.confused:
        assert matrix[kept_at(told.run, a), kept_at(told.run, b)] == n


def kept_at(run: Run, breed: str) -> int:
    return int(run.info["vocab"].index(breed))


def test_the_least_probability_is_of_what_the_model_says_then() -> None:
    told = account(RunStore().get(SHIPPED_ID))
    right = told.cooled.argmax(1) == told.found.targets
    above = told.cooled.max(1)[right] >= told.least_probability
    assert above.mean() == pytest.approx(0.95, abs=0.01)


def test_no_temperature_is_told_of_where_no_answer_is_wrong() -> None:
    run = made(n=3)
    v = run.validation()
    run.save_validation(Validation(v.files, v.probabilities, v.probabilities.argmax(1), v.losses))
    told = account(run)
    assert (told.calibration.fitted, told.calibration.temperature) == (False, 1)
    assert told.calibration.cooled == pytest.approx(told.calibration.raw)
    for text in (card(told, 1), report.packed(run).content.decode()):
        assert "stay as trained" in text
        assert NOT_FITTED in text
        assert "on others" not in text
        assert "with the temperature" not in text


def test_names_that_a_cleaning_changed_are_counted_and_not_told() -> None:
    run = made(n=3)
    changes = {
        "leave_out": ["Anna Schmidt/dog_0.jpg"],
        "relabel": [["Anna Schmidt/x_1.jpg", "pug"]],
    }
    run = run.update(recipe={**run.info["recipe"], **changes})
    told = account(run)
    assert [row for row in told.settings if row[1] == "1 name"] == [
        ("leave_out", "1 name"), ("relabel", "1 name")
    ]  # fmt: skip
    for text in (card(told, 1), report.packed(run).content.decode()):
        assert "Anna" not in text
    assert not {"leave_out", "relabel"} & {*dict(account(RunStore().get(SHIPPED_ID)).settings)}


def test_parts_are_as_many_as_there_are_photographs() -> None:
    run = made(n=2)
    v = run.validation()
    close = np.array([[0.6, 0.4], [0.9, 0.1]], np.float32)
    run.save_validation(Validation(v.files, close, np.array([1, 0]), v.losses))
    assert "(2-fold)" in card(account(run), 1)
    assert "(2-fold)" in report.packed(run).content.decode()


def test_runs_that_can_not_be_told_of() -> None:
    with pytest.raises(Problem, match="has not ended"):
        account(made().update(state="running"))
    with pytest.raises(Problem, match="has no validation predictions"):
        account(RunStore().create(baseline()).update(state="failed"))
    diverged = made()
    kept = diverged.validation()
    nan = np.full_like(kept.probabilities, np.nan)
    diverged.save_validation(Validation(kept.files, nan, kept.targets, kept.losses))
    with pytest.raises(Problem, match="are not probabilities"):
        account(diverged)


@pytest.mark.parametrize(
    ("data", "source"),
    [
        ("/home/someone/secret/pets", "a folder called pets"),
        ("C:\\Users\\someone\\pets\\", "a folder called pets"),
        (SAMPLE, "Drawn"),
        (OXFORD, "Oxford"),
    ],
)
def test_the_source_is_told_without_the_folders_above(data: str, source: str) -> None:
    told = account(made(data=data))
    assert source in told.source
    written = card(told, 10**7)
    assert "someone" not in written
    assert (UNKNOWN in written) is ("folder" in source)
    header = yaml.safe_load(written.split("---")[1])
    assert header["license"] == ("unknown" if "folder" in source else "other")


def test_the_shipped_runs_card() -> None:
    told = account(RunStore().get(SHIPPED_ID))
    written = card(told, 13_897_461)
    header = ModelCard(written).data.to_dict()  # as a model hub reads it
    assert (header["license"], header["library_name"]) == ("other", "pytorch")
    assert "tf_efficientnet_lite2" in header["tags"]
    (result,) = header["model-index"][0]["results"]
    assert result["metrics"][0]["value"] == pytest.approx(1 - 32 / 740, abs=1e-6)
    page = text(html(written))
    for said in (
        "Wrong on 32 of 740 photographs that it was never trained on",
        "4.3 % error",
        "3.1 % to 6.0 %",
        "CC BY-SA 4.0",
        "It took 80 seconds, as recorded",
        "These 37 breeds are all that it knows",
        "british shorthair",
    ):
        assert said.lower() in page.lower(), said


RENDER = mistune.create_markdown(escape=False, plugins=["table", "url", "strikethrough"])


def html(written: str) -> str:
    """As a hub renders it, raw HTML and bare addresses included."""
    return str(RENDER(written.split("---", 2)[2]))


def text(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page)).split())


def test_hostile_names_are_text_and_nothing_else() -> None:
    run = made(HOSTILE, 200, data=f"/srv/{HOSTILE[0]}", pattern=f"({HOSTILE[3]})")
    run = run.update(licence=HOSTILE[3], weights=HOSTILE[0], versions={"torch": HOSTILE[4]})
    written = card(account(run), 10**7)
    written.encode()  # no half of a surrogate pair
    yaml.safe_load(written.split("---", 2)[1])
    page = html(written)
    assert "<img" not in page
    assert "<a " not in page
    assert "<h1>d" not in page
    headings = [line for line in page.splitlines() if line.startswith("<h")]
    assert len(headings) == 1 + 8
    plain = html(card(account(made([f"breed {i}" for i in range(7)], 200)), 10**7))
    for tag in ("<table>", "<tr>", "<td", "<li>", "<hr"):
        assert page.count(tag) == plain.count(tag), tag


@pytest.mark.parametrize("name", HOSTILE)
def test_an_escaped_name_reads_as_it_is(name: str) -> None:
    shown = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    page = str(RENDER(f"a {escaped(name)} z"))
    assert re.findall(r"<[^>]*>", page) == ["<p>", "</p>"]
    assert text(page) == f"a {shown} z"
