"""`petwidgets data`: list, get and check photographs."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from petwidgets.cli.output import interrupted, progress_bar, say
from petwidgets.common.formatting import counted
from petwidgets.data import oxford, sources
from petwidgets.data.checks import check
from petwidgets.data.listing import list_folder
from petwidgets.data.synthetic import sample as drawn

if TYPE_CHECKING:
    import argparse


def list_sources(options: argparse.Namespace) -> None:
    """List the data sets that can be trained on."""
    for source in sources.sources():
        here = sources.prepared(source)
        value = {"source": source, "title": sources.title(source), "here": here}
        say(options, value, f"{source:12} {'here' if here else 'to get':8} {value['title']}")


def get(options: argparse.Namespace) -> None:
    """Draw or download a set of photographs."""
    sample = options.source == sources.SAMPLE
    with interrupted() as event, progress_bar("picture" if sample else "B", scale=True) as progress:
        if options.to is None:
            folder = sources.prepare(options.source, progress, event.is_set)
        elif sample:
            folder = drawn.draw_sample(options.to, progress=progress, stop=event.is_set)
        else:
            folder = oxford.get(options.to, progress=progress, stop=event.is_set) / "images"
    photographs = len(sources.photographs(folder))
    say(options, {"folder": str(folder), "photographs": photographs}, str(folder))


def check_photographs(options: argparse.Namespace) -> None:
    """Find files that are not sound."""
    with interrupted() as event, progress_bar("photograph") as progress:
        findings = check.check(options.folder, progress, event.is_set)
    for finding in findings:
        say(options, asdict(finding), f"{finding.file}: {finding.sentence}")
    for sentence in list_folder(options.folder).sentences():
        print(sentence, file=sys.stderr)
    if not options.json:
        print(f"{counted(len(findings), 'finding')} in {options.folder}.")
