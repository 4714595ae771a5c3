"""`lab.learner()`: it predicts of all that a fastai learner predicts of, here and after export."""

from __future__ import annotations

import io
import json
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from fastai.vision.all import (
    CrossEntropyLossFlat,
    ImageDataLoaders,
    Learner,
    PILImage,
    Resize,
    TensorImage,
    image2tensor,
    load_learner,
    torch,
)
from PIL import Image

from petwidgets import PetLab
from petwidgets.baseline.run_dataset import Away, photographs
from petwidgets.common.errors import Problem
from petwidgets.data.image import read_photo
from petwidgets.inference.classify import classifier
from petwidgets.learning.input.dataloaders import batch_transforms
from petwidgets.learning.input.photograph import Photo
from petwidgets.learning.models.backbones import pretrained
from petwidgets.learning.train.learner import learner
from petwidgets.runs.run import SHIPPED_ID, Run
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CLOSE = 1e-5


def values(path: Path) -> np.ndarray:
    """(h, w, 3) uint8."""
    return np.asarray(Image.open(path).convert("RGB"))


KINDS: dict[str, Callable[[Path], Any]] = {
    "text": str,
    "path": Path,
    "bytes": Path.read_bytes,
    "pillow": lambda path: Image.open(path).convert("RGB"),
    "fastai's": PILImage.create,
    "array": values,
    "tensor": lambda path: torch.tensor(values(path)),
    "fastai's tensor": lambda path: TensorImage(image2tensor(PILImage.create(path))),
}
"""What fastai's own learner takes, too."""

MORE: dict[str, Callable[[Path], Any]] = {
    "memory, as of an upload": lambda path: memoryview(path.read_bytes()),
    "not decoded yet": Image.open,
    "open file": lambda path: io.BytesIO(path.read_bytes()),
    "transparent": lambda path: Image.open(path).convert("RGBA"),
    "floats": lambda path: values(path) / 255,
    "integers": lambda path: values(path).astype(int),
    "sixteen bits": lambda path: values(path).astype(np.uint16) * 257,
    "channels first": lambda path: torch.tensor(values(path)).permute(2, 0, 1),
    "floats, channels first": lambda path: torch.tensor(values(path)).permute(2, 0, 1) / 255,
    "four channels": lambda path: np.dstack([values(path), np.full(values(path).shape[:2], 255)]),
}


def predicted(learn: Learner, item: Any) -> np.ndarray:
    with learn.no_bar():
        return np.asarray(learn.predict(item)[2])


@pytest.fixture(scope="module")
def photo(few: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photograph that is not square, and of no training."""
    path = tmp_path_factory.mktemp("photo") / "mine.png"
    Image.open(min(few.glob("pug_*.jpg"))).resize((300, 200)).save(path)
    return path


@pytest.fixture(scope="module")
def run(baseline: tuple[Run, Any]) -> Run:
    return baseline[0]


@pytest.fixture(scope="module")
def expected(run: Run, photo: Path) -> np.ndarray:
    """The product's own probabilities."""
    return classifier(run).probabilities([read_photo(photo)])[0]


@pytest.fixture(scope="module")
def learn(run: Run) -> Learner:
    return learner(run)


@pytest.fixture(scope="module")
def exported(learn: Learner, tmp_path_factory: pytest.TempPathFactory) -> Learner:
    path = tmp_path_factory.mktemp("exported") / "export.pkl"
    learn.export(path)
    return load_learner(path)


@pytest.fixture(scope="module")
def plain(run: Run, learn: Learner, few: Path) -> Learner:
    """A learner of fastai's own with the same network and sizes."""
    paths = sorted(few.iterdir())
    dls = ImageDataLoaders.from_lists(
        few,
        paths,
        [path.name.rsplit("_", 1)[0] for path in paths],
        bs=8,
        item_tfms=Resize(run.recipe.presize),
        batch_tfms=batch_transforms(run.recipe, pretrained(run.recipe.arch)),
        num_workers=0,
    )
    return Learner(dls, learn.model, CrossEntropyLossFlat())


@pytest.mark.parametrize("kind", [*KINDS, *MORE])
def test_a_learner_predicts_of_whatever_comes(
    kind: str, learn: Learner, exported: Learner, expected: np.ndarray, photo: Path
) -> None:
    made = {**KINDS, **MORE}[kind]
    for each in (learn, exported):
        assert np.abs(predicted(each, made(photo)) - expected).max() < CLOSE


@pytest.mark.parametrize("kind", KINDS)
def test_a_learner_of_fastais_own_says_the_same(
    kind: str, plain: Learner, expected: np.ndarray, photo: Path
) -> None:
    assert np.abs(predicted(plain, KINDS[kind](photo)) - expected).max() < CLOSE


def test_grey_and_turned_pictures_are_read_as_files_are(
    learn: Learner, run: Run, photo: Path, tmp_path: Path
) -> None:
    grey, turned = Image.open(photo).convert("L"), tmp_path / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.open(photo).save(turned, exif=exif)
    grey.save(tmp_path / "grey.png")
    own = classifier(run)
    for path, items in (
        (tmp_path / "grey.png", [grey, np.asarray(grey), np.asarray(grey)[:, :, None]]),
        (turned, [turned, Image.open(turned), PILImage.create(turned)]),
    ):
        answer = own.probabilities([read_photo(path)])[0]
        for item in items:
            assert np.abs(predicted(learn, item) - answer).max() < CLOSE


def test_many_at_once_of_several_kinds(
    learn: Learner, exported: Learner, expected: np.ndarray, photo: Path
) -> None:
    items = [made(photo) for made in KINDS.values()]
    for each in (learn, exported):
        with each.no_bar():
            found = each.get_preds(dl=each.dls.test_dl(items))[0]
        assert found.shape == (len(items), 4)
        assert np.abs(found.numpy() - expected).max() < CLOSE


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ("none.jpg", "none.jpg: There is no file none.jpg: check its name."),
        (b"", "A photograph: This file is empty"),
        (np.zeros((3, 5)) + 7, "A photograph: The numbers of this array are not between 0 and 1"),
        (np.full((3, 5), np.nan), "not between 0 and 1"),
        (np.zeros((3, 5), int) - 1, "not between 0 and 255"),
        (np.zeros((2, 3, 5, 3)), r"shape \(2, 3, 5, 3\) is not a photograph"),
        (np.zeros((0, 5, 3)), "is not a photograph"),
        (np.zeros(3), "is not a photograph"),
    ],
)
def test_what_is_no_photograph_is_one_sentence(item: Any, said: str) -> None:
    with pytest.raises(Problem, match=said):
        Photo.create(item)


@contextmanager
def moved(few: Path) -> Iterator[None]:
    few.rename(few.with_name("elsewhere"))
    yield
    few.with_name("elsewhere").rename(few)


def test_without_its_photographs_a_learner_predicts(
    run: Run, few: Path, photo: Path, expected: np.ndarray, tmp_path: Path
) -> None:
    with moved(few):
        said = rf"^The photographs of run {run.id} .*: put them at {few}, .*its dls is empty\.$"
        with pytest.warns(UserWarning, match=said):
            learn = learner(run)
        assert [len(dl.dataset) for dl in learn.dls.loaders] == [0, 0]
        assert list(learn.dls.vocab) == run.info["vocab"]
        learn.export(tmp_path / "export.pkl")
        for each in (learn, load_learner(tmp_path / "export.pkl")):
            for made in KINDS.values():
                assert np.abs(predicted(each, made(photo)) - expected).max() < CLOSE


def test_the_shipped_run_is_a_learner_and_its_makers_folder_is_not_named(few: Path) -> None:
    lab = PetLab()
    lab.session.runs.chosen_id = SHIPPED_ID
    with pytest.warns(UserWarning, match="not on this machine") as caught:
        learn = lab.learner()
    [said] = [str(one.message) for one in caught if "photographs" in str(one.message)]
    assert "/" not in said
    assert learn.predict(min(few.glob("samoyed*")))[0] == "samoyed"


def test_of_an_imported_run_its_makers_folder_is_not_named(run: Run, home: Path) -> None:
    there = RunStore(home).folder / run.id
    there.mkdir(parents=True)
    info = json.loads((run.folder / "run.json").read_text("utf-8"))
    info["recipe"]["data"] = "/home/maker/photographs"
    (there / "run.json").write_text(json.dumps({**info, "imported": 1.0}))
    with pytest.raises(Away, match=r"^[^/]*$"):
        photographs(Run(there))
