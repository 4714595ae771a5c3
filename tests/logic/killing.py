"""Processes that kill themselves at a chosen change of the file system."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DRIVER = """
import os, shutil, signal, sys
from pathlib import Path

around, most = Path(sys.argv[1]), int(sys.argv[2])
{imports}

def work(home):
{work}

def killed(home, nth):
    left = nth
    def heard(event, args):
        nonlocal left
        writes = event == "open" and (args[2] or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if writes or event in ("os.rename", "os.remove", "os.mkdir", "os.rmdir"):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(heard)
    work(home)

for nth in range(1, most + 1):
    home = around / str(nth)
    shutil.copytree(around / "before", home)
    os.environ["PETWIDGETS_HOME"] = str(home)
    child = os.fork()
    if child == 0:
        try:
            killed(home, nth)
            os._exit(0)
        except BaseException as error:
            print(repr(error), file=sys.stderr, flush=True)
            os._exit(1)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, -signal.SIGKILL), status
    if status == 0:
        break
else:
    raise SystemExit(f"it makes more than {{most}} changes")
print(nth)
"""


def homes_after(
    work: str, around: Path, imports: str = "", most: int = 200
) -> Iterator[tuple[int, Path]]:
    """The homes that are left where the work was killed at its first change, its second, and so on.

    Nothing is written between two changes but what a file is filled with, which is killed before it
    is whole by the change that follows.

    Args:
        work: code, which finds the home in `home`; a copy of `around / "before"`, if there is one.
        around: the homes lie here, by the number of the change.
        imports: code that is run once.
        most: changes that the work may make.
    """
    (around / "before").mkdir(parents=True, exist_ok=True)
    indented = "\n".join(f"    {line}" for line in work.strip().splitlines())
    code = DRIVER.format(imports=imports, work=indented)
    command = [sys.executable, "-c", code, str(around), str(most)]
    environment = {**os.environ, "PETWIDGETS_HOME": str(around / "before")}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    changes = int(done.stdout)
    assert changes > 1, "it changes nothing"
    for nth in range(1, changes + 1):
        yield nth, around / str(nth)
    shutil.rmtree(around)
