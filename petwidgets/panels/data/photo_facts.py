"""What is known of photographs: what a filter can use, and the facts beside an opened one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from petwidgets.common.formatting import counted, readable
from petwidgets.data.dataset import root
from petwidgets.data.filters import NO_FAULTS, Shown
from petwidgets.data.metadata import exif
from petwidgets.data.species import species_of

if TYPE_CHECKING:
    from petwidgets.session.session import Session

SPLITS = {
    "random": "fastai's RandomSplitter, 20 % by seed {seed}",
    "by-breed": "20 % of each {noun}, by seed {seed}",
    "folders": "the set's own train/ and valid/",
}


UNCHECKED = ", if every file can be read"
"""A training splits the files that can be read: before a check nobody knows which."""


def filterable(session: Session) -> list[Shown]:
    """The session's photographs with the properties that a filter can use."""
    dataset = session.data.dataset
    folder = root(dataset)
    faults: dict[str, frozenset[str]] = {}
    for finding in session.data.findings or []:
        faults[finding.file] = faults.get(finding.file, NO_FAULTS) | {finding.problem}
    breeds = dict(zip(dataset.paths, dataset.breeds, strict=True))
    kinds = species_of(dataset.vocab)
    return [
        Shown(
            path,
            path.relative_to(folder).as_posix(),
            breeds.get(path, ""),
            session.data.facts.get(path),
            faults.get(str(path), NO_FAULTS) if faults else NO_FAULTS,
            kinds.get(breeds.get(path, ""), ""),
        )
        for path in session.data.paths
    ]


def facts_of(session: Session, one: Shown) -> list[tuple[str, str]]:
    """Rows of a name and a text about one photograph: breed, split, size, findings, EXIF."""
    train, valid = session.data.sides()
    rows = [("File", one.name)]
    if one.breed:
        noun = session.data.noun
        sides = {"trained on": train, "validated on": valid}
        side = next((said for said, files in sides.items() if str(one.path) in files), "left out")
        kind = f", a {one.species}" if one.species else ""
        rows += [(noun.capitalize(), f"{readable(one.breed)}{kind}")]
        split = SPLITS[session.plan.split].format(noun=noun, seed=session.plan.seed)
        rows += [("Split", f"{side} ({split}){UNCHECKED * (session.data.findings is None)}")]
    if facts := session.data.facts.get(one.path):  # known since, perhaps
        rows += [
            ("Size", f"{facts.width} x {facts.height} pixels, {facts.shape}"),
            ("Format", f"{facts.format}, {counted(facts.bytes, 'byte')}"),
        ]
    found = [f.sentence for f in session.data.findings or [] if f.file == str(one.path)]
    rows += [("Found", sentence) for sentence in found]
    return [*rows, *((name.capitalize(), value) for name, value in exif(one.path).items())]
