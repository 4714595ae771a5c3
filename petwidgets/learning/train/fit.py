"""Fit a recipe's learner, from its last complete epoch to its end, and save every epoch."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from fastai.vision.all import ProgressCallback, rank_distrib

from petwidgets.baseline.work import require_finite
from petwidgets.common.formatting import counted
from petwidgets.learning.models.layer_groups import layer_groups
from petwidgets.learning.models.precision import require
from petwidgets.learning.train import checkpoint, distributed
from petwidgets.learning.train.callbacks import Batches, Keep, Pause, Together, interruptible
from petwidgets.learning.train.checkpoint import Epoch, SmoothLoss
from petwidgets.learning.train.learner import FIRST_BATCH, batch_size, prepare
from petwidgets.learning.train.rng_state import Randomness
from petwidgets.learning.train.speedups import quickened, show
from petwidgets.metrics import calibration
from petwidgets.runs.store import parent_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from fastai.vision.all import Learner, nn

    from petwidgets.baseline.event_log import EventLog
    from petwidgets.data.dataset import Dataset
    from petwidgets.jobs.train import Results
    from petwidgets.recipes.stage import Rate, Stage
    from petwidgets.runs.predictions import Validation
    from petwidgets.runs.run import Run


class Fit:
    """One learner's training, until its end, a stop, or a lack of memory.

    Args:
        run: a run that has its `files`, `train_files` and `vocab` already.
        journal: reports the events.
        stop: called often, as for `train`.

    Attributes:
        epochs: number of complete epochs.
        results: of the last complete epoch.
        in_batches: whether smaller batches would reduce the memory of the current work.

    Raises:
        Problem: the checkpoint is damaged, or the disk full.
    """

    def __init__(self, run: Run, journal: EventLog, stop: Callable[[], bool]) -> None:
        self.run, self.journal, self.stop = run, journal, stop
        self.recipe = replace(run.recipe, batch_size=batch_size(run))
        self.epochs, self.in_batches = 0, False
        self.results: Results = {}
        self.checkpoint = checkpoint.read(run)
        if self.checkpoint is not None:
            # The process may have been killed between two of the epoch's files.
            self._write_files(self.checkpoint.epoch)
            self._emit_epoch(self.checkpoint.epoch)

    def go(self, dataset: Dataset) -> None:
        """Train the remaining epochs.

        Raises:
            CancelFitException: stopped before the first batch.
            Problem: as `prepare`; the training diverged; the disk is full.
        """
        if self.epochs == self.recipe.epochs:
            return
        learn = self._prepare(dataset)
        self.in_batches = True
        self._fit(learn)
        self.in_batches = False

    def _prepare(self, dataset: Dataset) -> Learner:
        require(self.recipe.precision)
        # A checkpoint has its own weights, and the parent may have been deleted since.
        parent = parent_of(self.run) if self.checkpoint is None else None
        return prepare(self.run, self.recipe, dataset, parent)

    def _announce(self, stage: str, sentence: str, **more: Any) -> None:
        self.journal.emit("stage", stage=stage, sentence=sentence, **more)

    def _fit(self, learn: Learner) -> None:
        # Seeded again: other threads of the worker drew numbers while features were computed.
        # Each process has its own seed, otherwise all would draw the same augmentations.
        randomness = Randomness(self.recipe.seed + rank_distrib(), learn.dls.train)
        if self.checkpoint is not None:
            learn.model.load_state_dict(self.checkpoint.epoch.weights)
            self.checkpoint.restore_random(randomness)
        learn.remove_cb(ProgressCallback)
        # The model of now: several processes wrap the learner's.
        save = partial(self._save, learn, randomness, network=learn.model)
        with distributed.shared(learn), learn.no_logging(), randomness.undisturbed():
            batches, epochs = len(learn.dls.train), self.recipe.epochs
            learn.add_cbs([
                Batches(self.journal, batches, epochs, epochs_done=self.epochs),
                Keep(self.run.info["files"], save),
                Together(self.stop),
                Pause(self.run, self.journal, self.stop),
            ])  # fmt: skip
            with interruptible(learn.model, self._stop_in_batch), quickened(learn, self.recipe):
                self._stages(learn)

    def _stop_in_batch(self) -> bool:
        return distributed.processes() == 1 and self.stop()

    def _stages(self, learn: Learner) -> None:
        begin, stop = 0, distributed.agreed(self.stop)
        for stage in self.recipe.stages:
            done = max(0, self.epochs - begin)
            if done < stage.epochs and not stop():
                self._stage(learn, stage, done)
            begin += stage.epochs

    def _stage(self, learn: Learner, stage: Stage, done: int) -> None:
        body = "frozen" if stage.frozen else "unfrozen"
        show(learn, stage.size or self.recipe.size)
        learn.freeze() if stage.frozen else learn.unfreeze()  # both clear the optimiser's state
        sentence = f"{counted(stage.epochs, 'epoch')} of fit_one_cycle, body {body}: {FIRST_BATCH}"
        self._announce(body, sentence, groups=layer_groups(learn))
        callbacks = []
        if done and self.checkpoint is not None:
            self.checkpoint.restore_optimiser(learn)
            callbacks = [SmoothLoss(self.checkpoint)]
        self.checkpoint = None  # it is three times the size of the model
        learn.fit_one_cycle(
            stage.epochs,
            fastai_rate(stage.rate),
            pct_start=stage.pct_start,
            div=stage.div,
            cbs=callbacks,
            start_epoch=done,
        )

    def _save(
        self,
        learn: Learner,
        randomness: Randomness,
        figures: dict[str, float],
        validation: Validation,
        features: np.ndarray,
        *,
        network: nn.Module,
    ) -> None:
        require_finite(figures["valid_loss"])
        if rank_distrib():  # only the first process saves the result of all of them
            self.epochs += 1
            return
        self.in_batches = False
        weights = {k: v.cpu().contiguous() for k, v in network.state_dict().items()}
        epoch = Epoch(self.epochs + 1, figures, weights, validation, features)
        self._write_files(epoch)
        # The checkpoint is written last: all files of the epoch that it names exist then.
        checkpoint.write(self.run, epoch, learn, randomness)
        self._emit_epoch(epoch)
        self.in_batches = True

    def _write_files(self, epoch: Epoch) -> None:
        """Write the files that other parts read: predictions, features, weights and results."""
        self.epochs = epoch.number
        self.run.save_validation(epoch.validation)
        self.run.save_features(epoch.features)
        checkpoint.write_tensors(self.run.folder / "model.safetensors", epoch.weights)
        photographs = self.epochs * len(self.run.info["train_files"])
        self.results = {
            **epoch.figures,
            "epochs": self.epochs,
            "images_per_second": round(photographs / self.journal.seconds, 2),
        }
        self.run = self.run.update(results=self.results)

    def _emit_epoch(self, epoch: Epoch) -> None:
        figures = calibration.figures(epoch.validation.probabilities, epoch.validation.targets)
        self.journal.emit_epoch(epoch.number, self.recipe.epochs, {**epoch.figures, **figures})


def fastai_rate(rate: Rate) -> float | slice:
    """The learning rate in fastai's form."""
    return slice(*rate) if isinstance(rate, tuple) else rate
