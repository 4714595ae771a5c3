"""Values of `path.ls()` and a path's parts, held against fastcore."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastai.vision.all import L, get_image_files
from fastcore.foundation import coll_repr

from petwidgets.data.dataset import labelled
from petwidgets.data.listing import list_folder
from petwidgets.data.path_methods import SHOWN, path_methods
from petwidgets.data.sources import OXFORD
from petwidgets.recipes.labelling import CHAPTER_PATTERN


@pytest.mark.parametrize("entries", [True, False])
@pytest.mark.parametrize("source", ["a folder", OXFORD])
def test_values_are_fastcores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, *, entries: bool
) -> None:
    images = tmp_path / "oxford" / "images"
    images.mkdir(parents=True)
    for name in [f"{breed}_{n}.jpg" for breed in ("pug", 'it\'s "one"') for n in range(4)]:
        (images / name).write_bytes(b"")
    (images / "Birman_1.mat").write_bytes(b"")
    for n in range(SHOWN + 4):  # from seven on fastcore prints how many there are
        (images.parent / f"trimap_{n}.png").write_bytes(b"")
    dataset = labelled(source, list_folder(images), CHAPTER_PATTERN)
    rows = path_methods(dataset, entries=entries)
    path = images.parent if source == OXFORD else images
    monkeypatch.setattr(Path, "BASE_PATH", path, raising=False)
    known = {"path": path, "get_image_files": get_image_files}
    for expression, value in rows[1:]:
        name, _, asked = expression.rpartition(" = ")
        made = eval(asked, known)  # noqa: S307 - ours
        known |= {name: made} if name else {}
        assert value == (coll_repr(made, SHOWN) if isinstance(made, L) else repr(made))
    named = " ".join(expression for expression, _ in rows)
    assert (".ls()" in named) is entries
    assert ('(path/"images").ls()[0]' in named) is (source == OXFORD and entries)
