"""What an installation gets: the wheel, built from the source distribution, file by file."""

from __future__ import annotations

import configparser
import subprocess
import sys
import tarfile
from email import message_from_bytes
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest

import petwidgets

if TYPE_CHECKING:
    from email.message import Message

pytest.importorskip("hatchling", reason="hatchling builds the wheel: pip install '.[dev]'")

ROOT = Path(__file__).parents[2]
MOST_BYTES = 60_000_000
"""Package indexes take 100 MB a file."""


def build(folder: Path, kind: str, to: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(to)]
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    [built] = to.iterdir()
    return built


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked source distribution."""
    place = tmp_path_factory.mktemp("sdist")
    with tarfile.open(build(ROOT, "sdist", place / "built")) as archive:
        archive.extractall(place, filter="data")
    return place / f"petwidgets-{petwidgets.__version__}"


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> ZipFile:
    return ZipFile(build(sdist, "wheel", tmp_path_factory.mktemp("wheel") / "built"))


@pytest.fixture(scope="module")
def metadata(wheel: ZipFile) -> Message:
    [name] = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
    return message_from_bytes(wheel.read(name))


def known(*folders: str) -> set[str]:
    """Files of some folders that belong to the project: git knows or would add them."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *folders]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("not a clone: git does not know which files belong to the project")
    return {name for name in done.stdout.splitlines() if (ROOT / name).is_file()}


def test_the_wheel_holds_the_package_and_the_notebook_and_nothing_else(wheel: ZipFile) -> None:
    name = f"petwidgets-{petwidgets.__version__}"
    apart = (f"{name}.dist-info/", f"{name}.data/")
    held = {file for file in wheel.namelist() if not file.startswith(apart)}
    assert held == known("petwidgets") | {"petwidgets/app.ipynb"}


@pytest.mark.parametrize(
    "name",
    [
        "petwidgets/py.typed", "petwidgets/__init__.pyi", "petwidgets/__main__.py",
        "petwidgets/export/report.html", "petwidgets/widgets/static/theme.js",
        "petwidgets/runs/shipped/pets37/model.safetensors",
        "petwidgets/runs/shipped/drawn37/run.json",
        "petwidgets/inference/bodies/tf_efficientnet_lite2.onnx",
    ],
)  # fmt: skip
def test_what_an_installation_cannot_do_without_is_in_the_wheel(wheel: ZipFile, name: str) -> None:
    assert wheel.getinfo(name).file_size == (ROOT / name).stat().st_size


def test_every_built_widget_is_in_the_wheel(wheel: ZipFile) -> None:
    static = ROOT / "petwidgets" / "widgets" / "static"
    assert {*static.iterdir()} == {
        ROOT / name for name in wheel.namelist() if name.startswith("petwidgets/widgets/static/")
    }


def test_no_tests_sources_or_caches_are_in_the_wheel(wheel: ZipFile) -> None:
    foreign = {"tests", "node_modules", "js", "docs", "benchmarks", "__pycache__"}
    assert not [name for name in wheel.namelist() if foreign & {*Path(name).parts}]
    assert not [name for name in wheel.namelist() if name.endswith((".map", ".pyc", ".log"))]


def test_voila_finds_its_template(wheel: ZipFile) -> None:
    prefix = f"petwidgets-{petwidgets.__version__}.data/data/share/jupyter/"
    shared = {n.removeprefix(prefix) for n in wheel.namelist() if n.startswith(prefix)}
    template = ROOT / "petwidgets" / "jupyter"
    there = {p.relative_to(template).as_posix() for p in template.rglob("*") if p.is_file()}
    assert shared == there


def test_the_metadata_say_what_pip_and_an_index_need(metadata: Message) -> None:
    assert metadata["Name"] == "petwidgets"
    assert metadata["Version"] == petwidgets.__version__
    assert metadata["License-Expression"] == "Apache-2.0"
    assert {*metadata.get_all("Provides-Extra", [])} == {"app", "dev", "distributed", "train"}
    assert "Typing :: Typed" in metadata.get_all("Classifier", [])
    needed = metadata.get_all("Requires-Dist", [])
    assert not [one for one in needed if "torch" in one and "extra ==" not in one]


def test_the_command_is_installed(wheel: ZipFile) -> None:
    [name] = [name for name in wheel.namelist() if name.endswith("/entry_points.txt")]
    points = configparser.ConfigParser()
    points.read_string(wheel.read(name).decode())
    assert dict(points["console_scripts"]) == {"petwidgets": "petwidgets.cli.main:main"}


def test_an_index_takes_a_wheel_of_that_size(wheel: ZipFile) -> None:
    assert Path(str(wheel.filename)).stat().st_size < MOST_BYTES


def test_the_source_distribution_holds_what_git_knows(sdist: Path) -> None:
    held = {p.relative_to(sdist).as_posix() for p in sdist.rglob("*") if p.is_file()}
    missing = known() - held
    assert not [name for name in missing if not name.startswith(".")], "see only-include"
    assert held - known() == {"PKG-INFO"}
