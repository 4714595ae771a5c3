"""Find copies among pictures: the same file twice, and nearly the same picture."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from petwidgets.common.formatting import listed
from petwidgets.data.checks.findings import Finding, named
from petwidgets.data.checks.near_duplicates import alike

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from petwidgets.data.checks.measure import Look


@dataclass(frozen=True)
class Naming:
    """Labels and root folder for the sentences about copies.

    Args:
        labels: labels by path.
        root: the folder to which paths are relative.
    """

    labels: Mapping[str, str]
    root: Path | None

    def advise(self, file: str, others: Sequence[str], else_: str) -> str:
        """Advice about a copy: a warning if the labels of the copies differ, otherwise `else_`."""
        own = self.labels.get(file)
        theirs = {self.labels.get(other) for other in others}
        if own is None or theirs <= {own, None}:
            return else_
        rest = listed(sorted(label for label in theirs if label and label != own))
        return f"their labels differ, {own} here and {rest} there: find out which is right"

    def named(self, files: Sequence[str]) -> str:
        """The first file's path, and the number of others."""
        return named(files, self.root)


def duplicate_findings(sound: Sequence[Look], naming: Naming) -> tuple[list[Look], list[Finding]]:
    """The first file of each group of identical ones, and findings about the others."""
    groups: dict[str, list[Look]] = defaultdict(list)
    for seen in sound:
        groups[seen.digest].append(seen)
    findings = []
    for first, *others in groups.values():
        for seen in others:
            advice = naming.advise(seen.file, [first.file], "remove one of them")
            sentence = f"This is the same file as {naming.named([first.file])}: {advice}."
            findings.append(Finding(seen.file, "duplicate", sentence, (first.file,)))
    return [group[0] for group in groups.values()], findings


def near_duplicate_findings(looks: Sequence[Look], naming: Naming) -> Iterator[Finding]:
    """Find pictures that are nearly the same as an earlier one."""
    looks = [seen for seen in looks if seen.hash]
    nearest: dict[int, list[str]] = defaultdict(list)
    for later, earlier in alike([bytes.fromhex(seen.hash) for seen in looks]):
        nearest[later].append(looks[earlier].file)
    for later, files in nearest.items():
        file = looks[later].file
        advice = naming.advise(file, files, "keep one of them")
        sentence = f"This is nearly the same picture as {naming.named(files)}: {advice}."
        yield Finding(file, "near-duplicate", sentence, tuple(files))
