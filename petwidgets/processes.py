"""Child processes of this interpreter, which no script in the working folder can harm.

`python -m` and `python -c` put the working folder in front of `sys.path`. A script there called
`random.py` then takes the place of the standard library's in every child. Python 3.10 has no option
against it (`-P` is newer), so a child takes the folder off its path before it imports anything.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

HERE = str(Path(__file__).parents[1])
"""Where the package lies: a child finds it there when it runs from a checkout."""

PARENT = "PETWIDGETS_GO_WITH_PARENT"
"""Set in the environment of a scheduler or worker that is to end when its parent does."""

START = (
    "import sys; sys.path[:] = [*filter(None, sys.path), sys.argv.pop(1)]; import runpy;"
    " runpy.run_module(sys.argv.pop(1), run_name='__main__', alter_sys=True)"
)


def command(module: str, *arguments: str) -> list[str]:
    """Run a module as `python -m` does, without the working folder on its path."""
    return [sys.executable, "-c", START, HERE, module, *arguments]


def environment(**variables: str) -> dict[str, str]:
    """The environment of a child, and of what it starts in turn.

    Args:
        variables: added to it.
    """
    found = {**os.environ, "PYTHONSAFEPATH": "1", **variables}
    if paths := found.get("PYTHONPATH"):
        # An empty entry means the working folder: `PYTHONPATH=$PYTHONPATH:/x` makes one by a slip.
        found["PYTHONPATH"] = os.pathsep.join(filter(None, paths.split(os.pathsep)))
    return found
