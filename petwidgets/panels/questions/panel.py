"""All 23 questions of the chapter with their state; a sheet to hand in; a class's sheets."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import counted
from petwidgets.panels.base import Panel
from petwidgets.panels.questions.below import item
from petwidgets.questions.chapter import questions
from petwidgets.questions.question import COMPARED, DONE, OPEN, RIGHT, WRONG
from petwidgets.questions.sheet import LONGEST_NAME, MOST, Sheet
from petwidgets.session.answers import Answers
from petwidgets.widgets.base import HIDDEN, note, plain, show
from petwidgets.widgets.fields import text
from petwidgets.widgets.file_transfer import FileTransfer
from petwidgets.widgets.form import Form
from petwidgets.widgets.questions import Questions
from petwidgets.widgets.table import Table

MARKS = {RIGHT: "✓", COMPARED: "•", WRONG: "✗", OPEN: ""}
"""What a teacher's table shows of a state."""

CLASS = 200
"""Sheets that a page reads."""


class QuestionsPanel(Panel):
    """Every question once more, with a link to the lesson that answers it.

    Example:
        >>> len(QuestionsPanel().all.items)
        23
    """

    key = "questions"
    title = "The 23 questions"
    lead = "See what you can say already, and go back to where the answer is."
    why = (
        "These are the questions that end the chapter, in our own words, each as a small task. What"
        " can be checked is checked when you answer; where a sentence is asked for, ours follows to"
        " compare. Your answers stay in this session. Save them to hand them in: a teacher reads"
        " many sheets here, and each answer is judged anew."
    )

    def __init__(self, session: Any = None) -> None:
        super().__init__(session)
        self.answers = Answers(self.session)
        self.tally = note()
        self.all = Questions(self.guarded(self.answers.give))
        self.form = Form([text("name", "Your name", placeholder="for the file to hand in")])
        self.transfer = FileTransfer(
            self._save, self._read, MOST, save="Save my answers", choose="Read students' sheets",
            accept=".json", several=True,
        )  # fmt: skip
        self.sheets: dict[str, Sheet] = {}
        self.table = Table()
        self.of_class = plain(widgets.VBox, [self.table], css=HIDDEN)
        self.body.children = [self.tally, self.all, self.form, self.transfer, self.of_class]
        self.keep(self.form, private=("name",))
        self.follow("settings", self._draw)

    def _draw(self) -> None:
        self.all.items = [
            {**item(question, self.answers), "lesson": question.step} for question in questions()
        ]
        sheet, all_ = self.answers.sheet(""), len(questions())
        self.tally.value = f"Live: {sheet.done} of {all_} answered, {sheet.begun} begun."

    # --- a student's sheet ---

    def _save(self) -> tuple[str, bytes]:
        name = str(self.form["name"]).strip()[:LONGEST_NAME]
        if not name:
            raise Problem("Type your name first, so that the sheet can be told from others.")
        if not self.answers.texts:
            raise Problem("There is no answer to save yet.")
        words = "".join(letter if letter.isalnum() else " " for letter in name).split()
        return f"answers-{'-'.join(words)}.json", self.answers.sheet(name).to_json()

    # --- a teacher's view ---

    def _read(self, _file: str, content: bytes) -> str:
        sheet = Sheet.from_json(content)
        if len(self.sheets) >= CLASS and sheet.name not in self.sheets:
            raise Problem(f"{CLASS} sheets are read already: open another page for more.")
        self.sheets[sheet.name] = sheet
        self._tabulate()
        return f"{sheet.name}: {sheet.done} of {len(questions())} answered."

    def _tabulate(self) -> None:
        """One row a student, the one who is furthest first; below them how many have each."""
        numbers = [question.number for question in questions()]
        self.table.header = ["student", "answered", *map(str, numbers)]
        ranked = sorted(self.sheets.values(), key=lambda sheet: (-sheet.done, sheet.name))
        states = {sheet.name: sheet.states() for sheet in ranked}
        rows = [
            [sheet.name, str(sheet.done), *(MARKS[states[sheet.name][n]] for n in numbers)]
            for sheet in ranked
        ]
        right = [str(sum(own[number] in DONE for own in states.values())) for number in numbers]
        self.table.rows = [*rows, [counted(len(rows), "sheet"), "", *right]]
        show(self.of_class, visible=True)
