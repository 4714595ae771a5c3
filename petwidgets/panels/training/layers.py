"""Transfer learning and discriminative learning rates on a picture of the network."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import percent
from petwidgets.engine.latest import Latest
from petwidgets.jobs import network_blocks as jobs
from petwidgets.jobs.network_blocks import recorded_maps, recorded_networks
from petwidgets.metrics.one_cycle import of_groups
from petwidgets.panels.base import Panel
from petwidgets.panels.training.network_drawing import STEPS, drawn
from petwidgets.recipes.recipe import DEFAULT_ARCH
from petwidgets.recipes.stage_notation import write_rate
from petwidgets.snippets.training import prepared, training
from petwidgets.widgets.base import note
from petwidgets.widgets.fields import button, choice, slider
from petwidgets.widgets.form import Form
from petwidgets.widgets.network import Network

if TYPE_CHECKING:
    from pathlib import Path

    from petwidgets.jobs.network_blocks import FeatureMaps
    from petwidgets.recipes.plan import Plan
    from petwidgets.recipes.stage import Rate

ARCHS = {
    DEFAULT_ARCH: "EfficientNet lite0",
    "tf_efficientnet_lite2": "EfficientNet lite2",
    "resnet34": "ResNet-34",
    "resnet50": "ResNet-50",
}

FROZEN_RATE = 3e-3
"""The chapter's rate for the head alone."""

CLASSES = 37

FIELDS = {
    "first": ("slice",),
    "last": ("one", "slice"),
    "train": ("frozen", "one", "slice"),
}
"""Controls that only some steps have."""

GROUPS = "for group in learn.opt.param_lists: print(sum(p.numel() for p in group))"
"""Code that counts the weights of each layer group."""

RECORDED = (
    "Recorded: in each block the map that varies most, of the cat among the examples, with"
    " ImageNet's weights. Early blocks see edges, late ones see where something is."
)
LIVE = "Live: in each block the map that varies most, of {}, with {}."
NO_MAPS = (
    "Maps are recorded for EfficientNet lite0 alone. Follow a photograph to see those of a run."
)

SAYINGS = {
    "imagenet": "ImageNet's 1.3 million photographs taught it edges first, then fur and eyes. Its"
    " last layer answers for {old} classes, more than a hundred dog breeds among them. Your folder"
    " has another list of classes.",
    "cut": "The old head goes, for it answers another question. The new one has random weights:"
    " it guesses, and is wrong {guess} of the time.",
    "frozen": "Only the head has something to learn now, at {rate}. What the body knows stays as"
    " it is, but for its batch norms, which fastai trains all the same.",
    "one": "Everything trains at {rate}. The early layers, which know edges, change as fast as the"
    " head, which knows nothing yet.",
    "slice": "{rate}: the early layers move slowly, the head fast, and each group in between by the"
    " same factor more than the one before.",
    "backwards": "{rate} is the wrong way round: the early layers, which know most, would move"
    " fastest.",
}


class LayersPanel(Panel):
    """A network's blocks in layer groups: cut, frozen, or training at rates of their own.

    Attributes:
        form: `arch`, `step`, and the powers of ten of both ends of a slice, `first` and `last`.

    Example:
        >>> panel = LayersPanel()
        >>> panel.form.set(arch="resnet34", step="slice", first=-6, last=-4)
        >>> panel.rate, len(panel.network.rates)
        ((1e-06, 0.0001), 3)
    """

    key = "layers"
    title = "Which layers learn, and how fast"
    lead = "Go through the steps of transfer learning, and point at a block to see what it does."
    why = (
        "What the first layers find, edges and colours, is of use for any photograph; the last"
        " ones are made for the classes that they were trained on. So a new task keeps the body"
        " and exchanges the head. It begins with the head alone: random weights would send large"
        " gradients back and spoil what the body knows. Later the body may adapt, a little in the"
        " early layers and more in the late ones: discriminative learning rates. fastai cuts a"
        " ResNet into three groups of layers and a network of timm's into two."
    )

    def __init__(self, session: Any = None) -> None:
        super().__init__(session)
        self.form = Form(
            [
                choice("arch", "Network", [*ARCHS.items()]),
                choice("step", "Step", [*STEPS.items()]),
                slider("first", "First layers, 10 to the power of", -7, -1, 0.5, live=True),
                slider("last", "Head, 10 to the power of", -7, -1, 0.5, live=True),
                button("next", "Next step", primary=True),
                button("train", "Plan a training like this"),
            ],
            arch=DEFAULT_ARCH, step="imagenet", first=-6, last=-4,
        )  # fmt: skip
        self.said, self.seen = note(), note()
        self.network = Network()
        self._asked: tuple[Path, str] | None = None
        self._live: tuple[str, str, FeatureMaps] | None = None
        self.latest = Latest(self.session.engine, jobs.feature_maps)
        self.body.children = [self.form, self.said, self.network, self.seen]
        self.form.on_press("next", self.guarded(self._next))
        self.form.on_press("train", self.guarded(self._train))
        self.keep(self.form)
        self.form.observe(self.guarded(lambda _: self._draw()), "values")
        self.follow(["data.dataset", "data.source", "data.pattern"], self._draw)
        self.follow(["data.followed", "data.dataset", "runs.chosen_id"], self._follow, asks=True)

    @property
    def step(self) -> str:
        """The step that is shown."""
        return str(self.form["step"])

    @property
    def rate(self) -> Rate | None:
        """The learning rate of the step; none where nothing trains."""
        first, last = (float(f"{10 ** self.form[end]:.2e}") for end in ("first", "last"))
        rates: dict[str, Rate] = {"frozen": FROZEN_RATE, "one": last, "slice": (first, last)}
        return rates.get(self.step)

    def plan(self) -> Plan:
        """The chapter's 3 + 12 epochs, with the stages and the rates of the step."""
        plan = self.session.plan.begun_from("3+12")
        head, whole = plan.stages
        unfrozen = replace(whole, rate=self.rate or whole.rate)
        stages = (head,) if self.step == "frozen" else (head, unfrozen)
        return replace(plan, arch=self.form["arch"], stages=stages)

    def _next(self) -> None:
        steps = [*STEPS]
        self.form.set(step=steps[(steps.index(self.step) + 1) % len(steps)])

    def _train(self) -> None:
        self.session.plan = self.plan()
        if self.session.lesson:
            self.session.lesson = "train"

    def _draw(self) -> None:
        self._show_fields()
        shape = recorded_networks()[self.form["arch"]]
        groups = drawn(shape, self.step)
        rate = self.rate
        with self.network.hold_sync():
            self.network.groups = [dict(group) for group in groups]
            self.network.rates = [] if rate is None else of_groups(rate, len(groups)).tolist()
        backwards = self.step == "slice" and self.form["first"] > self.form["last"]
        self.said.value = SAYINGS["backwards" if backwards else self.step].format(
            old=f"{shape['old_head']['classes']:,}",
            guess=percent(1 - 1 / self._classes),
            rate="" if rate is None else write_rate(rate),
        )
        self._draw_maps()
        self._draw_code()

    @property
    def _classes(self) -> int:
        dataset = self.session.data.dataset
        return len(dataset.vocab) if dataset else CLASSES

    def _show_fields(self) -> None:
        for name, steps in FIELDS.items():
            self.form.change(name, hidden=self.step not in steps)

    def _follow(self) -> None:
        """Ask what the blocks of the chosen run make of the photograph that is followed."""
        followed = self.session.data.followed_path
        if followed is None:
            self._asked = self._live = None
            self._draw_maps()
            return
        run = self.session.runs.chosen
        if self._asked == (asked := (followed, run.id)):
            return
        self._asked, self._live = asked, None
        self._draw_maps()
        if run.recipe.arch not in ARCHS:
            raise Problem(
                f"There is no picture of {run.recipe.arch}: choose a model of"
                f" {', '.join(ARCHS)} in Classify a photograph."
            )
        self.form.set(arch=run.recipe.arch)
        self.seen.value = f"Looking at {followed.name} ..."
        self.when(
            self.latest.ask(run, str(followed)),
            lambda found: self._receive(run.recipe.arch, followed.name, found),
            failed=self._fail,
            wanted=lambda: self._asked is asked,
        )

    def _fail(self) -> None:
        self._asked = None  # coming again asks again
        self._draw_maps()

    def _receive(self, arch: str, name: str, found: FeatureMaps) -> None:
        self._live = (arch, name, found)
        self._draw_maps()

    def _draw_maps(self) -> None:
        """The maps of the photograph that is followed, else the recorded ones of lite0."""
        if self._live is not None and self._live[0] == self.form["arch"]:
            _, name, found = self._live
            self.network.tiles, self.network.maps = len(found.blocks), found.picture
            self.seen.value = LIVE.format(name, found.source)
            return
        there = self.form["arch"] == DEFAULT_ARCH
        self.network.maps = recorded_maps() if there else b""
        self.network.tiles = len(recorded_networks()[DEFAULT_ARCH]["blocks"]) - 1
        self.seen.value = RECORDED if there else NO_MAPS

    def _draw_code(self) -> None:
        recipe = self.plan().recipe(self.session.data.source, self.session.data.pattern)
        trains = self.step in FIELDS["train"]
        self.folds.code = training(recipe) if trains else f"{prepared(recipe)}\n{GROUPS}"
