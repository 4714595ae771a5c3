"""No script in the working folder harms a child process, and none's print confuses its parent."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from petwidgets.common import processes

PACKAGE = Path(processes.__file__).parents[1]

STRAY = """
import os, sys
print("a line of its own")
print('{"file": "JSON that is no answer"}')
sys.stdout.flush()
os.write(1, b"\\xff no UTF-8, no end of line")
"""
"""What a child may print before its first line: an `usercustomize.py` of a user, a library."""


def run(*arguments: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        processes.command("petwidgets", *arguments),
        cwd=cwd,
        env={**os.environ, **variables},
        check=False,
        capture_output=True,
        text=True,
        errors="replace",
    )


def test_scripts_called_as_modules_are(shadows: Path, few: Path) -> None:
    done = run("data", "check", str(few), cwd=shadows)
    assert (done.returncode, done.stdout) == (0, f"0 findings in {few}.\n"), done.stderr


def test_a_safe_path_keeps_pythonpath(tmp_path: Path, shadows: Path) -> None:
    (tmp_path / "mine.py").write_text("import sys; print(sys.argv[1:])")
    done = subprocess.run(
        processes.command("mine", "one", "two"),
        cwd=shadows,
        env=processes.environment(PYTHONPATH=str(tmp_path)),
        check=True,
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.stderr) == ("['one', 'two']\n", "")


def test_an_empty_entry_of_pythonpath_is_no_working_folder() -> None:
    paths = os.pathsep.join(["", "/x", "", "/y"])
    assert processes.environment(PYTHONPATH=paths)["PYTHONPATH"] == os.pathsep.join(["/x", "/y"])


def test_a_parent_that_ended_before_anybody_looked_is_missed() -> None:
    """A page's kernel may end while its engine still imports its modules."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    code = (
        "import os, threading; from petwidgets.common.processes import go_with_parent;"
        f" go_with_parent(lambda: os._exit(7), '{gone.pid}'); threading.Event().wait(60)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 7


@pytest.mark.skipif(sys.platform == "win32", reason="has no named pipes in folders")
def test_a_module_that_is_run_ends_with_its_starter(tmp_path: Path) -> None:
    """An engine that is killed leaves no export behind that goes on for minutes."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    (tmp_path / "mine.py").write_text(
        "import sys, threading; pipe = open(sys.argv[1], 'w');"
        " threading.Event().wait(30); pipe.write('still here')"
    )
    code = f"from petwidgets.common.processes import run; run('mine', {str(pipe)!r}, seconds=60)"
    environment = processes.environment(PYTHONPATH=str(tmp_path))
    starter = subprocess.Popen([sys.executable, "-c", code], env=environment)
    with pipe.open() as said:  # the module has begun
        starter.kill()
        starter.wait()
        assert said.read() == ""


def test_prints_in_a_child_are_no_answers(tmp_path: Path) -> None:
    mine, photographs = tmp_path / "mine", tmp_path / "photographs"
    mine.mkdir()
    photographs.mkdir()
    (mine / "sitecustomize.py").write_text(STRAY)
    (photographs / "cut.jpg").write_bytes(b"\xff\xd8")
    paths = os.pathsep.join([str(mine), os.environ.get("PYTHONPATH", "")])
    done = run("data", "check", str(photographs), "--json", cwd=tmp_path, PYTHONPATH=paths)
    *_, found = done.stdout.splitlines()
    kind = json.loads(found[found.index("{") :])["problem"]
    assert (done.returncode, kind) == (0, "unreadable"), done.stderr


@pytest.mark.parametrize("word", ["sys.executable", "multiprocessing", "ProcessPoolExecutor"])
def test_every_child_is_started_here(word: str) -> None:
    own = {path for path in PACKAGE.rglob("*.py") if word in path.read_text("utf-8")}
    # A kernel that is forked looks as if it had been started.
    forked = {PACKAGE / "server" / name for name in ("provisioner.py", "zygote.py")}
    assert own - forked <= {Path(processes.__file__)}
