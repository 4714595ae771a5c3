"""`petwidgets classify`: one line for each photograph."""

from __future__ import annotations

import glob
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from petwidgets.cli.output import progress_bar, say
from petwidgets.common.errors import Problem
from petwidgets.common.formatting import percent
from petwidgets.data import sources
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from petwidgets.jobs.classify import Answer
    from petwidgets.runs.run import Run


def classify(options: argparse.Namespace) -> int:
    """Classify photographs; one bad file does not stop the rest."""
    run = RunStore().get(options.run)
    from petwidgets.inference.classify import classifier, classify

    classifier(run)  # raises once, not for each photograph, if the run has no weights
    problems, files = 0, [*_photographs(options.files)]
    with progress_bar("photograph") as progress:
        for done, (file, problem) in enumerate(files, 1):
            answer, text = _refused(problem) if problem else _classified(classify, run, file)
            problems += "problem" in answer
            say(options, {"file": str(file), **answer}, f"{file}: {text}")
            progress(done, len(files))
    return 1 if problems else 0


def _photographs(given: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    """Yield files: those named, those in folders, and those that match a pattern.

    Patterns are expanded here because not every shell does so. A folder or a pattern without
    files is yielded with a sentence about the problem.
    """
    for path in given:
        pattern = not path.exists() and glob.has_magic(str(path))
        paths = [*map(Path, sorted(glob.glob(str(path), recursive=True)))] if pattern else [path]  # noqa: PTH207 - of any folder
        if not paths:
            yield path, "No file has such a name: check the pattern."
        for match in paths:
            yield from _inside(match) if match.is_dir() else [(match, "")]


def _inside(folder: Path) -> Iterator[tuple[Path, str]]:
    try:
        yield from ((path, "") for path in sources.photographs(folder))
    except Problem as problem:
        yield folder, str(problem)


def _classified(
    classify: Callable[[Run, Path], Answer], run: Run, file: Path
) -> tuple[Mapping[str, Any], str]:
    """Classify a photograph; return the result as JSON values and in words."""
    try:
        answer = classify(run, file)
    except Problem as problem:
        return _refused(str(problem))
    decision = answer.decision
    known = f"{decision.breed} {percent(decision.probability)}"
    text = known if decision.recognised else f"not recognised (perhaps {known}). {decision.reason}"
    return {**asdict(decision), "run": answer.run}, text


def _refused(problem: str) -> tuple[Mapping[str, Any], str]:
    return {"problem": problem}, problem
