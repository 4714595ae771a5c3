"""Orders of a matrix, its cells, and two runs beside each other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from petwidgets.metrics.comparison import judged, paired
from petwidgets.metrics.confusion import (
    ORDERS,
    among_species,
    change,
    confusion,
    in_cell,
    likeness,
    line,
    matrix_of,
    most_confused,
    order,
    orders,
    rates,
    sound,
)
from petwidgets.metrics.leaf_order import leaf_order
from petwidgets.metrics.per_class import breeds, gains, ordered
from petwidgets.metrics.predictions import Interpretation, read
from petwidgets.metrics.top_losses import chosen, share, top_losses
from petwidgets.runs.run import SHIPPED_ID
from petwidgets.runs.store import RunStore


def drawn(vocab: tuple[str, ...], n: int, seed: int = 0) -> Interpretation:
    random = np.random.default_rng(seed)
    rows = random.dirichlet(np.ones(len(vocab)), n).astype(np.float32)
    targets = random.integers(0, len(vocab), n)
    losses = -np.log(rows[np.arange(n), targets])
    files = tuple(f"{i}.jpg" for i in range(n))
    return Interpretation("drawn", vocab, files, rows, targets, losses)


@pytest.fixture
def shipped() -> Interpretation:
    return read(RunStore().get(SHIPPED_ID))


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=60))
def test_each_photograph_is_counted_once(pairs: list[tuple[int, int]]) -> None:
    targets, predictions = np.array(pairs, int).reshape(-1, 2).T
    matrix = confusion(targets, predictions, 5)
    assert matrix.sum() == len(pairs)
    assert matrix.sum(1).tolist() == np.bincount(targets, minlength=5).tolist()
    rows = rates(matrix).sum(1)
    assert rows == pytest.approx((matrix.sum(1) > 0).astype(float))
    assert sum(n for *_, n in most_confused(matrix, "abcde")) == int((targets != predictions).sum())


@given(st.integers(1, 6), st.sampled_from([*ORDERS]), st.integers(0, 9))
def test_every_order_has_each_breed_once(c: int, how: str, seed: int) -> None:
    vocab = ("Bombay", "pug", "Siamese", "beagle", "boxer", "Sphynx")[:c]
    assert sorted(order(drawn(vocab, 10, seed), how)) == [*range(c)]


def test_cats_stand_before_dogs_with_a_line_between(shipped: Interpretation) -> None:
    for how in ("grouped", "species"):
        assert line(shipped.vocab, order(shipped, how)) == 12
    assert line(("pug", "boxer"), [0, 1]) is None
    assert line(("pug", "Bombay"), [0, 1]) is None
    assert line(("Bombay", "pug"), [0, 1]) == 1
    assert orders(shipped.vocab) == ORDERS
    names = [shipped.vocab[i] for i in order(shipped, "alphabetical")]
    assert names[:3] == ["Abyssinian", "american_bulldog", "american_pit_bull_terrier"]


def test_breeds_of_unknown_species_are_not_parted() -> None:
    ours = drawn(("Golden Retriever", "Beagle", "persian cat", "pug"), 40)
    assert line(ours.vocab, [0, 1, 2, 3]) is None
    assert among_species(matrix_of(ours), ours.vocab) == {}
    assert not any("cats" in text for text in orders(ours.vocab).values())
    assert order(ours, "grouped") == order(ours, "clustered")
    assert order(ours, "species") == order(ours, "alphabetical") == [1, 0, 2, 3]
    known = drawn(("Bombay", "pug", "Siamese", "boxer"), 40)
    assert order(known, "species") == [0, 2, 3, 1]
    assert order(known, "species", ("Bombay", "pug", "Siamese", "boxer", "Pug")) == [0, 3, 1, 2]


def test_clusters_are_the_leaves_of_a_tree_and_bring_errors_to_the_diagonal(
    shipped: Interpretation,
) -> None:
    by_name = order(shipped, "alphabetical")
    apart = (1 - likeness(shipped))[np.ix_(by_name, by_name)]
    assert order(shipped, "clustered") == [by_name[i] for i in leaf_order(apart)]
    far = {}
    for how in ORDERS:
        at = np.argsort(order(shipped, how))
        wrong = ~shipped.right
        far[how] = float(np.abs(at[shipped.targets] - at[shipped.predictions])[wrong].mean())
    assert max(far["grouped"], far["clustered"]) < 0.6 * min(far["species"], far["alphabetical"])


def test_a_breed_without_photographs_stands_somewhere() -> None:
    found = drawn(("a", "b", "c", "d"), 6)
    lonely = Interpretation("x", (*found.vocab, "e"), found.files,
                            np.pad(found.probabilities, ((0, 0), (0, 1))), found.targets,
                            found.losses)  # fmt: skip
    assert sorted(order(lonely, "clustered")) == [0, 1, 2, 3, 4]
    assert np.isfinite(likeness(lonely)).all()


def test_errors_by_species_add_up(shipped: Interpretation) -> None:
    of = among_species(matrix_of(shipped), shipped.vocab)
    assert sum(of.values()) == shipped.errors == 32
    assert of["cat", "dog"] + of["dog", "cat"] == 3


def test_a_cell_holds_its_photographs_the_surest_first(shipped: Interpretation) -> None:
    matrix = matrix_of(shipped)
    for true, predicted, n in most_confused(matrix, shipped.vocab):
        inside = in_cell(shipped, (true, predicted))
        assert len(inside) == n
        assert {shipped.files[i].rsplit("_", 1)[0] for i in inside} == {true}
        assert (np.diff(shipped.confidence[inside]) <= 0).all()
    assert len(in_cell(shipped, ("", ""))) == 740
    assert len(in_cell(shipped, ("pug", ""))) == 20
    assert len(in_cell(shipped, ("no breed", ""))) == 0
    best = sound(shipped, "pug", 3)
    right = shipped.right & (shipped.targets == shipped.vocab.index("pug"))
    assert shipped.confidence[best].tolist() == sorted(shipped.confidence[right])[:-4:-1]


def test_what_changes_is_what_two_runs_say_of_the_same_photographs() -> None:
    store = RunStore()
    first, second = read(store.get("recorded-head-5")), read(store.get("recorded-head-10"))
    both = change(first, second)
    said = [judged(f.files, f.vocab, f.probabilities, f.targets) for f in (first, second)]
    assert both.pairs == paired(*said)
    assert (len(both.better), len(both.worse)) == (both.pairs.second, both.pairs.first)
    right = dict(zip(second.files, second.right.tolist(), strict=True))
    assert all(right[first.files[i]] and not first.right[i] for i in both.better)
    assert both.first.sum() == both.second.sum() == both.pairs.n
    assert (both.first.sum(1) == both.second.sum(1)).all()
    assert int(np.trace(both.second - both.first)) == both.pairs.second - both.pairs.first
    assert sum(p.n for p in both.by_breed.values()) == both.pairs.n
    rows = breeds(both.second, both.vocab), breeds(both.first, both.vocab)
    gained = gains(both)
    for then, now in zip(*rows, strict=True):
        value, low, high = gained[then.breed]
        assert value == pytest.approx(then.recall - now.recall)
        assert low <= value <= high


def test_runs_with_other_breeds_and_photographs_are_compared_where_they_meet() -> None:
    first, second = drawn(("a", "b"), 4), drawn(("b", "c", "a"), 6, seed=3)
    both = change(first, second)
    assert both.vocab == ("a", "b", "c")
    assert both.pairs.n == both.first.sum() <= 4
    apart = Interpretation("y", first.vocab, ("z.jpg",) * 4, first.probabilities, first.targets,
                           first.losses)  # fmt: skip
    assert change(first, apart).pairs.n == 0
    assert gains(change(first, apart)) == {}


def test_breeds_are_sorted_and_what_has_no_value_comes_last() -> None:
    found = breeds(confusion(np.array([0, 0, 1]), np.array([0, 1, 1]), 3), ["b", "A", "c"])
    assert [one.breed for one in ordered(found, "recall")] == ["b", "A", "c"]
    assert [one.breed for one in ordered(found, "precision")] == ["A", "b", "c"]
    assert [one.breed for one in ordered(found, "breed")] == ["A", "b", "c"]
    assert [one.breed for one in ordered(found, "support")] == ["c", "A", "b"]


def test_losses_are_chosen_and_shared() -> None:
    losses = np.array([0.0, 3.0, 1.0, 3.0], np.float32)
    assert top_losses(losses)[1].tolist() == [1, 3, 2, 0]
    assert chosen(losses, "least", 2).tolist() == [0, 2]
    by_chance = chosen(losses, "random", 3, seed=1).tolist()
    assert by_chance == chosen(losses, "random", 3, seed=1).tolist()
    assert len(set(by_chance)) == 3
    assert share(losses, np.array([1])) == pytest.approx(3 / 7)
    assert share(np.zeros(2), np.array([0])) == 0.0
