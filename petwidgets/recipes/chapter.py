"""The trainings of the book's chapter, with the figures that it prints.

The book trains resnet34 (once resnet50) on the 7,390 photographs of the Oxford-IIIT Pet set, with
1,478 of them as the validation set. Rows are missing where the scanned page is cut off.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from petwidgets.recipes.presets import fine_tune, one_cycle
from petwidgets.recipes.recipe import Recipe
from petwidgets.recipes.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Callable

PHOTOGRAPHS = 1478
"""Size of the book's validation set."""

Row = tuple[float, float, float]


@dataclass(frozen=True)
class Printed:
    """A training of the chapter.

    Args:
        title: its title in a list of choices.
        section: the chapter's section.
        call: the book's code.
        arch: the book's architecture.
        make: creates the recipe with the same stages.
        rows: (train_loss, valid_loss, error_rate) of each epoch as printed.
        says: a note on comparing the book's figures, and on missing ones.
    """

    title: str
    section: str
    call: str
    arch: str
    make: Callable[..., Recipe]
    rows: tuple[Row, ...]
    says: str = ""


def _six(**settings: Any) -> Recipe:
    stages = (Stage(3, frozen=True, rate=3e-3), Stage(6, frozen=False, rate=1e-5))
    return Recipe("stages", stages, **settings)


def _deeper(**settings: Any) -> Recipe:
    return fine_tune(6, 3, **{**settings, "arch": "resnet50", "precision": "fp16"})


BOOK: dict[str, Printed] = {
    "first": Printed(
        "Its first model, fine_tune(2)",
        "Checking and Debugging a DataBlock",
        "fine_tune(2)",
        "resnet34",
        lambda **settings: fine_tune(2, **settings),
        (),
        says="Its table is missing in the page that these were read from.",
    ),
    "too-high": Printed(
        "Rate 0.1: too high",
        "The Learning Rate Finder",
        "fine_tune(1, base_lr=0.1)",
        "resnet34",
        lambda **settings: fine_tune(1, base_lr=0.1, **settings),
        ((2.574666, 5.079776, 0.529093), (3.951711, 2.998535, 0.740866)),
    ),
    "3e-3": Printed(
        "Rate 3e-3: found with the finder",
        "The Learning Rate Finder",
        "fine_tune(2, base_lr=3e-3)",
        "resnet34",
        lambda **settings: fine_tune(2, base_lr=3e-3, **settings),
        (
            (1.306599, 0.336013, 0.106901),
            (0.554783, 0.380437, 0.108254),
            (0.336880, 0.256890, 0.087280),
        ),
    ),
    "3+6": Printed(
        "3 frozen, then 6 at 1e-5",
        "Unfreezing and Transfer Learning",
        "fit_one_cycle(3, 3e-3); unfreeze(); fit_one_cycle(6, lr_max=1e-5)",
        "resnet34",
        _six,
        (
            (1.154193, 0.407236, 0.127199),
            (0.531968, 0.307160, 0.094723),
            (0.325116, 0.265348, 0.081191),
            (0.263667, 0.255794, 0.074425),
            (0.239144, 0.242095, 0.075778),
            (0.235157, 0.239093, 0.075778),
            (0.195388, 0.239904, 0.075778),
            (0.182262, 0.238818, 0.076455),
            (0.177534, 0.235523, 0.075101),
        ),
    ),
    "3+12": Printed(
        "3 frozen, then 12 at slice(1e-6, 1e-4)",
        "Discriminative Learning Rates",
        "fit_one_cycle(3, 3e-3); unfreeze(); fit_one_cycle(12, lr_max=slice(1e-6, 1e-4))",
        "resnet34",
        one_cycle,
        (
            (1.145299, 0.383394, 0.119756),
            (0.507567, 0.276467, 0.089986),
            (0.308030, 0.245430, 0.083897),
            (0.247169, 0.238486, 0.081191),
            (0.243702, 0.227985, 0.077808),
            (0.225755, 0.227513, 0.075778),
            (0.201944, 0.213530, 0.072395),
            (0.187589, 0.212692, 0.069689),
            (0.176229, 0.207330, 0.064953),
        ),
        says="The last six epochs are cut off in the page that these were read from, but for one"
        " row, without its number: 0.122611, 0.200209, 0.062022.",
    ),
    "resnet50": Printed(
        "resnet50 in half precision, 3 + 6",
        "Deeper Architectures",
        "to_fp16(); fine_tune(6, freeze_epochs=3)",
        "resnet50",
        _deeper,
        (
            (1.282491, 0.340891, 0.109608),
            (0.572739, 0.292132, 0.095399),
            (0.401297, 0.267994, 0.085250),
        ),
        says="The six unfrozen epochs are cut off in the page that these were read from.",
    ),
}

MOST_CONFUSED = (
    ("Egyptian_Mau", "Bengal", 8),
    ("american_pit_bull_terrier", "american_bulldog", 7),
    ("chihuahua", "miniature_pinscher", 7),
    ("staffordshire_bull_terrier", "american_pit_bull_terrier", 6),
    ("Ragdoll", "Birman", 5),
    ("american_bulldog", "boxer", 5),
)
"""`interp.most_confused(min_val=5)` in section "Model Interpretation", after `fine_tune(2)`."""
