"""Every block of code in the documents runs, or is read by what it is for.

A block in a new language fails until a test here takes it. Commands in blocks of shell are in
`test_documented_commands.py` and `test_documented_programs.py`.
"""

from __future__ import annotations

import configparser
import re
import subprocess
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
import yaml
from documents import TOP, Block, blocks, place

from petwidgets.server.address import Address

if TYPE_CHECKING:
    from pathlib import Path

KINDS = {"python", "sh", "text", "yaml", "ini", "ipython", "caddy", "nginx"}
"""Languages of blocks. `text` is for drawings and for the forms of commands."""

ELSEWHERE = {"CONTRIBUTING.md": "tests/panels/test_contributing.py"}
"""Documents whose blocks of Python another test runs."""

GIVEN = {
    "acts": [[2.0, -1.0], [0.5, 0.1]],
    "targ": [0, 1],
    "probs": [[0.8, 0.2], [0.3, 0.7]],
    "targets": [0, 0],
    "vocab": ["cat", "dog"],
}
"""What the README's blocks take as given, besides a learner."""


def of_kind(kind: str) -> list[Any]:
    return [pytest.param(block, id=place(block)) for block in blocks() if block.kind == kind]


def test_every_block_has_a_language_that_is_read_here() -> None:
    assert [f"{place(block)}: {block.kind}" for block in blocks() if block.kind not in KINDS] == []


@pytest.mark.parametrize("block", of_kind("sh"))
def test_shell_is_shell(block: Block) -> None:
    read = ["bash", "-n"]
    done = subprocess.run(read, input=block.code, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("block", of_kind("yaml"))
def test_settings_are_yaml(block: Block) -> None:
    assert isinstance(yaml.safe_load(block.code), dict)


@pytest.mark.parametrize("block", of_kind("ini"))
def test_a_unit_starts_a_program(block: Block) -> None:
    unit = configparser.ConfigParser(interpolation=None)
    unit.read_string(block.code)
    assert unit["Service"]["ExecStart"].startswith("/")


@pytest.mark.parametrize("block", [*of_kind("caddy"), *of_kind("nginx")])
def test_a_proxy_leads_to_the_port_of_serve(block: Block) -> None:
    assert block.code.count("{") == block.code.count("}")
    to = re.findall(r"(?:reverse_proxy|proxy_pass http:/)[ /]([\d.:]+)", block.code)
    assert to == [f"{Address.host}:{Address.port}"]


@pytest.fixture
def learn(tmp_path: Path) -> Any:
    """A learner of one's own, of a network with random weights."""
    vision = pytest.importorskip("fastai.vision.all", reason="the block shows a learner of fastai")
    pixels = [vision.tensor([[i]], dtype=vision.torch.uint8) for i in range(8)]
    for i, one in enumerate(pixels):
        vision.PILImage.create(one.expand(64, 64)).save(tmp_path / f"{'ab'[i % 2]}_{i}.png")
    dls = vision.ImageDataLoaders.from_name_re(
        tmp_path, sorted(tmp_path.glob("*.png")), r"(.)_\d.png$", bs=2, num_workers=0
    )
    return vision.vision_learner(dls, "test_efficientnet", pretrained=False)


@pytest.mark.filterwarnings("ignore:The photographs of run")  # nobody has those of pets37
@pytest.mark.parametrize("block", of_kind("python"))
def test_python_runs(block: Block, request: pytest.FixtureRequest) -> None:
    if block.page in ELSEWHERE:
        assert block.page in (TOP / ELSEWHERE[block.page]).read_text("utf-8")
        return
    given: dict[str, Any] = dict(GIVEN)
    if re.search(r"\blearn", block.code):
        given["learn"] = request.getfixturevalue("learn")
    if re.search(r"\blab\b", block.code) and "PetLab" not in block.code:
        for cell in nbformat.read(TOP / "app.ipynb", as_version=4).cells:
            exec(cell.source, given)  # noqa: S102 - the block is for the cell that follows these
    exec(compile(block.code, place(block), "exec"), given)  # noqa: S102 - our own text
