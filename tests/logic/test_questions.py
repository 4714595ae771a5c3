"""The chapter's questions: right answers by torch, fastcore and Python, wrong ones, sheets."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import numpy as np
import pytest

from petwidgets.common.errors import Problem
from petwidgets.metrics.losses import softmax
from petwidgets.panels.chapters import PANELS
from petwidgets.questions.chapter import ROW, of_step, questions
from petwidgets.questions.question import COMPARED, OPEN, RIGHT, WRONG, Question
from petwidgets.questions.sheet import FORMAT, Sheet
from petwidgets.recipes.labelling import CHAPTER_PATTERN

SENTENCE = "It is so because of that."


def question(number: int) -> Question:
    return next(q for q in questions() if q.number == number)


def judged(number: int, answer: str) -> str:
    return question(number).judged(answer).state


def test_there_are_23_and_each_has_its_lesson() -> None:
    assert [q.number for q in questions()] == list(range(1, 24))
    assert {q.step for q in questions()} <= set(PANELS)
    assert sum(len(of_step(key)) for key in PANELS) == 23


@pytest.mark.parametrize("number", range(1, 24))
def test_an_empty_answer_leaves_it_open_and_nonsense_is_not_right(number: int) -> None:
    assert judged(number, "  ") == OPEN
    assert judged(number, "x") == WRONG
    verdict = question(number).judged("7apples" * 1000)
    assert verdict.state == WRONG
    assert verdict.said


@pytest.mark.parametrize(
    ("number", "right", "wrong"),
    [
        (2, [CHAPTER_PATTERN, r"^(.*)_\d+\.jpg$", r"([A-Za-z_]+)_\d"], ["(.+)", "(", r"(\w+?)_"]),
        (5, ["stem", "p.stem", ".stem"], ["name", "p.suffix", "system"]),
        (
            7,
            [
                "show_batch",
                "dls.show_batch()",
                "dls.show_batch(nrows=1)",
                "DataLoaders.show_batch",
                "dls.train.show_batch()",
            ],
            ["show", "batch"],
        ),
        (8, ["summary", "pets.summary(path)"], ["show_batch", "dataloaders"]),
        (
            10,
            ["log_softmax and nll_loss", "nll_loss + LogSoftmax"],
            ["softmax and log", "nll_loss"],
        ),
        (
            15,
            ["nan", "NaN", "not a number", "It's undefined", "tensor(nan)", "torch.nan"],
            ["-0.69", "nantes", "-inf"],
        ),
        (18, ["??", "learn.fine_tune??"], ["?", "help(learn.fine_tune)"]),
    ],
)
def test_texts(number: int, right: list[str], wrong: list[str]) -> None:
    assert {judged(number, answer) for answer in right} == {RIGHT}
    assert {judged(number, answer) for answer in wrong} == {WRONG}


def test_an_expression_says_how_far_it_comes() -> None:
    said = question(2).judged(r"(\w+?)_").said
    assert said.startswith("Of 37 classes it gives ")
    assert "can't be read" in question(2).judged("(").said


def test_numbers_are_those_of_the_libraries() -> None:
    from fastcore.foundation import L

    places = L(3, 1, 2).argwhere(lambda x: x > 1)
    assert judged(4, str(list(places))) == RIGHT
    assert judged(4, "0, 2, 3") == WRONG
    assert Path("images/Siamese_12.jpg").stem == "Siamese_12"

    import torch

    shares = torch.tensor(ROW).softmax(0).tolist()
    assert judged(13, " ".join(f"{share:.2f}" for share in shares)) == RIGHT
    assert judged(13, " ".join(f"{share:.4f}" for share in reversed(shares))) == WRONG
    assert f"{softmax(np.array([ROW]))[0, 0]:.4f}" in question(13).model
    assert f"{math.exp(ROW[0]):.4f}" in question(13).model
    assert math.isnan(torch.tensor(-2.0).log().item())


def test_the_middle_rate_is_fastais() -> None:
    import torch
    from fastai.data.core import DataLoaders
    from fastai.vision.all import SGD, Learner, nn

    model = nn.Sequential(nn.Linear(1, 1), nn.Linear(1, 1), nn.Linear(1, 1))
    learn = Learner(
        DataLoaders([], []), model, loss_func=nn.MSELoss(), opt_func=SGD,
        splitter=lambda m: [[*part.parameters()] for part in m],
    )  # fmt: skip
    learn.create_opt()
    learn.opt.set_hyper("lr", slice(1e-6, 1e-4))
    middle = learn.opt.hypers[1]["lr"]
    assert judged(20, f"{middle:.3e}") == RIGHT
    assert judged(20, "5e-5") == WRONG
    half, whole = torch.zeros(8).half(), torch.zeros(8)
    assert judged(23, str(8 * half.element_size() / whole.element_size())) == RIGHT


def test_the_rate_is_judged_by_the_recorded_curve() -> None:
    # Both bounds as they are said, too.
    for rate in ("1e-2", "0.03", "8e-2", "4e-3", "0.3"):
        assert judged(16, rate) == RIGHT
    assert "Too small" in question(16).judged("1e-6").said
    assert "Too large" in question(16).judged("1").said


@pytest.mark.parametrize("number", [q.number for q in questions() if q.options])
def test_one_option_is_right(number: int) -> None:
    states = [judged(number, option) for option in question(number).options]
    assert states.count(RIGHT) == 1


@pytest.mark.parametrize("number", [q.number for q in questions() if q.free])
def test_a_sentence_is_compared(number: int) -> None:
    assert judged(number, SENTENCE) == COMPARED
    assert judged(number, "Because.") == WRONG


# --- sheets ---


def test_a_sheet_comes_back_and_is_judged_anew() -> None:
    sheet = Sheet("Åse <b>", {2: CHAPTER_PATTERN, 15: "-1", 1: SENTENCE})
    read = Sheet.from_json(sheet.to_json())
    assert read == sheet
    states = read.states()
    assert (states[2], states[15], states[1], states[3]) == (RIGHT, WRONG, COMPARED, OPEN)
    assert (read.done, read.begun) == (2, 3)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\xff\xfe", b"[]", b"{}", b'{"format": 1}', b"7", b"[" * 100_000,
        json.dumps({"format": "another", "name": "x", "answers": {}}).encode(),
    ],
)  # fmt: skip
def test_what_is_no_sheet_is_refused(content: bytes) -> None:
    with pytest.raises(Problem, match="not a sheet of answers"):
        Sheet.from_json(content)


def test_odd_answers_are_left_out() -> None:
    odd = {"2": 7, "99": "x", "x": "y", "3": ["z"], "15": "nan" * 1000}
    content = json.dumps({"format": FORMAT, "name": "n" * 500, "answers": odd}).encode()
    sheet = Sheet.from_json(content)
    assert [*sheet.answers] == [15]
    assert len(sheet.answers[15]) == 600
    assert len(sheet.name) == 80
    none = json.dumps({"format": FORMAT, "name": "n", "answers": None}).encode()
    assert Sheet.from_json(none).begun == 0


def test_the_document_says_where_each_is() -> None:
    text = (Path(__file__).parents[2] / "docs" / "chapter.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d+) \| .+ \| `(\w+)` \|$", text, re.MULTILINE)
    assert rows == [(str(q.number), q.step) for q in questions()]
    table = text.partition("## The questions")[0]
    assert set(re.findall(r"`(\w+)`", table)) >= set(PANELS) - {"classify", "runs"}
