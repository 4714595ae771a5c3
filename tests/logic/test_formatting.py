"""Numbers and nouns agree: never 1 photographs, on the page, in a terminal or in a file."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

from petwidgets.common.formatting import counted, figure, file_size, plural

PACKAGE = Path(__file__).parents[2] / "petwidgets"

COUNTED = (
    "photograph picture image name breed epoch batch file finding error cell class pair run stage"
    " row step column factor item group layer label decision view prediction value cat dog"
    " training byte second minute question folder parameter square curve place number"
)
NOUNS = {plural(noun) for noun in COUNTED.split()}


def words_behind(path: Path) -> list[str]:
    """What f-strings write behind a number that may be one, where it begins with a plural."""
    found = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.JoinedStr):
            continue
        for part, behind in zip(node.values, node.values[1:], strict=False):
            if isinstance(part, ast.FormattedValue) and isinstance(behind, ast.Constant):
                if not _may_be_one(part):
                    continue
                said = re.match(r" (?:(?!with|of|on|in)[a-z-]+ )?([a-z]+)\b", str(behind.value))
                first = re.match(r" ([a-z]+)\b", str(behind.value))
                if {match.group(1) for match in (said, first) if match} & NOUNS:
                    found.append(f"{path.name}:{node.lineno}: {ast.unparse(part)}{behind.value}")
    return found


def _may_be_one(part: ast.FormattedValue) -> bool:
    """Whether the number is none of the code's own, which are written in capitals."""
    names = [n.id for n in ast.walk(part.value) if isinstance(n, ast.Name)]
    constant = bool(names) and all(name.isupper() for name in names)
    call = part.value.func if isinstance(part.value, ast.Call) else None
    return not constant and not (isinstance(call, ast.Name) and call.id in ("counted", "agreeing"))


def test_a_plural_stands_behind_no_number_that_may_be_one() -> None:
    files = [path for path in PACKAGE.rglob("*.py") if "drawing" not in path.parts]
    assert [words for path in files for words in words_behind(path)] == []


@pytest.mark.parametrize(
    ("n", "noun", "said"),
    [
        (1, "photograph", "1 photograph"),
        (0, "photograph", "0 photographs"),
        (7390, "training photograph", "7,390 training photographs"),
        (2, "batch", "2 batches"),
        (2, "class", "2 classes"),
        (3, "category", "3 categories"),
        (3, "day", "3 days"),
        (12, "epoch", "12 epochs"),
    ],
)
def test_nouns_agree_with_their_numbers(n: int, noun: str, said: str) -> None:
    assert counted(n, noun) == said


CASES = json.loads(
    (Path(__file__).parents[2] / "js" / "tests" / "formatting.json").read_text("utf-8")
)
"""What the page writes, too: `js/tests/formatting.test.js` reads the same."""


@pytest.mark.parametrize(("number", "said"), CASES["figure"])
def test_a_figure_reads_as_on_the_page(number: float | str, said: str) -> None:
    assert figure(float(number)) == said


@pytest.mark.parametrize(("size", "said"), CASES["file_size"])
def test_a_size_reads_as_on_the_page(size: int, said: str) -> None:
    assert file_size(size) == said


@pytest.mark.parametrize(("n", "said"), CASES["count"])
def test_a_count_reads_as_on_the_page(n: int, said: str) -> None:
    assert counted(n, "file") == f"{said} files"
