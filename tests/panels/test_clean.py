"""The cleaner that forgets nothing: decisions through categories, runs, lessons and reloads."""

from __future__ import annotations

import ast
import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from fakes import WAIT, OurSession, in_a_thread
from waiting import hidden, wait_for_reading

from petwidgets import BrowsePanel, CleanPanel, TrainPanel
from petwidgets.data import label_edits_csv, label_table, sources, spreadsheet
from petwidgets.data.dataset import load
from petwidgets.data.label_edits import KEEP, LEAVE_OUT, RELABEL, Mark
from petwidgets.data.synthetic.wrong_labels import WRONG_LABELS
from petwidgets.recipes.presets import baseline, fine_tune
from petwidgets.runs.predictions import Validation
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from petwidgets.runs.run import Run

MARKUP = "<img src=x onerror=alert(1)>"


def judged(data: Path, wrong: list[str], recipe: Any = None, **info: Any) -> Run:
    """A run of all the photographs that takes some for a pug, the first most surely."""
    known = load(str(data))
    run = RunStore().create(recipe or fine_tune(data=str(data)), **info)
    relabel, out = dict(run.recipe.relabel), set(run.recipe.leave_out)
    labels = {name: relabel.get(name, own) for name, own in known.labels().items()}
    labels = {name: breed for name, breed in labels.items() if name not in out}
    vocab = list(known.vocab)
    targets = np.array([vocab.index(breed) for breed in labels.values()])
    rows = np.full((len(labels), len(vocab)), 0.02, np.float32)
    for i, (name, breed) in enumerate(labels.items()):
        own = 0.05 + 0.01 * wrong.index(name) if name in wrong else 0.9
        rows[i, vocab.index(breed)] = own
        if name in wrong:
            rows[i, vocab.index("pug")] = 0.9 - own
    rows /= rows.sum(1, keepdims=True)
    losses = -np.log(rows[np.arange(len(targets)), targets])
    run.save_validation(Validation(tuple(labels), rows, targets, losses))
    return run.update(state="finished", vocab=vocab, files=[*labels])


@pytest.fixture
def opened(few: Path) -> Callable[[OurSession], CleanPanel]:
    """Has a session read the few photographs and opens the lesson."""

    def open_it(session: OurSession) -> CleanPanel:
        session.data.read(str(few), session.data.pattern)
        wait_for_reading()
        return CleanPanel(session)

    return open_it


@pytest.fixture
def doubted(few: Path) -> list[str]:
    """One photograph of each of three breeds, that a run doubts."""
    names = load(str(few)).labels()
    return [next(n for n in names if n.startswith(b)) for b in ("beagle", "Siamese", "samoyed")]


@pytest.fixture
def panel(
    session: OurSession, opened: Callable[..., CleanPanel], few: Path, doubted: list[str]
) -> CleanPanel:
    """The lesson on a run that doubts three photographs."""
    session.runs.chosen_id = judged(few, doubted).id
    return opened(session)


def press(panel: CleanPanel, do: str, breed: str = "") -> None:
    """What the page sends."""
    panel.review._hear(panel.review, {"do": do, "breed": breed}, [])


def go(panel: CleanPanel, by: int) -> None:
    panel.review._hear(panel.review, {"go": by}, [])


def shown(panel: CleanPanel) -> tuple[str, str]:
    return panel.review.item["title"], panel.review.item["mark"]


# --- other photographs, other labels ---


def test_a_label_that_is_none_now_is_set_aside_until_it_is_one(
    panel: CleanPanel, session: OurSession, few: Path, doubted: list[str]
) -> None:
    """Trainings would refuse it, and there is no line to correct."""
    before = session.data.pattern
    session.cleaning.decide({doubted[0]: Mark(RELABEL, "pug"), doubted[1]: Mark(LEAVE_OUT)})
    assert session.cleaning.cleaned(baseline(data=str(few))).relabel == ((doubted[0], "pug"),)
    session.data.read(str(few), r"^(\w)")  # one letter a label
    wait_for_reading()
    cleaned = session.cleaning.cleaned(baseline(data=str(few), pattern=r"^(\w)"))
    assert (cleaned.relabel, cleaned.leave_out) == ((), (doubted[1],))
    assert "1 photograph keeps the label of the file" in panel.tally.value
    session.data.read(str(few), before)
    wait_for_reading()
    assert session.cleaning.cleaned(baseline(data=str(few))).relabel == ((doubted[0], "pug"),)
    assert "keeps the label" not in panel.tally.value


def test_a_doubt_about_labels_of_a_file_is_none_under_others(
    panel: CleanPanel, session: OurSession, few: Path, doubted: list[str]
) -> None:
    assert panel.listed() == doubted
    kinds = {f.name: "cat" if f.name[0].isupper() else "dog" for f in few.iterdir()}
    rows = "".join(f"{name},{kind}\n" for name, kind in kinds.items())
    made = label_table.table(spreadsheet.read(f"file,kind\n{rows}".encode(), 10**6), "kinds.csv")
    session.data.read(str(few), session.data.keep_labels(made))
    wait_for_reading()
    assert session.data.dataset.vocab == ("cat", "dog")
    assert panel.listed() == []
    assert panel.review.empty.startswith("No label is doubted yet"), "the run judged no such label"


def test_what_a_run_was_mistakenly_trained_with_is_doubted_only_while_it_is_decided(
    panel: CleanPanel, few: Path, doubted: list[str]
) -> None:
    first, *others = doubted
    press(panel, "relabel", "samoyed")
    changed = fine_tune(data=str(few), relabel=((first, "samoyed"),))
    panel.session.runs.chosen_id = judged(few, doubted, changed).id
    panel.form.set(state="decided")
    assert [name for name, _ in panel.review.item["facts"]] == ["Label", "The run", "of samoyed"]
    before = panel.session.cleaning.edits.now[first].probability
    press(panel, "keep")
    assert panel.session.cleaning.edits.now[first].probability == before
    press(panel, "clear")
    panel.form.set(state="all")
    assert panel.listed() == others


def test_what_a_search_failed_for_is_said_of_its_photographs_alone(
    panel: CleanPanel, session: OurSession, few: Path, tmp_path: Path, doubted: list[str]
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / doubted[0]).symlink_to((few / doubted[0]).resolve())
    press(panel, KEEP)
    assert panel.review.said
    session.cleaning.find_doubts()
    session.cleaning.search.worker.heard({"event": "failed", "problem": "There is no folder."})
    assert panel.heading.problem == "There is no folder."
    session.data.read(str(other), session.data.pattern)
    wait_for_reading()
    assert (panel.heading.problem, panel.review.said) == ("", "")


def test_a_run_that_is_right_on_these_is_no_missing_run(
    session: OurSession, opened: Callable[..., CleanPanel], few: Path
) -> None:
    session.runs.chosen_id = judged(few, []).id
    panel = opened(session)
    assert panel.review.empty.startswith("The run is right on 32 photographs that it was")


# --- reviewing ---


def test_found_wrong_labels_of_the_drawn_sample_are_counted(
    panel: CleanPanel, session: OurSession
) -> None:
    planted = "Labels of the drawn sample that are wrong on purpose"
    assert planted not in panel.tally.value
    session.data.source = sources.SAMPLE
    first, second, third, *_ = WRONG_LABELS
    session.cleaning.decide({first: Mark(RELABEL, "pug"), second: Mark(LEAVE_OUT)})
    session.cleaning.decide({third: Mark(KEEP), "pug_1.jpg": Mark(LEAVE_OUT)})
    assert f"{planted}: 2 of 12 found." in panel.tally.value


def test_the_most_suspicious_comes_first_with_what_is_held_against_it(
    panel: CleanPanel, doubted: list[str]
) -> None:
    assert panel.listed() == doubted
    assert panel.review.where == "1 of 3"
    item = panel.review.item
    assert (item["title"], item["guess"], item["tone"]) == (doubted[0], "pug", "open")
    assert item["facts"][0] == ["Label", "beagle"]
    assert item["facts"][1][1].startswith("pug, probability 0.")
    assert "loss " in item["facts"][2][1]
    assert panel.review.jpeg[:2] == b"\xff\xd8"
    assert [value for value, _ in panel.review.breeds] == ["Siamese", "beagle", "pug", "samoyed"]
    assert "Recorded" in panel.status.value


def test_deciding_goes_on_and_undo_comes_back(panel: CleanPanel, doubted: list[str]) -> None:
    first, second, third = doubted
    press(panel, "relabel", "pug")
    assert shown(panel) == (second, "not decided")
    assert panel.review.said == f"{first}: relabel: pug."
    press(panel, "leave_out")
    press(panel, "keep")
    assert panel.review.item == {}
    assert panel.review.empty == "No photograph is in this category."
    marks = panel.session.cleaning.edits.now
    assert {f: m.do for f, m in marks.items()} == dict(
        zip(doubted, (RELABEL, LEAVE_OUT, KEEP), strict=True)
    )
    assert marks[first].label == "beagle"
    assert marks[first].why == "the run is wrong"
    assert "Decided: 1 relabelled, 1 left out, 1 kept." in panel.tally.value
    press(panel, "undo")
    assert shown(panel) == (third, "not decided")
    press(panel, "undo")
    assert shown(panel) == (second, "not decided")
    press(panel, "redo")
    assert panel.session.cleaning.edits.now[second].do == LEAVE_OUT
    assert (panel.review.undoes, panel.review.redoes) == (True, True)
    for _ in range(3):
        press(panel, "undo")
    assert panel.heading.problem == "There is nothing to undo."
    assert panel.session.cleaning.edits.now == {}


def test_arrows_go_back_and_forth_and_stop_at_the_ends(
    panel: CleanPanel, doubted: list[str]
) -> None:
    go(panel, -1)
    assert shown(panel)[0] == doubted[0]
    for _ in range(5):
        go(panel, 1)
    assert shown(panel)[0] == doubted[2]
    assert panel.review.where == "3 of 3"
    go(panel, -1)
    assert shown(panel)[0] == doubted[1]


def test_a_decision_is_seen_changed_and_taken_back(panel: CleanPanel, doubted: list[str]) -> None:
    panel.form.set(state="all")
    press(panel, "relabel", "Siamese")
    go(panel, -1)
    assert shown(panel) == (doubted[0], "relabel: Siamese")
    assert panel.review.item["tone"] == "relabel"
    press(panel, "clear")
    assert shown(panel) == (doubted[0], "not decided")
    press(panel, "relabel", "beagle")  # as it is called already
    assert panel.session.cleaning.edits.now[doubted[0]].do == KEEP
    press(panel, "relabel", MARKUP)
    assert "one of the breeds" in panel.heading.problem
    press(panel, "burn")
    assert "is not a decision" in panel.heading.problem


def test_what_the_page_may_send_and_is_nothing_changes_nothing(panel: CleanPanel) -> None:
    for content in (None, 3, [], {"do": 3}, {"go": 7}, {"go": "1"}, {"x": 1}):
        panel.review._hear(panel.review, content, [])
    assert panel.session.cleaning.edits.now == {}
    assert panel.review.where == "1 of 3"


# --- nothing is forgotten ---


def test_choices_stay_when_the_category_the_run_and_the_lesson_change(
    panel: CleanPanel, few: Path, doubted: list[str]
) -> None:
    press(panel, "leave_out")
    kept = panel.session.cleaning.edits
    for values in ({"breed": "pug"}, {"why": "loss"}, {"why": "folds"}, {"state": "decided"}):
        panel.form.set(**{"why": "", "breed": "", "state": "open", **values})
        assert panel.session.cleaning.edits == kept
    assert panel.listed() == doubted[:1]
    panel.session.runs.chosen_id = judged(few, []).id
    assert panel.session.cleaning.edits == kept
    assert panel.listed() == doubted[:1]
    assert ["Was doubted", "the run is wrong"] in panel.review.item["facts"]
    press(panel, "keep")  # what was held against it is not forgotten either
    assert panel.session.cleaning.edits.now[doubted[0]].why == "the run is wrong"
    again = CleanPanel(panel.session)
    assert again.listed() == doubted[:1]


def test_choices_come_back_after_a_reload_with_their_history(
    arriving: Callable[..., OurSession],
    opened: Callable[..., CleanPanel],
    few: Path,
    doubted: list[str],
) -> None:
    session = arriving()
    session.runs.chosen_id = judged(few, doubted).id
    panel = opened(session)
    panel.form.set(state="all")
    press(panel, "relabel", "pug")
    press(panel, "leave_out")
    press(panel, "undo")
    returned = arriving(session.visit.id if session.visit else "")
    wait_for_reading()
    assert returned.cleaning.edits == session.cleaning.edits
    again = CleanPanel(returned)
    assert shown(again) == shown(panel) == (doubted[1], "not decided")
    press(again, "redo")
    assert returned.cleaning.edits.now[doubted[1]].do == LEAVE_OUT
    press(again, "undo")
    press(again, "undo")
    assert returned.cleaning.edits.now == {}


def test_a_lesson_that_stands_before_its_address_is_known_comes_back_too(  # noqa: PLR0917
    arriving: Callable[..., OurSession],
    session: OurSession,
    opened: Callable[..., CleanPanel],
    few: Path,
    doubted: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It reads what is offered first, and is in the midst of that."""
    before = arriving()
    before.runs.chosen_id = judged(few, doubted).id
    press(opened(before), "leave_out")
    session.data.source, waits = str(few.parent), threading.Event()
    listed, settle = sources.photographs, session.data.settle

    def slowly(folder: Path) -> list[Path]:
        assert waits.wait(WAIT)
        return listed(folder)

    monkeypatch.setattr(sources, "photographs", slowly)
    monkeypatch.setattr(session.data, "settle", lambda: (waits.set(), settle()))
    panel = CleanPanel(session)
    session.arrive(before.visit.id if before.visit else "")
    wait_for_reading()
    assert session.data.dataset == before.data.dataset
    assert shown(panel) == (doubted[1], "not decided")
    assert panel.review.jpeg
    press(panel, "keep")
    assert list(arriving(before.visit.id if before.visit else "").cleaning.edits.now) == doubted[:2]


def test_each_source_has_its_own(panel: CleanPanel, tmp_path: Path) -> None:
    press(panel, "leave_out")
    source = panel.session.data.source
    panel.session.data.source = str(tmp_path)
    assert panel.session.cleaning.edits.now == {}
    assert panel.session.cleaning.cleaned(fine_tune(data=source)) == fine_tune(data=source)
    panel.session.data.source = source
    assert len(panel.session.cleaning.cleaned(fine_tune(data=source)).leave_out) == 1


def test_a_folder_with_a_separator_at_its_end_is_the_same_source(
    panel: CleanPanel, few: Path, doubted: list[str]
) -> None:
    press(panel, "leave_out")
    source = BrowsePanel(panel.session).source
    source.form.set(source="own", folder=f"{few}/")
    source.form.press("read")
    wait_for_reading()
    assert panel.session.data.source == str(few)
    assert list(panel.session.cleaning.edits.now) == doubted[:1]


@pytest.mark.parametrize("damage", [{"x": 1}, {"done": [3], "undone": []}, None])
def test_damaged_choices_begin_anew(session: OurSession, damage: Any) -> None:
    session.cleaning.marks = {session.data.source: damage}
    assert session.cleaning.edits.now == {}
    session.cleaning.decide({"a": Mark(KEEP)})
    assert list(session.cleaning.edits.now) == ["a"]


# --- the search ---


def searched(panel: CleanPanel, data: Path, wrong: list[str]) -> None:
    """A search from its button to its end."""
    panel.search.form.press("search")
    assert panel.heading.problem == ""
    training = panel.session.cleaning.search.worker
    assert training.run.kind == "folds"
    progress = {"event": "progress", "stage": "features", "done": 3, "of": 32}
    in_a_thread(lambda: training.heard({"event": "started"}, progress))
    assert panel.search.progress.text.value.startswith("Computing features: 3 of 32")
    assert not hidden(panel.search.progress)
    made = judged(data, wrong, training.run.recipe)
    training.run.save_validation(made.validation())
    training.run.update(**{k: made.info[k] for k in ("vocab", "files", "state")})
    in_a_thread(lambda: training.heard({"event": "finished"}))
    assert hidden(panel.search.progress)


def test_cross_validation_is_searched_and_kept(
    arriving: Callable[..., OurSession],
    opened: Callable[..., CleanPanel],
    few: Path,
    doubted: list[str],
) -> None:
    session = arriving()
    session.runs.chosen_id = judged(few, doubted[:1]).id
    panel = opened(session)
    (field,) = panel.search.form.fields
    assert field["label"] == "Search all 32: about 1.2 s"
    searched(panel, few, doubted[:2])
    assert "Live, out of 5 folds: 2 of 32 photographs are taken" in panel.search.found.value
    assert panel.listed() == doubted[:2]
    assert len(panel.review.item["facts"]) == 5
    press(panel, "keep")
    why = session.cleaning.edits.now[doubted[0]].why
    assert set(why.split(" and ")) == {"the run is wrong", "cross-validation disagrees"}
    panel.form.set(why="folds", state="all")
    assert panel.listed() == doubted[:2]
    panel.form.set(why="loss")
    assert panel.listed() == doubted[:1]
    returned = arriving(session.visit.id if session.visit else "")
    wait_for_reading()
    assert returned.cleaning.search.worker is None
    assert CleanPanel(returned).listed() == doubted[:1]
    assert returned.cleaning.out_of_fold is not None
    returned.data.pattern = "(.)"  # other labels, other doubts
    assert returned.cleaning.out_of_fold is None


def test_a_search_takes_what_was_decided(panel: CleanPanel, few: Path, doubted: list[str]) -> None:
    press(panel, "leave_out")
    searched(panel, few, [])
    assert panel.session.cleaning.search.worker.run.recipe == baseline(
        data=str(few), pattern=panel.session.data.pattern, leave_out=(doubted[0],)
    )
    assert "It took your decisions: 0 relabelled, 1 left out." in panel.search.found.value


def test_a_search_under_way_is_followed_again_and_stopped(
    arriving: Callable[..., OurSession], opened: Callable[..., CleanPanel]
) -> None:
    session = arriving()
    panel = opened(session)
    panel.search.form.press("search")
    panel.search.form.press("search")
    assert "being searched already" in panel.heading.problem
    returned = arriving(session.visit.id if session.visit else "")
    wait_for_reading()
    follower = returned.cleaning.search.worker
    assert follower.run.id == session.cleaning.search.worker.run.id
    assert follower.resubmitted
    again = CleanPanel(returned)
    assert again.search.form.fields[0]["disabled"]
    again.search.progress.button.click()
    assert returned.cleaning.search.worker.stopped
    in_a_thread(
        lambda: returned.cleaning.search.worker.heard(
            {"event": "failed", "problem": "The disk is full."}
        )
    )
    assert again.heading.problem == "The disk is full."
    assert not returned.cleaning.search.under_way


def test_no_photographs_lead_to_them(session: OurSession) -> None:
    panel = CleanPanel(session)
    assert panel.search.form.fields[0]["disabled"]
    assert panel.review.empty.startswith("No label is doubted yet")
    panel.search.form.press("search")
    assert "no photographs to search yet" in panel.heading.problem
    press(panel, "keep")
    assert "no photograph to decide about" in panel.heading.problem


# --- there and back ---


def test_decisions_go_to_a_file_and_come_back(panel: CleanPanel, doubted: list[str]) -> None:
    assert not panel.transfer.saves
    press(panel, "relabel", "pug")
    press(panel, "leave_out")
    assert panel.transfer.saves
    name, content = panel._export()
    assert name == "petwidgets-labels.csv"
    kept = panel.session.cleaning.edits.now
    assert label_edits_csv.read(content) == (kept, [])
    press(panel, "undo")
    press(panel, "undo")
    assert panel._import(name, content) == "Taken: 2 of 2 rows; Undo takes them back."
    assert panel.session.cleaning.edits.now == kept
    press(panel, "undo")
    assert panel.session.cleaning.edits.now == {}
    assert panel.review.said == "Undone: 2 photographs."


def test_rows_that_fit_nothing_are_told(panel: CleanPanel, doubted: list[str]) -> None:
    rows = f"file,decision,new label\n{doubted[0]},keep,\nno.jpg,keep,\n{doubted[1]},relabel,cat\n"
    said = panel._import("x.csv", rows.encode())
    assert said.startswith("Taken: 1 of 3 rows; Undo takes them back. 2 are left out.")
    assert "There is no photograph no.jpg here." in said
    assert "no photograph here is called 'cat'" in said
    with pytest.raises(Exception, match=r"Nothing is taken from this file\. Row 2"):
        panel._import("x.csv", b"file,decision\na,burn\n")


# --- the next training ---


def test_the_next_training_is_told_unless_that_is_switched_off(
    panel: CleanPanel, doubted: list[str]
) -> None:
    session = panel.session
    train = TrainPanel(session)
    (switch,) = (f for f in train.planning.form.fields if f["name"] == "cleaned")
    assert switch["hidden"]
    press(panel, "relabel", "pug")
    press(panel, "leave_out")
    press(panel, "keep")
    (switch,) = (f for f in train.planning.form.fields if f["name"] == "cleaned")
    assert not switch["hidden"]
    assert switch["label"] == "1 relabelled, 1 left out by Clean the labels"
    assert train.recipe().relabel == ((doubted[0], "pug"),)
    assert train.recipe().leave_out == (doubted[1],)
    assert "relabelled = {" in train.folds.code
    ast.parse(train.folds.code)
    train.buttons.press("start")
    assert session.training.worker.run.recipe == train.recipe()
    train.planning.form.set(cleaned=False)
    assert (train.recipe().relabel, train.recipe().leave_out) == ((), ())
    assert "relabelled" not in train.folds.code


# --- before and after ---


def test_two_runs_are_compared_under_the_same_labels(
    panel: CleanPanel, few: Path, doubted: list[str]
) -> None:
    first, second, third = doubted
    before = panel.run
    assert "Train once with your decisions" in panel.before_after.said.value
    changed = fine_tune(data=str(few), relabel=((first, "pug"),), leave_out=(second,))
    after = judged(few, [third], changed).update(name="cleaned 1")
    panel.session.runs.chosen_id = after.id
    table = panel.before_after.table
    assert f"on the 31 photographs that both were validated on. Before: {before.id}" in (
        table.caption
    )
    # `before` took the first for a pug: right, by the corrected label.
    corrected, found = table.rows
    assert corrected[1].startswith("3.2 % (")
    assert corrected[2].startswith("3.2 % (")
    assert found[1].startswith("6.5 % (")
    assert found[2].startswith("6.5 % (")
    said = panel.before_after.said.value
    assert "1 of these was relabelled" in said
    assert f"1 more that {before.id} was validated on counts for neither, for cleaned 1" in said
    assert "Nothing tells them apart." in said
    assert "and cleaned 1 alone on 0." in said
    assert "After: cleaned 1, 1 relabelled" in table.caption
    assert after.id not in said + table.caption
    panel.session.interpretation.versus_id = after.id
    panel.session.runs.chosen_id = before.id
    assert panel.before_after.table.rows != []
    panel.session.interpretation.versus_id = before.id
    assert "has changes" in panel.before_after.said.value


def test_alone_a_run_with_changes_says_what_is_missing(panel: CleanPanel, few: Path) -> None:
    after = judged(few, [], fine_tune(3, data=str(few), leave_out=("pug_1.jpg",)))
    panel.session.runs.chosen_id = after.id
    assert f"{after.id}, 0 relabelled, 1 left out." in panel.before_after.said.value
    assert panel.before_after.table.rows == []


# --- the code ---


def test_the_code_prints_what_the_panel_lists(
    panel: CleanPanel, doubted: list[str], few: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ast.parse(panel.folds.code)
    searched(panel, few, doubted[1:2])
    exec(compile(panel.folds.code, "snippet", "exec"), {})  # noqa: S102 - that it runs is the point
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "cross-validation disagrees 1 of 32"
    assert said[2] == "the run is wrong 3 of 32"
    assert [line.split()[1] for line in said[3:]] == doubted
