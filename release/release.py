#!/usr/bin/env python3
"""Prepare a release: build, check, tag. It uploads nothing and pushes nothing.

`pip install build twine`, then `python release/release.py 0.1.0`, or with `--dry-run`, which makes
no tag and lets the tree and the date of the change log be what they are. The files, and the notes
from `CHANGELOG.md`, are in `dist/` after it.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
DIST = ROOT / "dist"
HEADING = re.compile(r"^## +(?P<version>\S+)(?: +\((?P<when>[^)]*)\))? *$", re.MULTILINE)
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
VERSION = re.compile(r'^__version__ = "(.+)"$', re.MULTILINE)


class RefusedError(Exception):
    """Why this can't be released, in one sentence."""


def section(changelog: str, version: str) -> tuple[str, str]:
    r"""The date and the notes of a version; the date is as the heading has it.

    Raises:
        RefusedError: the change log has no such version, or nothing in it.

    Example:
        >>> section("# Changelog\n\n## 1.1 (unreleased)\n\n- New.\n\n## 1.0\n\n- Old.\n", "1.1")
        ('unreleased', '- New.\n')
    """
    headings = [*HEADING.finditer(changelog)]
    for heading, following in zip(headings, [*headings[1:], None], strict=True):
        if heading["version"] == version:
            notes = changelog[heading.end() : following.start() if following else None].strip()
            if not notes:
                raise RefusedError(f"CHANGELOG.md has nothing under {version}: say what is new.")
            return heading["when"] or "", f"{notes}\n"
    raise RefusedError(f"CHANGELOG.md has no section {version}: add `## {version} (date)`.")


def _git(*arguments: str) -> str:
    command = ["git", *arguments]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def check(version: str, when: str) -> None:
    """Check that this commit can become the release.

    Raises:
        RefusedError: it can't.
    """
    if not DATE.fullmatch(when):
        raise RefusedError(f"CHANGELOG.md has no date for {version}: `## {version} (2026-01-31)`.")
    if _git("status", "--porcelain"):
        raise RefusedError("There are changes that are not committed: commit or remove them.")
    if _git("tag", "--list", f"v{version}"):
        raise RefusedError(f"There is a tag v{version} already: raise the version.")


def build(notes: str) -> None:
    """Build both distributions into an empty `dist/`, check them, and put the notes beside them.

    Raises:
        subprocess.CalledProcessError: they can't be built, or an index would refuse them.
    """
    shutil.rmtree(DIST, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "build", "--outdir", DIST, ROOT], check=True)
    files = sorted(DIST.iterdir())
    subprocess.run([sys.executable, "-m", "twine", "check", "--strict", *files], check=True)
    (DIST / "notes.md").write_text(notes, encoding="utf-8")


def release(version: str, *, dry: bool) -> str:
    """Do all of it.

    Returns:
        What is left to do by hand.

    Raises:
        RefusedError: something about the version, the change log or the tree is not in order.
    """
    found = VERSION.search((ROOT / "petwidgets" / "__init__.py").read_text(encoding="utf-8"))
    if found is None or found[1] != version:
        raise RefusedError(f"petwidgets.__version__ is {found and found[1]}, not {version}.")
    when, notes = section((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), version)
    if not dry:
        check(version, when)
    build(notes)
    if dry:
        return "Built and checked; nothing is tagged."
    _git("tag", "--annotate", f"v{version}", "--cleanup=verbatim", "--file", str(DIST / "notes.md"))
    return (
        f"Built, checked and tagged v{version}. Try it: release/try_wheel.sh dist/*.whl\n"
        f"Then, by hand: git push origin v{version} && twine upload dist/*.whl dist/*.tar.gz"
    )


def main() -> int:
    """Read the arguments, and print the result or one sentence."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("version", help="as in petwidgets.__version__")
    parser.add_argument("--dry-run", action="store_true", help="build and check, but make no tag")
    options = parser.parse_args()
    try:
        print(release(options.version, dry=options.dry_run))
    except RefusedError as refused:
        print(f"release: {refused}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        print(f"release: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
