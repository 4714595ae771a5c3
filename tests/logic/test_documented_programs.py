"""Every command of the documents is one that its program takes.

A command of a new program fails until a table here has it; those of petwidgets itself are in
`test_documented_commands.py`. There is no network here: what asks for one is in `FOREIGN`.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import re
import subprocess
import sys
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from documents import TOP, Command, blocks, mentioned, place, written
from packaging.requirements import Requirement

if TYPE_CHECKING:
    from collections.abc import Callable

FOREIGN = {
    "accelerate": "tests/learning/test_distributed.py starts it",
    "apt-get": "of the system",
    "cd": "of the shell",
    "conda": "not here; tests/logic/test_deployment.py reads its recipe",
    "docker": "not here; tests/logic/test_deployment.py reads its files",
    "export": "of the shell",
    "git": "asks the network, and the project has no address yet",
    "jupyter-repo2docker": "asks the network",
    "npm": "asks the network",
    "pipx": "asks the network",
    "pre-commit": "changes the clone",
    "ssh": "asks another host",
    "ulimit": "of the shell",
    "umask": "of the shell",
    "uvx": "asks the network",
}
"""Programs that are not run here, and why."""

APPLICATIONS = {
    "jupyter lab": "jupyterlab.labapp:LabApp",
    "jupyter server": "jupyter_server.serverapp:ServerApp",
    "jupyterhub": "jupyterhub.app:JupyterHub",
    "kernel_gateway": "kernel_gateway.gatewayapp:KernelGatewayApp",
    "voila": "voila.app:Voila",
}
"""Programs with options such as `--Voila.ip=...`, by where their class is."""


def known() -> list[Command]:
    """Commands in blocks; in the prose what begins with a program of the tables and goes on."""
    programs = {*PROGRAMS, *FOREIGN}
    said = [one for one in mentioned() if one.words[0] in programs and len(one.words) > 1]
    return [*written(), *said]


def test_every_program_is_known() -> None:
    programs = {*PROGRAMS, *FOREIGN, "petwidgets"}
    assert [str(one) for one in written() if one.words[0] not in programs] == []
    assert {*FOREIGN} <= {one.words[0] for one in known()}, "no document names it any more"


def test_no_block_of_text_hides_a_command() -> None:
    """But the forms of petwidgets' own, which `test_documented_commands.py` reads."""
    lines = [line for block in blocks() if block.kind == "text" for line in block.code.splitlines()]
    assert [line for line in lines if line.split()[:1] and line.split()[0] in PROGRAMS] == []


def test_cells_install_what_is_there() -> None:
    cells = [block.code.split() for block in blocks() if block.kind == "ipython"]
    for magic, *arguments in cells:
        assert magic == "%pip"
        pip(arguments)


def make(arguments: list[str]) -> None:
    targets = re.findall(r"^([\w-]+):", (TOP / "Makefile").read_text(), re.MULTILINE)
    assert {word for word in arguments if "=" not in word} <= {*targets}


def pip(arguments: list[str]) -> None:
    from pip._internal.commands import create_command  # pip has no other interface

    name, *rest = arguments
    options, wanted = create_command(name).parse_args(rest)
    for one in [*wanted, *getattr(options, "editables", [])]:
        if one.endswith(".whl"):
            continue
        local = re.fullmatch(r"\.(\[.+\])?", one)
        requirement = Requirement(f"petwidgets{local[1] or ''}" if local else one)
        if requirement.name == "petwidgets":
            assert requirement.extras <= extras()


@cache
def extras() -> set[str]:
    text = (TOP / "pyproject.toml").read_text("utf-8")
    [section] = re.findall(
        r"^\[project.optional-dependencies\]\n(.*?)^\[", text, re.DOTALL | re.MULTILINE
    )
    return {*re.findall(r"^(\w+) = \[", section, re.MULTILINE)}


def python(arguments: list[str]) -> None:
    first, *rest = arguments
    if first == "-m" and rest[0] in APPLICATIONS:
        application(rest)
    elif first == "-m":
        assert importlib.util.find_spec(rest[0]), rest[0]
    elif first == "-c":
        subprocess.run([sys.executable, "-c", *rest], check=True, capture_output=True)
    else:
        assert (TOP / first).is_file(), first  # its options: test_scripts_take_their_arguments


def pytest_(arguments: list[str]) -> None:
    paths = [word for word in arguments if "/" in word and not word.startswith("-")]
    assert [path for path in paths if not (TOP / path).exists()] == []
    options = {word.partition("=")[0] for word in arguments if word.startswith("-")}
    assert options <= options_of_pytest()
    names = [named for key, named in pairwise(arguments) if key == "-k"]
    defined = "".join((TOP / path).read_text("utf-8") for path in paths if path.endswith(".py"))
    assert [name for name in names if not re.search(rf"def test_\w*{name}", defined)] == []


@cache
def options_of_pytest() -> set[str]:
    """Those of its plugins, too."""
    command = [sys.executable, "-m", "pytest", "--help"]
    done = subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=True)
    return {*re.findall(r"(?<!\w)--?[a-z][\w-]*", done.stdout)}


def dask(arguments: list[str]) -> None:
    name, *rest = arguments
    if name == "cuda":  # of another package, which needs a GPU
        return
    command = importlib.import_module(f"distributed.cli.dask_{name}").main
    context = command.make_context(name, [word for word in rest if word != "..."])
    unknown = [word for word in context.params.get("preload_argv", ()) if word.startswith("-")]
    assert unknown == []


def application(words: list[str]) -> None:
    """Read options of a Jupyter application: `--Class.trait=value`, its flags and its aliases."""
    name = " ".join(words[:2]) if words[0] == "jupyter" else words[0]
    module, _, kind = APPLICATIONS[name].partition(":")
    pytest.importorskip(module, reason="another extra brings it")
    app = getattr(importlib.import_module(module), kind)
    for word in words[len(name.split()) :]:
        option = word.removeprefix("--").partition("=")[0]
        if not word.startswith("-"):
            assert (TOP / word).exists(), word
        elif "." in option:
            owner, _, trait = option.partition(".")
            assert any(trait in one.class_trait_names(config=True) for one in called(owner)), word
        else:
            assert option.lstrip("-") in short(app.flags) | short(app.aliases), word


def short(names: Any) -> set[str]:
    """Flags or aliases, of which a class has a dictionary or the trait of one."""
    keys = names.default() if hasattr(names, "default") else names
    return {name for key in keys for name in ([key] if isinstance(key, str) else key)}


def called(name: str) -> list[Any]:
    """Classes of this name that take settings, of all that is imported."""
    from traitlets.config import Configurable

    found, todo = [], [Configurable]
    while todo:
        todo += (one := todo.pop()).__subclasses__()
        found += [one] if one.__name__ == name else []
    return found


def script(arguments: list[str]) -> None:
    subprocess.run(["bash", "-n", TOP / arguments[0]], check=True)


PROGRAMS: dict[str, Callable[[list[str]], None]] = {
    "dask": dask,
    "jupyter": lambda words: application(["jupyter", *words]),
    "jupyterhub": lambda words: application(["jupyterhub", *words]),
    "make": make,
    "pip": pip,
    "py": python,
    "pytest": pytest_,
    "python": python,
    "python3": python,
    "sh": script,
    "voila": lambda words: application(["voila", *words]),
}
"""Programs whose arguments are read here, as they read them."""


@pytest.mark.parametrize("command", [pytest.param(one, id=place(one)) for one in known()])
def test_its_program_takes_it(command: Command) -> None:
    program, *arguments = command.words
    if program in PROGRAMS:
        PROGRAMS[program](arguments)
    elif program in FOREIGN and (named := re.match(r"tests/\S+", FOREIGN[program])):
        assert (TOP / named[0]).is_file()


def test_scripts_take_their_arguments() -> None:
    """Each is read up to the end of its own `parse_args`, all in one process: some import torch."""
    pytest.importorskip("torch", reason="some benchmarks import it")
    python_ = [one.words[1:] for one in known() if PROGRAMS.get(one.words[0]) is python]
    scripts = [words for words in python_ if not words[0].startswith("-")]
    assert len(scripts) > 15
    asked = "".join(f"{json.dumps(words)}\n" for words in scripts)
    reader = [sys.executable, Path(__file__).with_name("script_arguments.py")]
    done = subprocess.run(reader, cwd=TOP, input=asked, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
