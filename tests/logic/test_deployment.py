"""Conda's recipe, the container and its compose file agree with the package."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

import petwidgets
from petwidgets.cli import main

tomllib = pytest.importorskip("tomllib", reason="Python 3.11 brings it")

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def recipe() -> Any:
    return yaml.safe_load((ROOT / "conda" / "recipe" / "recipe.yaml").read_text())


@pytest.fixture(scope="module")
def steps() -> list[tuple[str, str]]:
    """The Dockerfile's instructions, each with its arguments on one line."""
    text = (ROOT / "docker" / "Dockerfile").read_text()
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [(line.split()[0], line.partition(" ")[2]) for line in joined.splitlines()]


@pytest.fixture(scope="module")
def service() -> Any:
    [service] = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text())["services"].values()
    return service


def bound(requirement: str) -> tuple[str, str]:
    """A name and its versions, sorted: `plotly>=7,<8` and `plotly >=7,<8` are the same."""
    name, versions = re.fullmatch(r"([\w-]+) ?(.*)", requirement).groups()  # type: ignore[union-attr]
    return name.lower(), ",".join(sorted(versions.split(",")))


def test_the_recipe_needs_what_the_light_install_needs(recipe: Any) -> None:
    needed = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["app"]]
    pip = {*map(bound, needed)}
    python, *conda = recipe["requirements"]["run"]
    assert {bound(one) for one in conda} == pip
    assert python == "python >=${{ python_min }}"
    assert f">={recipe['context']['python_min']}" == PROJECT["requires-python"]


def test_the_recipe_is_of_this_version_and_command(recipe: Any) -> None:
    assert recipe["context"]["version"] == petwidgets.__version__
    points = [f"{name} = {where}" for name, where in PROJECT["scripts"].items()]
    assert recipe["build"]["python"]["entry_points"] == points
    assert recipe["about"]["license"] == PROJECT["license"]
    assert (ROOT / "conda" / "recipe" / recipe["source"]["path"] / "pyproject.toml").is_file()


def test_the_recipes_commands_are_ours(recipe: Any) -> None:
    commands = [shlex.split(line) for line in recipe["tests"][1]["script"]]
    for program, *arguments in commands:
        assert program == "petwidgets"
        if arguments != ["--version"]:
            main._parser().parse_args(arguments)


def test_the_container_copies_what_its_build_takes(steps: list[tuple[str, str]]) -> None:
    copied = [name for step, line in steps if step == "COPY" for name in line.split()[:-1]]
    assert all((ROOT / name).exists() for name in copied)
    ignored = (ROOT / "docker" / "Dockerfile.dockerignore").read_text().splitlines()
    assert sorted(line[1:] for line in ignored if line.startswith("!")) == sorted(copied)
    taken = {PROJECT["readme"], "LICENSE", "app.ipynb", "petwidgets", "pyproject.toml"}
    assert {*copied} == taken


def test_the_container_installs_an_extra_that_is_there(
    steps: list[tuple[str, str]], service: Any
) -> None:
    [extras] = [line.partition("=")[2] for step, line in steps if line.startswith("EXTRAS=")]
    assert extras in PROJECT["optional-dependencies"]
    assert service["build"]["args"]["EXTRAS"] == f"${{EXTRAS:-{extras}}}"
    [python] = [line.partition("=")[2] for step, line in steps if line.startswith("PYTHON=")]
    assert f"Programming Language :: Python :: {python}" in PROJECT["classifiers"]


def test_containers_start_the_server_with_options_that_are_there(
    steps: list[tuple[str, str]], service: Any
) -> None:
    alone = yaml.safe_load(next(line for step, line in steps if step == "CMD"))
    for command in (alone, service["command"]):
        options = main._parser().parse_args([*map(str, command)])
        assert (options.host, options.port) == ("0.0.0.0", 8866)  # noqa: S104 - within a container
        assert not options.no_token
    assert service["ports"] == [f"${{ADDRESS:-127.0.0.1}}:{options.port}:{options.port}"]


def test_the_class_has_a_token_a_home_that_stays_and_room(
    steps: list[tuple[str, str]], service: Any
) -> None:
    assert service["environment"]["PETWIDGETS_TOKEN"].startswith("${PETWIDGETS_TOKEN:?")
    home = next(line for step, line in steps if step == "VOLUME")
    assert service["volumes"] == [f"home:{home}"]
    assert [line for step, line in steps if step == "ENV" and f"PETWIDGETS_HOME={home}" in line]
    options = main._parser().parse_args([*map(str, service["command"])])
    assert options.max_kernels > 30


def test_the_container_does_not_run_as_root(steps: list[tuple[str, str]]) -> None:
    assert [line for step, line in steps if step == "USER"] == ["1000"]
