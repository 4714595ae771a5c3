"""Code that looks inside a run: Grad-CAM with captum, an embedding map with scikit-learn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from petwidgets.snippets.training import path

if TYPE_CHECKING:
    from collections.abc import Sequence


def attention(run_id: str, photo: str, breeds: Sequence[str]) -> str:
    """Code that prints probabilities and Grad-CAM of some breeds for one photograph."""
    return f"""from pathlib import Path
import torch
from captum.attr import LayerGradCam
from petwidgets.data.image import read_photo
from petwidgets.learning.predict.classify import classifier
from petwidgets import RunStore

known = classifier(RunStore().get({run_id!r}))
body, head = known.model
photo = read_photo(Path({photo!r}).expanduser())
with torch.no_grad():
    maps = body(known.preparation.batch([photo]))
    probabilities = head(maps).softmax(1)[0]
grad_cam, heat = LayerGradCam(head, head[0]), {{}}
for label in {[*breeds]!r}:
    i = known.vocab.index(label)
    heat[label] = grad_cam.attribute(maps.clone().requires_grad_(), target=i,
                                     attribute_to_layer_input=True, relu_attributions=True)[0, 0]
    print(label, f'{{probabilities[i]:.1%}}', heat[label], sep='\\n')"""


def mapped(run_id: str, method: str, source: str, *, kept: bool) -> str:
    """Code that maps a run's validation photographs to points in the plane.

    Args:
        run_id: the run.
        method: `pca`, or else t-SNE.
        source: where the photographs are.
        kept: whether the run has stored features; else the code computes them from `source`.
    """
    if kept:
        more, features = "", "names, features = run.info['files'], run.features()"
    else:
        more = "from petwidgets.inference.embeddings import last_layer\n"
        features = f"""from pathlib import Path
{path(source)}
names = [name for name in run.info['files'] if (path/name).is_file()]
features = last_layer(run).features([path/name for name in names])"""
    return f"""import numpy as np
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
{more}from petwidgets import RunStore

run = RunStore().get({run_id!r})
{features}
rows = features.astype('float32')
rows /= np.linalg.norm(rows, axis=1, keepdims=True)
reduced = PCA(min(50, *rows.shape), random_state=42).fit_transform(rows)
{_points(method)}
for name, (x, y) in zip(names, points):
    print(name, x, y)"""


def _points(method: str) -> str:
    if method == "pca":
        return "points = reduced[:, :2]"
    return (
        "points = TSNE(2, perplexity=min(30, (len(rows) - 1) / 3), init='pca',\n"
        "              random_state=42).fit_transform(reduced)"
    )
