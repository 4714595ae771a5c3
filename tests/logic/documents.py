"""What the documents hold: blocks of code, commands, headings and links."""

from __future__ import annotations

import re
import shlex
import subprocess
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from markdown.extensions.toc import slugify

if TYPE_CHECKING:
    from collections.abc import Iterator

TOP = Path(__file__).parents[2]
DOCUMENTS = sorted([*TOP.glob("*.md"), *TOP.glob("docs/**/*.md"), *TOP.glob("petwidgets/**/*.md")])
CURRENT = [path for path in DOCUMENTS if path.name != "CHANGELOG.md"]  # that tells of the past

FENCE = re.compile(r"^( *)```(\S*)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
CODE = re.compile(r"`([^`\n]+)`")
ASSIGNED = re.compile(r"[A-Za-z_]\w*=.*")
BETWEEN = {"&&", "||", "|", ";", "(", ")"}
"""What stands between two commands of a line."""

STARTS = "ExecStart="
"""Before the command of a service's unit."""


class Block(NamedTuple):
    """A fenced block of code: its document, first line, language and text."""

    page: str
    line: int
    kind: str
    code: str


class Command(NamedTuple):
    """A command of a document: its program without a folder, and its arguments."""

    page: str
    line: int
    words: tuple[str, ...]

    def __str__(self) -> str:
        return f"{place(self)}: {shlex.join(self.words)}"


def place(each: Block | Command) -> str:
    return f"{each.page}:{each.line}"


def name_of(path: Path) -> str:
    return path.relative_to(TOP).as_posix()


@cache
def files() -> frozenset[str]:
    """All that git knows or would add, with their folders."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    out = subprocess.run(listed, cwd=TOP, capture_output=True, text=True, check=False).stdout
    found = {path for path in out.splitlines() if (TOP / path).exists()}
    found = found or {name_of(path) for path in TOP.rglob("*")}  # no checkout of git's
    return frozenset(found | {f"{folder}/" for path in found for folder in Path(path).parents})


def prose(path: Path) -> str:
    """A document without its blocks of code, line for line."""
    return FENCE.sub(lambda block: "\n" * block[0].count("\n"), path.read_text("utf-8"))


@cache
def blocks() -> list[Block]:
    """Every fenced block of the present documents; one without a language is shell."""
    found = []
    for path in CURRENT:
        text = path.read_text("utf-8")
        for block in FENCE.finditer(text):
            line = text.count("\n", 0, block.start()) + 2
            found.append(Block(name_of(path), line, block[2] or "sh", block[3]))
    return found


@cache
def written() -> list[Command]:
    """Every command in a block of shell, and of a service's unit."""
    found = []
    for page, first, kind, code in blocks():
        lines = code.replace("\\\n", " ").splitlines()
        if kind == "ini":
            lines = [line.removeprefix(STARTS) for line in lines if line.startswith(STARTS)]
        for line in lines if kind in {"sh", "ini"} else []:
            found += [Command(page, first, words) for words in commands(line)]
    return found


@cache
def mentioned() -> list[Command]:
    """Everything in backticks, read as shell; most of it is no command."""
    found = []
    for path in CURRENT:
        for number, line in enumerate(prose(path).splitlines(), 1):
            for code in CODE.findall(line):
                with suppress(ValueError):  # a lonely quotation mark: no command
                    found += [Command(name_of(path), number, each) for each in commands(code)]
    return found


def commands(line: str) -> Iterator[tuple[str, ...]]:
    """The commands of a line of shell, without variables before them and folders of programs."""
    plain = line.replace(".venv\\Scripts\\", "")
    words: list[str] = []
    lexer = shlex.shlex(plain, posix=True, punctuation_chars="();|&")
    lexer.whitespace_split = True
    for word in [*lexer, ";"]:
        if word not in BETWEEN:
            words.append(word)
            continue
        while words and ASSIGNED.fullmatch(words[0]):
            words.pop(0)
        if words:
            yield words[0].rpartition("/")[2], *words[1:]
        words = []


def anchors(path: Path) -> set[str]:
    """Addresses of headings within a page that are the same on GitHub and on the site of mkdocs."""
    titles = re.findall(r"^#+ (.+)$", prose(path), re.MULTILINE)
    github = {re.sub(r"[^\w\- ]", "", title).strip().lower().replace(" ", "-") for title in titles}
    return github & {slugify(title.replace("`", ""), "-") for title in titles}
