"""What the system refuses is said as what it is, and never as damage of the picture."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from made_files import saved, scene
from PIL import Image

from petwidgets.common import os_errors
from petwidgets.common.errors import Problem
from petwidgets.data import image
from petwidgets.data.checks.measure import look
from petwidgets.data.image import read_photo
from petwidgets.data.metadata import facts
from petwidgets.data.thumbnails import cached
from petwidgets.recipes.presets import baseline
from petwidgets.runs.predictions import Validation
from petwidgets.runs.store import RunStore

WITHOUT_POWERS = [
    "setpriv",
    "--bounding-set=-dac_override,-dac_read_search",
    "--inh-caps=-dac_override,-dac_read_search",
]
"""Root may read everything; with this it may not."""

SAYING = """
import json, resource, sys
from pathlib import Path
from petwidgets.data.metadata import facts
from petwidgets.data.checks.measure import look
from petwidgets.data.image import read_photo
from petwidgets.data.thumbnails import cached

def said(reading, path):
    try:
        return getattr(reading(Path(path)), "problem", "")
    except Exception as error:
        return f"{error}" if type(error).__name__ == "Problem" else repr(error)

BEFORE
print(json.dumps([[said(f, p) for f in (read_photo, facts, look, cached)] for p in sys.argv[1:]]))
"""


def said_of(*paths: Path, before: str = "") -> list[set[str]]:
    """What a process without root's powers says of files, by each way of reading them."""
    root = hasattr(os, "geteuid") and not os.geteuid()
    if root and not shutil.which("setpriv"):
        pytest.skip("root may read everything, and there is no setpriv to be less")
    command = [*(WITHOUT_POWERS if root else []), sys.executable, "-c"]
    command += [SAYING.replace("BEFORE", before), *map(str, paths)]
    environment = {**os.environ, "PYTHONPATH": str(Path(os_errors.__file__).parents[1])}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    return [set(ways) for ways in json.loads(done.stdout)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "photos" / "mine.jpg"
    path.parent.mkdir()
    path.write_bytes(saved(Image.fromarray(scene()), "JPEG"))
    return path


def test_permissions_of_a_file_and_of_a_folder(file: Path) -> None:
    file.chmod(0)
    (said,) = said_of(file)[0]
    assert said == (
        "This file may not be read: its permissions forbid it; change them or ask its owner."
    )
    file.chmod(0o600)
    file.parent.chmod(0o600)
    try:
        (said,) = said_of(file)[0]
    finally:
        file.parent.chmod(0o700)
    assert said.startswith(f"The folder {file.parent} may not be entered: its permissions forbid")
    assert said_of(file) == [{""}]


def test_files_of_a_run_that_may_not_be_read_are_not_called_damaged(tmp_path: Path) -> None:
    run = RunStore(tmp_path / "runs").create(baseline(data="/srv/pets"))
    run.update(state="finished", vocab=["a", "b"], files=["a_1.jpg"])
    run.save_validation(Validation(("a_1.jpg",), *map(np.array, ([[0.9, 0.1]], [0], [0.1]))))
    (run.folder / "validation.safetensors").chmod(0)
    reading = f"Run(Path({str(run.folder)!r}))"
    before = f"from petwidgets.runs.store import Run\nread_photo = lambda _: {reading}.validation()"
    more = "\nfacts = look = cached = read_photo"
    (said,) = said_of(tmp_path, before=before + more)[0]
    assert said.startswith("validation.safetensors: This file may not be read: its permissions")
    (run.folder / "run.json").chmod(0)
    before = (
        f"from petwidgets.runs.store import Run\nread_photo = lambda _: {reading}.require_sound()"
    )
    (said,) = said_of(tmp_path, before=before + more)[0]
    assert said.startswith(f"The run.json of {run.id}: This file may not be read: its permissions")


def test_limits_of_a_process(file: Path) -> None:
    few = "resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))"
    first, *_ = said_of(file, before=f"read_photo(Path(sys.argv[1]))\n{few}")
    assert "This program has too many files open: close some pages and try again." in first
    large = file.with_name("large.png")
    Image.new("L", (7900, 7900)).save(large, compress_level=1)
    little = "resource.setrlimit(resource.RLIMIT_AS, (400 * 2**20,) * 2)"
    before = f"read_photo(Path({str(file)!r}))\n{little}\nfacts = cached = look = read_photo"
    assert said_of(large, before=before) == [{os_errors.NO_MEMORY}]


def test_names_that_no_file_can_have(tmp_path: Path) -> None:
    for reading in (read_photo, facts, cached):
        with pytest.raises(Problem, match=r"^The name is too long: give the file a shorter one\.$"):
            reading(tmp_path / ("n" * 300 + ".jpg"))
        with pytest.raises(Problem, match=r"^There is no file .*: check its name\.$"):
            reading(tmp_path / "a\0b.jpg")
    assert "too long" in look(tmp_path / ("n" * 300 + ".jpg")).problem


def test_what_is_there_and_no_file(tmp_path: Path, file: Path) -> None:
    loop, dead, pipe = (tmp_path / name for name in ("loop.jpg", "dead.jpg", "pipe.jpg"))
    loop.symlink_to(loop)
    dead.symlink_to(tmp_path / "gone.jpg")
    os.mkfifo(pipe)
    expected = {
        loop: "This is a link that leads back to itself",
        dead: "There is no file",
        pipe: "This is a device or pipe, not a file",
        tmp_path: "This is a folder",
        file / "a.jpg": "There is no file",
    }
    for path, beginning in expected.items():
        for reading in (read_photo, facts):
            with pytest.raises(Problem, match=f"^{beginning}"):
                reading(path)
        assert look(path).problem.startswith(beginning)


def test_a_file_that_goes_while_it_is_read(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = image.opened

    def late(source: Path) -> Image.Image:
        file.unlink()
        return opened(source)

    monkeypatch.setattr(image, "opened", late)
    with pytest.raises(Problem, match=r"^There is no file .*mine\.jpg: check its name\.$"):
        read_photo(file)


@pytest.mark.parametrize("number", [errno.EIO, errno.ESTALE, errno.ENFILE, errno.ENOTCONN])
def test_a_disk_that_fails_is_no_damaged_picture(
    file: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def fail(_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(image, "decoded", fail)
    with pytest.raises(Problem) as caught:
        read_photo(file)
    assert "damaged" not in str(caught.value)
    assert str(caught.value).endswith(".")
    assert str(caught.value).count(".") == 1
