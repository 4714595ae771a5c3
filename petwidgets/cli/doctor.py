"""Check the installation on this machine; each finding says what to do."""

from __future__ import annotations

import os
import shutil
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from petwidgets.cli.output import say
from petwidgets.common.errors import Problem
from petwidgets.common.paths import home, write_json
from petwidgets.data import sources
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    import argparse

LEAST_FREE = 2e9
"""Least free bytes; a fine-tuned run takes 20 MB, the drawn sample 40, Oxford's photographs 811."""

PACKAGES = {
    "torch": "train", "fastai": "train", "timm": "train", "voila": "app", "ipywidgets": "",
    "anywidget": "", "distributed": "", "onnxruntime": "",
}  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """Result of a check: the item, whether it is in order, and a sentence about it."""

    what: str
    ok: bool
    sentence: str


def doctor(options: argparse.Namespace) -> int:
    """Whether all that is needed is here."""
    findings = examine()
    for finding in findings:
        mark = "ok " if finding.ok else "BAD"
        say(options, asdict(finding), f"{mark} {finding.what}: {finding.sentence}")
    return 0 if all(finding.ok for finding in findings) else 1


def examine() -> list[Finding]:
    """Run all checks."""
    return [*map(_package, PACKAGES), _writable(), _space(), _runs(), *map(_data, _sources())]


def _finding(what: str, sentence: str, *, ok: bool = True) -> Finding:
    return Finding(what, ok, sentence)


def _package(name: str) -> Finding:
    try:
        return _finding(name, version(name))
    except PackageNotFoundError:
        extra = f"[{PACKAGES[name]}]" if PACKAGES[name] else ""
        install = f"pip install 'petwidgets{extra}'"
        if PACKAGES[name] == "train":  # a light install classifies and trains baselines
            return _finding(name, f"not here, fine-tuning takes it: {install}")
        return _finding(name, f"missing: {install}", ok=False)


def _writable() -> Finding:
    probe = home() / f".doctor-{os.getpid()}"
    try:
        write_json(probe, {})
        probe.unlink()
    except Problem as problem:
        return _finding("home", str(problem), ok=False)
    return _finding("home", str(home()))


def _space() -> Finding:
    folder = next(p for p in (home(), *home().parents) if p.is_dir())
    free = shutil.disk_usage(folder).free
    sentence = f"{free / 1e9:.1f} GB free"
    if free < LEAST_FREE:
        return _finding("disk", f"{sentence}: delete the cache folder, or runs", ok=False)
    return _finding("disk", sentence)


def _runs() -> Finding:
    damaged = [run.id for run in RunStore().list() if run.state == "damaged"]
    if damaged:
        return _finding("runs", f"damaged: delete {', '.join(damaged)}", ok=False)
    return _finding("runs", f"{len(RunStore().list())} sound")


def _sources() -> list[str]:
    return sources.sources()


def _data(source: str) -> Finding:
    try:
        here = sources.prepared(source)
    except Problem as problem:
        return _finding(source, str(problem), ok=False)
    if here:
        return _finding(source, "here")
    if source in sources.TITLES:
        return _finding(source, f"not here: petwidgets data get {source}")
    return _finding(source, "PETWIDGETS_DATA names a folder that is not there", ok=False)
