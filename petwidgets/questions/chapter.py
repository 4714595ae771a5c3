"""The chapter's 23 questions in our own words, with the lesson that answers each."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from petwidgets.metrics.losses import softmax
from petwidgets.questions.checks import (
    chooses,
    compares,
    labels_all,
    names,
    numbers,
    rate_between,
)
from petwidgets.questions.question import Question
from petwidgets.runs.run import shipped

ROW = (1.5, -0.5, 0.25)
"""Activations of which the softmax is computed by hand."""

HIDDEN_INDICES = (1, 34, 201)
"""Numbers in the hidden names of each breed."""

NOW_AND_THEN, BEFORE = "Train early, and let the model help to clean", "Clean everything first"


@lru_cache(maxsize=1)
def questions() -> tuple[Question, ...]:
    """All 23, in the book's order."""
    made = (*_data(), *_first_model(), *_loss(), *_better())
    return tuple(sorted(made, key=lambda question: question.number))


def of_step(key: str) -> tuple[Question, ...]:
    """The questions that a lesson answers."""
    return tuple(question for question in questions() if question.step == key)


def _data() -> list[Question]:
    return [
        Question(
            1, "presize",
            "Why is a photograph first cut to a large square, one by one on the CPU, and only then"
            " to the small one, in batches on the GPU?",
            compares,
            "A batch needs squares of one size. The first square leaves a margin, so that turning"
            " and warping bring in no made-up corners. Then the GPU does all of it and the last"
            " resize in one interpolation, for a whole batch.",
            free=True,
        ),
        Question(
            2, "label",
            "Write an expression whose first group is the breed. It is tried on names of 37 breeds"
            " that you don't see, such as great_pyrenees_173.jpg.",
            labels_all(_hidden()),
            "(.+)_\\d+.jpg$ takes all before the last underscore and number; a dot that is to mean"
            " a dot is better written \\.",
        ),
        Question(
            3, "browse",
            "In which two ways do data sets come most often?",
            chooses(WAYS[1], "Think of this set, and of one that comes as a spreadsheet."),
            "A file for each item, such as a document or photograph, whose label is in its name or"
            " folder; or a table with a row for each item, which may name files.",
            WAYS,
        ),
        Question(
            4, "summary",
            "fastcore's L is a list that can do more. Which list does"
            " L(3, 1, 2).argwhere(lambda x: x > 1) give?",
            numbers((0, 2)),
            "[0, 2]: the places of 3 and 2. L also indexes by a list or a mask, maps, filters and"
            " sorts.",
        ),
        Question(
            5, "browse",
            "p = Path('images/Siamese_12.jpg'): which attribute of p is 'Siamese_12'?",
            names(r"^(p\.|path\.|\.)?stem$", "It is neither the name, which ends in .jpg, nor the"
                  " parent."),
            "p.stem; p.name is 'Siamese_12.jpg', p.suffix '.jpg', and p.parent the folder.",
        ),
        Question(
            6, "batch",
            "Name two ways in which a transform can make a photograph worse.",
            compares,
            "Turning leaves empty corners, which have to be filled with something made up. Turning,"
            " zooming and warping interpolate between pixels, which blurs; one after another they"
            " blur each time. A crop may cut the animal off.",
            free=True,
        ),
        Question(
            7, "batch",
            "Which method of a DataLoaders shows some of its photographs with their labels?",
            names(r"^(\w+\.)*\.?show_batch(\(.*\))?$", "Look into the code of this step."),
            "dls.show_batch(), with unique=True for one photograph under many transforms.",
        ),
        Question(
            8, "summary",
            "Which method of a DataBlock shows all steps, up to the one that fails?",
            names(r"^(\w+\.|\.)?summary(\(.*\))?$", "Look into the code of this step."),
            "DataBlock.summary(source).",
        ),
        Question(
            9, "clean",
            "Should the data be perfectly clean before the first model is trained?",
            chooses(NOW_AND_THEN, "Who found the wrong labels in this step?"),
            "No: train a simple model as soon as you can. Its largest losses lead to what is wrong"
            " in the data, faster than looking at every photograph.",
            (BEFORE, NOW_AND_THEN),
        ),
    ]  # fmt: skip


WAYS = (
    "As videos, and as text",
    "As one file an item, and as a table with a row an item",
    "As training data, and as test data",
)


def _first_model() -> list[Question]:
    return [
        Question(
            17, "train",
            "Which two steps does fine_tune take?",
            chooses(STEPS[0], "Look at the stages of a recipe under More settings."),
            "It trains the new head alone, the body frozen, for one epoch; then it unfreezes all"
            " layers and trains them, early ones more slowly.",
            STEPS,
        ),
        Question(
            18, "train",
            "What do you type behind learn.fine_tune in Jupyter to read its source?",
            names(r"\?\?", "One question mark shows the documentation."),
            "learn.fine_tune?? shows the source; one question mark shows the documentation.",
        ),
        Question(
            19, "layers",
            "Why should early layers be trained at a smaller rate than late ones?",
            compares,
            "Early layers know edges and colours, which are useful for any photograph; late ones"
            " know what ImageNet's classes took. So the late ones have more to learn. Different"
            " rates for different layers are called discriminative learning rates.",
            free=True,
        ),
        Question(
            20, "layers",
            "slice(1e-6, 1e-4) is the rate for three groups of layers. What is the middle one's?",
            numbers((1e-5,), least=0),
            "1e-5: the first group has the first rate, the last group the second, and those between"
            " have equal factors from one to the next.",
        ),
    ]  # fmt: skip


STEPS = (
    "It trains the head with the body frozen, then all layers",
    "It trains all layers, then the head alone",
    "It finds the learning rate, then trains all layers",
)


def _loss() -> list[Question]:
    return [
        Question(
            10, "traps",
            "Which two functions of torch are put together in cross_entropy?",
            names(r"log_?\s?softmax.*nll|nll.*log_?\s?softmax", "Two: one for the logarithms of"
                  " the shares, one that picks."),
            "log_softmax and nll_loss, which only picks and takes the mean: it takes no logarithm.",
        ),
        Question(
            11, "softmax",
            "What does softmax make sure of, whatever the activations are?",
            chooses(SURE[2], "Set some activations, and watch their softmax."),
            "All are between 0 and 1, and they add up to 1: so they can be read as shares of one"
            " decision, and exp makes the largest one stand out.",
            SURE,
        ),
        Question(
            12, "softmax",
            "For which photographs would you not want this?",
            chooses(UNWANTED[1], "What does softmax say where nothing fits?"),
            "With several breeds, or none of them, on one photograph: softmax shares out 1 in any"
            " case. A sigmoid for each breed may say yes to several, or to none.",
            UNWANTED,
        ),
        Question(
            13, "softmax",
            f"Compute the softmax of {', '.join(map(str, ROW))} by hand: three numbers.",
            numbers(tuple(softmax(np.array([ROW]))[0].tolist())),
            "exp gives 4.4817, 0.6065 and 1.2840, which add up to 6.3722; divided by it: 0.7033,"
            " 0.0952 and 0.2015.",
        ),
        Question(
            14, "where",
            "torch.where(targets == 1, a, b) picks one number in each row. Among how many classes"
            " can it choose?",
            numbers((2,)),
            "Two: a condition is true or false. For 37 classes each row has to be indexed by its"
            " target, which nll_loss does.",
        ),
        Question(
            15, "log",
            "What does torch give for log(-2)?",
            names(
                r"^(it'?s |is )?(tensor\(|(torch|math|np)\.)?(nan|not a number|undefined)\b",
                "Drag x below zero.",
            ),
            "nan: no power of e is negative. That of 0 is -inf.",
        ),
    ]  # fmt: skip


SURE = (
    "The largest is at least one half",
    "All are between -1 and 1, and their mean is 0",
    "All are between 0 and 1, and they add up to 1",
)
UNWANTED = (
    "For those with a breed that is hard to tell",
    "For those with no pet or several breeds on them",
    "For those that are not square",
)


def _better() -> list[Question]:
    low, high = _rules()
    return [
        Question(
            16, "rate",
            "Where would you put the rate on the recorded curve, by either rule of thumb?",
            rate_between(low, high),
            "A tenth of the rate at which the loss is lowest; or the last point at which it clearly"
            " falls. Both leave a distance to where it grows.",
        ),
        Question(
            21, "epochs",
            "Why is it a poor idea to stop a one-cycle training at its best epoch?",
            chooses(EARLY[0], "What is the rate in the middle of the cycle, and at its end?"),
            "The rate is large in the middle and small at the end, where a model settles into its"
            " best. A training that stops early never gets there: train again with fewer epochs in"
            " all.",
            EARLY,
        ),
        Question(
            22, "architecture",
            "By how many layers is resnet101 deeper than resnet50?",
            numbers((51,)),
            "51, as the names say: built alike, of more blocks. It can learn more, takes more"
            " memory and time, and overfits more easily.",
        ),
        Question(
            23, "architecture",
            "A batch's activations take 8 GB. How many GB do they take after to_fp16()?",
            numbers((4,)),
            "4: numbers of two bytes instead of four, where that is precise enough. Tensor cores"
            " compute them faster, too.",
        ),
    ]  # fmt: skip


EARLY = (
    "The rate is small only at the end, which it never reaches",
    "The validation loss may be lower later by chance",
    "The weights of that epoch are not kept",
)


def _rules() -> tuple[float, float]:
    """The range of both of the chapter's rules on the recorded curve, half a decade more each."""
    found = shipped("recorded-rates-head").events()[-1]["hints"]
    rules = (found["minimum"], found["last fall"])
    return min(rules) / 10**0.5, max(rules) * 10**0.5


def _hidden() -> list[tuple[str, str]]:
    """File names of the real breeds, each with its breed."""
    breeds = shipped().info["vocab"]
    return [(f"{breed}_{i}.jpg", breed) for breed in breeds for i in HIDDEN_INDICES]
