"""Code of the lessons that interpret a run's predictions, with scikit-learn."""

from __future__ import annotations


def _read(run_id: str, *imports: str, own: str = "") -> str:
    """Lines that set `found` to a run's predictions; with `own`, to the user's own ones."""
    if own:
        return "\n".join([*imports, own])
    known = ["from petwidgets import RunStore", *imports]
    read = "from petwidgets.metrics.predictions import read"
    return "\n".join([*known, read, "", f"found = read(RunStore().get({run_id!r}))"])


def confused(run_id: str, min_val: int, own: str = "") -> str:
    """Code that prints the most confused pairs, with fastai's equivalent in comments.

    Args:
        run_id: the run that made the predictions.
        min_val: the least number of photographs of a pair.
        own: lines that set `found` to the user's own predictions instead; the same in the
            functions below.
    """
    first = _read(run_id, "from petwidgets.metrics.confusion import most_confused", own=own)
    return f"""from sklearn.metrics import confusion_matrix
{first}
matrix = confusion_matrix(found.targets, found.predictions, labels=range(len(found.vocab)))
for true, predicted, n in most_confused(matrix, found.vocab, min_val={min_val}):
    print(true, predicted, n)
# By fastai, with `learn` from the chapter; each of the two lines passes all photographs through
# the network once more:
# interp = ClassificationInterpretation.from_learner(learn)
# interp.most_confused(min_val={min_val})"""


def changed(run_id: str, other_id: str) -> str:
    """Code that prints the photographs on which two runs differ."""
    first = _read(run_id, "from petwidgets.metrics.confusion import change")
    return f"""{first}
other = read(RunStore().get({other_id!r}))
both = change(found, other)
print(both.pairs)
print('better:', *(found.files[i] for i in both.better))
print('worse:', *(found.files[i] for i in both.worse))
print(both.second - both.first)"""


def top(run_id: str, way: str, k: int, seed: int, cell: tuple[str, str], *, own: str = "") -> str:
    """Code that prints photographs chosen by their loss, and their share of the whole loss.

    Args:
        run_id: the run that made the predictions.
        way: one of `petwidgets.metrics.top_losses.WAYS`.
        k: the number of photographs.
        seed: of the random choice.
        cell: true and predicted breed; an empty name stands for any.
        own: as in `confused`.
    """
    confusion = "from petwidgets.metrics.confusion import in_cell"
    losses = "from petwidgets.metrics.top_losses import chosen, share"
    return f"""{_read(run_id, confusion, losses, own=own)}
inside = sorted(in_cell(found, {cell!r}))
shown = [inside[i] for i in chosen(found.losses[inside], {way!r}, {k}, seed={seed})]
for i in shown:
    true, taken = found.vocab[found.targets[i]], found.vocab[found.predictions[i]]
    print(found.files[i], true, taken, f'{{found.confidence[i]:.4f}} {{found.losses[i]:.4f}}')
print(f'{{share(found.losses, shown):.1%}} of the whole validation loss')"""


def report(run_id: str, own: str = "") -> str:
    """Code that prints every breed's precision, recall, F1 and support."""
    return f"""from sklearn.metrics import classification_report
{_read(run_id, own=own)}
print(classification_report(found.targets, found.predictions, labels=range(len(found.vocab)),
                            target_names=found.vocab, digits=4, zero_division=float('nan')))"""
