"""Label photographs by regular expression, by parent folder or by a table."""

from __future__ import annotations

import math
import time
from collections import Counter
from typing import TYPE_CHECKING

import regex

from petwidgets.common.errors import Problem
from petwidgets.data.label_match import matched
from petwidgets.data.label_store import find
from petwidgets.recipes.labelling import PARENT_FOLDER, table_id

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SECONDS_A_NAME = 0.2
"""Time limit in seconds per name; normal expressions take microseconds, backtracking ones hang."""

SECONDS_A_THOUSAND = 0.1
"""Further seconds per thousand names: a hundred times the time of the chapter's expression."""

LONGEST = 1000
"""Maximum length of an expression in characters; the chapter's has 13."""

MOST_REPEATS = 10_000
"""Maximum of repeats: the compiler unrolls them, nested ones multiply, a million take gigabytes."""

MOST_UNROLLED = 1_000_000
"""Maximum length of an expression with unrolled repeats: some 70 MB compiled."""

VERBOSE = regex.compile(r"\(\?[A-Za-z01-]*x")
"""The flag x, which allows blanks and comments in an expression, even within a repeat count."""

TOO_MANY_WAYS = (
    "This regular expression tries too many ways to match: avoid a repeat inside a repeat."
)


def compiled(pattern: str) -> regex.Pattern[str]:
    """Check and compile an expression.

    It uses `regex` instead of `re`: the syntax is the same, and a search can have a time limit.

    Raises:
        Problem: it can't be compiled, would take too much memory, or has no group that captures
            the breed.
    """
    _require_small(pattern)
    try:
        expression = regex.compile(pattern)
    except (regex.error, ValueError, OverflowError) as error:
        raise Problem(f"This regular expression can't be read: {error}. Correct it.") from error
    except RecursionError as error:
        raise Problem("This regular expression is nested too deeply: make it simpler.") from error
    if expression.groups < 1:
        raise Problem(
            "This regular expression captures nothing: put parentheses around the part of the name"
            r" that is the label, as (.+)_\d+.jpg$ does."
        )
    return expression


def _require_small(pattern: str) -> None:
    """Check that an expression will take little memory, before it is compiled."""
    if len(pattern) > LONGEST:
        raise Problem(
            f"This regular expression has more than {LONGEST:,} characters: make it shorter."
        )
    if VERBOSE.search(pattern):
        raise Problem("A regular expression is written without the flag x here: take it out.")
    braces = regex.findall(r"\{([^{}]*)\}", pattern)
    counts = [max([1, *(int(n[:9]) for n in regex.findall("[0-9]+", brace))]) for brace in braces]
    repeats = math.prod(counts)
    if repeats > MOST_REPEATS or repeats * len(pattern) > MOST_UNROLLED:
        raise Problem(
            f"This regular expression repeats something over {MOST_REPEATS:,} times, or a long text"
            " over a thousand times, which takes too much memory: take fewer."
        )


def label(path: Path, pattern: str) -> str | None:
    """The breed of one photograph, or `None` if the pattern does not match its name.

    The result is that of fastai's `using_attr(RegexLabeller(pattern), "name")` or `parent_label`.

    Raises:
        Problem: the pattern is invalid, or takes too long.
    """
    return labels([path], pattern)[0]


def labels(paths: Sequence[Path], pattern: str, folder: Path | None = None) -> list[str | None]:
    """The breed of each photograph, `None` where the pattern does not match.

    Args:
        paths: paths of n photographs.
        pattern: as of `Recipe.pattern`.
        folder: the set's folder, to which names in a table are relative; None: paths are relative.

    Returns:
        n labels.

    Raises:
        Problem: the pattern is invalid, takes too long, or refers to a table that does not match.
    """
    return labels_and_notes(paths, pattern, folder)[0]


def labels_and_notes(
    paths: Sequence[Path], pattern: str, folder: Path | None = None
) -> tuple[list[str | None], list[str]]:
    """Labels as of `labels`, with sentences about mismatches between a table and photographs."""
    if table_id(pattern):
        names = [(path.relative_to(folder) if folder else path).as_posix() for path in paths]
        known, notes = matched(find(pattern), names)
        return [known.get(name) for name in names], notes
    return _by_name(paths, pattern), []


def _by_name(paths: Sequence[Path], pattern: str) -> list[str | None]:
    if pattern == PARENT_FOLDER:
        return [path.parent.name for path in paths]
    expression = compiled(pattern)
    # Of this thread: on a busy machine it waits for its turn, which is no fault of the expression.
    end = time.thread_time() + SECONDS_A_NAME + SECONDS_A_THOUSAND * len(paths) / 1000
    return [_first_group(expression, path.name, end) for path in paths]


def _first_group(expression: regex.Pattern[str], name: str, end: float) -> str | None:
    left = max(1e-6, end - time.thread_time())  # a timeout of 0 would mean no timeout
    try:
        match = expression.search(name, timeout=min(SECONDS_A_NAME, left))
    except TimeoutError as error:
        raise Problem(TOO_MANY_WAYS) from error
    return match.group(1) if match else None


def stray_photographs(paths: Sequence[Path]) -> frozenset[Path]:
    """Photographs outside of the class folders, whose parent folder is not a label.

    A folder is not a class if it has fewer photographs than its subfolders, of which at least two
    have photographs.
    """
    own = Counter(path.parent for path in paths)
    below: Counter[Path] = Counter()
    classes: Counter[Path] = Counter()
    for folder, n in own.items():
        for above in folder.parents:
            below[above] += n
            classes[above] += 1
    none = {folder for folder, n in own.items() if classes[folder] > 1 and n < below[folder]}
    return frozenset(path for path in paths if path.parent in none)


def spans(name: str, pattern: str) -> list[tuple[int, int, int]]:
    """Find the parts of a name that an expression matches.

    Returns:
        (group, start, end) for the whole match, group 0, and each group that took part; empty
        where the expression does not match.

    Raises:
        Problem: the pattern is invalid, or takes too long.
    """
    try:
        match = compiled(pattern).search(name, timeout=SECONDS_A_NAME)
    except TimeoutError as error:
        raise Problem(TOO_MANY_WAYS) from error
    groups = range(match.re.groups + 1) if match else ()
    return [(group, *match.span(group)) for group in groups if match.span(group)[0] >= 0]
