"""Findings of a check, with texts for the user."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

TITLES: dict[str, str] = {
    "unreadable": "Can't be read",
    "closed": "Folder that may not be entered",
    "link": "Link that leads nowhere",
    "labels": "Labels that look alike",
    "format": "Named as something else",
    "leak": "Trained on and validated on",
    "duplicate": "The same file twice",
    "near-duplicate": "Nearly the same picture",
    "dark": "Too dark",
    "blurred": "Blurred",
    "shape": "Odd size or shape",
    "odd": "Not a picture",
}
"""A short title for each kind of finding, the most serious first."""

ADVICE: dict[str, str] = {
    "unreadable": "Get these files again, or remove them: training leaves them out.",
    "closed": "Nothing in these folders is looked at: have their owner let you read them.",
    "link": "Bring back what these links pointed to, or remove them: training leaves them out.",
    "labels": "If they mean the same, give them one name: else it is split into several.",
    "format": "Rename these files to what they are, or save them in the format of their name.",
    "leak": "Keep only one of each pair: a photograph that was trained on tests nothing,"
    " and the error looks too small.",
    "duplicate": "Remove all but one: a copy teaches nothing, and it may be trained on and"
    " validated on.",
    "near-duplicate": "Look at each pair and keep the better one: it may be trained on and"
    " validated on.",
    "dark": "Look whether a person would know what it shows; if not, remove or brighten them.",
    "blurred": "Look whether a person would know what it shows; if not, remove them.",
    "shape": "Crop them to what they show: training sees a square of each photograph.",
    "odd": "Nothing needs to be done: they are left out.",
}
"""Advice for each kind of finding, in one sentence."""

COPIES = ("duplicate", "near-duplicate")


@dataclass(frozen=True)
class Finding:
    """One finding about one file.

    Args:
        file: its path, as passed to the check.
        problem: the kind, a key of `TITLES`.
        sentence: a description of the problem.
        also: other files involved, such as the original of a copy.
    """

    file: str
    problem: str
    sentence: str
    also: tuple[str, ...] = ()


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Sort findings by file, then by kind."""
    return sorted(findings, key=lambda finding: (finding.file, finding.problem))


def named(files: Sequence[str], root: Path | None = None) -> str:
    """The first file's path relative to a folder, and the number of others.

    Args:
        files: at least one path.
        root: the folder; without one, only the file's name is given.
    """
    name = name_below(files[0], root)
    return name if len(files) == 1 else f"{name} and {len(files) - 1} more"


def name_below(file: str, root: Path | None) -> str:
    """A file's path relative to a folder, with `/` on every system; its name if it is outside.

    Example:
        >>> name_below("pets/pug/1.jpg", Path("pets"))
        'pug/1.jpg'
    """
    path = Path(file)
    if root is not None and path.is_relative_to(root):
        return path.relative_to(root).as_posix()
    return path.name


def across(
    findings: Iterable[Finding], train: set[str], valid: set[str], root: Path | None = None
) -> list[Finding]:
    """Find data leaks: validation files with a copy in the training set, sorted by file.

    Copies of copies count too, so whole groups are examined and not only pairs.

    Args:
        findings: results of `check` or `examine`; only copies are used.
        train: paths of the training files, as in `Finding.file`.
        valid: paths of the validation files.
        root: a folder that holds them; sentences give paths relative to it.
    """
    copies = [finding for finding in findings if finding.problem in COPIES]
    exact = {finding.file for finding in copies if finding.problem == "duplicate"}
    return in_order(
        leak for group in _groups(copies) for leak in _leaks(group, exact, train, valid, root)
    )


def _leaks(
    group: set[str], exact: set[str], train: set[str], valid: set[str], root: Path | None
) -> Iterator[Finding]:
    trained = tuple(sorted(group & train))
    same = "the same picture" if len(group - exact) == 1 else "nearly the same picture"
    if trained:
        for file in group & valid:
            sentence = (
                f"This photograph is validated on, but {same}, {named(trained, root)}, is trained"
                " on: the error looks smaller than it is."
            )
            yield Finding(file, "leak", sentence, trained)


def _groups(copies: Sequence[Finding]) -> list[set[str]]:
    groups: dict[str, set[str]] = {}
    for finding in copies:
        for other in finding.also:
            pair = [groups.setdefault(file, {file}) for file in (finding.file, other)]
            small, large = sorted(pair, key=len)
            if small is not large:
                large |= small
                groups |= dict.fromkeys(small, large)
    return list({id(group): group for group in groups.values()}.values())
