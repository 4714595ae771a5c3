# ruff: noqa: INP001, T201 - a program
"""List every sentence that the page can show, as Markdown: `python docs/sentences.py`.

Python is read by `ast`: all texts of panels, questions, widgets and jobs but docstrings; of other
modules what is raised as a `Problem`, and what ends like a sentence. JavaScript is read by its
string literals. What a program puts in stands in braces.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

TOP = Path(__file__).parents[1]

SHOWN = ("panels", "questions", "widgets", "jobs")
"""Parts of the package whose texts are for the page."""

RAISED = ("Problem", "IncompleteError")
"""Exceptions whose text a panel shows."""

BEGUN, ENDED = re.compile(r"[A-Z{(`]"), (".", "?")
"""How a sentence begins, and how one ends that begins with a number or a name such as torch."""

LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`')
COMMENT = re.compile(r"^\s*(//|/?\*).*$|\s//.*$", re.MULTILINE)


def is_sentence(text: str) -> bool:
    """Whether it is words for people: two or more that begin or end like a sentence."""
    words = re.findall(r"[A-Za-z]{2,}", text)
    ends = text.endswith(ENDED) and len(words) > 3  # noqa: PLR2004 - `a file.` may be a path
    return len(words) > 1 and " " in text and (ends or bool(BEGUN.match(text)))


def written(node: ast.expr) -> str:
    """The text of a literal, with braces around what is put in; empty for another expression."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if not isinstance(node, ast.JoinedStr):
        return ""
    parts = [
        f"{{{ast.unparse(part.value)}}}" if isinstance(part, ast.FormattedValue) else written(part)
        for part in node.values
    ]
    return "".join(parts)


def docstrings(tree: ast.AST) -> set[ast.expr]:
    """What stands alone as a statement."""
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}


def called(node: ast.Call) -> str:
    """The name of what is called."""
    return getattr(node.func, "id", getattr(node.func, "attr", ""))


def literals(node: ast.AST, but: set[ast.expr]) -> Iterator[tuple[int, str]]:
    """Line and text of each literal, in order."""
    if node in but:
        return
    if isinstance(node, ast.Constant | ast.JoinedStr):
        yield node.lineno, written(node)
        return
    for child in ast.iter_child_nodes(node):
        yield from literals(child, but)


def of_python(path: Path) -> list[tuple[int, str]]:
    """Lines and sentences of a module: all of them, or those of its problems."""
    tree = ast.parse(path.read_text("utf-8"))
    part = path.relative_to(TOP / "petwidgets").parts[0]
    if part in SHOWN:
        found = [*literals(tree, docstrings(tree))]
    else:
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        raised = [arg for call in calls if called(call) in RAISED for arg in call.args]
        problems = [one for arg in raised for one in literals(arg, set())]
        ended = [one for one in literals(tree, docstrings(tree)) if one[1].endswith((".", "?"))]
        found = sorted({*problems, *ended})
    return [(line, text) for line, text in found if is_sentence(text)]


def of_javascript(path: Path) -> list[tuple[int, str]]:
    """Lines and sentences of a source of the page."""
    source = COMMENT.sub(lambda match: "\n" * match[0].count("\n"), path.read_text("utf-8"))
    found = [(m.start(), (m[1] or m[2] or "").replace("${", "{")) for m in LITERAL.finditer(source)]
    return [(source[:at].count("\n") + 1, text) for at, text in found if is_sentence(text)]


def sentences() -> dict[str, list[tuple[int, str]]]:
    """By the name of a file, its sentences and the lines that they begin at."""
    ours = sorted(set(TOP.glob("petwidgets/**/*.py")) - set(TOP.glob("petwidgets/cli/*.py")))
    python = {path: of_python(path) for path in ours}
    page = {path: of_javascript(path) for path in sorted(TOP.glob("js/src/**/*.js"))}
    found = {str(path.relative_to(TOP)): listed for path, listed in (python | page).items()}
    return {name: listed for name, listed in found.items() if listed}


def main() -> None:
    """Print them."""
    found = sentences()
    print(f"# The {sum(map(len, found.values())):,} sentences of the page\n")
    for name, listed in found.items():
        print(f"## {name}\n")
        for line, text in listed:
            print(f"- {line}: {' '.join(text.split())}")
        print()


if __name__ == "__main__":
    main()
