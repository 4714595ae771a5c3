"""Fixtures that every level shares: the real photographs, and a home of one's own."""

import faulthandler
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

# Before any library of linear algebra is loaded, here or in a child: two processes whose threads
# wait for each other by going in circles took 155 s for what takes them 34 s.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# Before Hugging Face's library reads them: no test downloads, and `light` puts weights here.
os.environ["HF_HUB_CACHE"] = tempfile.mkdtemp(prefix="petwidgets-hub-")
os.environ["HF_HUB_OFFLINE"] = "1"

import hypothesis
import pytest
from light import ARCH, keep_weights

REAL = Path(os.environ.get("PETWIDGETS_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))

# A busy machine is slow, and a slow example is no fault.
SLOW = [hypothesis.HealthCheck.too_slow]
hypothesis.settings.register_profile("busy", deadline=None, suppress_health_check=SLOW)
# pytest tests/fuzz --hypothesis-profile=long --timeout=0: 100,000 inputs, in about half an hour.
LONG = {"max_examples": 5000, "parent": hypothesis.settings.get_profile("busy")}
hypothesis.settings.register_profile("long", **LONG)
hypothesis.settings.load_profile("busy")


SECONDS_TO_EXIT = 120
HUB = Path(os.environ["HF_HUB_CACHE"])


def pytest_unconfigure() -> None:
    """Show where an exit hangs, as one did that waited for ever for an open socket, and end it."""
    shutil.rmtree(HUB)
    faulthandler.dump_traceback_later(SECONDS_TO_EXIT, exit=True)


@pytest.fixture(scope="session")
def real() -> Path:
    """The folder of real photographs; tests that need it skip, saying so, where it is absent."""
    if not (REAL / "pets-512" / "images").is_dir():
        pytest.skip(f"no real photographs at {REAL}; set PETWIDGETS_TEST_DATA to their folder")
    return REAL


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home that no other test and no person uses."""
    folder = tmp_path / "home"
    monkeypatch.setenv("PETWIDGETS_HOME", str(folder))
    return folder


@pytest.fixture(scope="session", autouse=True)
def _undrawn() -> Iterator[None]:
    """Lessons don't begin to draw the sample, which takes a minute of a processor."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("petwidgets.app.DRAWS", False)
        yield


@pytest.fixture(scope="session")
def few(real: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder of 4 breeds x 8 real photographs, linked: enough to train on in seconds."""
    folder = tmp_path_factory.mktemp("few")
    for breed in ("Siamese", "beagle", "pug", "samoyed"):
        for photo in sorted((real / "pets-512" / "images").glob(f"{breed}_*.jpg"))[:8]:
            (folder / photo.name).symlink_to(photo)
    yield folder
    extra = [path.name for path in folder.iterdir() if path.suffix != ".jpg"]
    assert not extra, f"every test shares this folder; one wrote {extra}"


@pytest.fixture(scope="session")
def light() -> str:
    """An architecture for trainings of which a test needs what happens, not what they learn."""
    keep_weights(HUB)
    return ARCH


OTHERS = ("numpy", "scipy", "PIL", "torch", "fastai", "dask", "distributed", "voila", "click")


@pytest.fixture(scope="session")
def shadows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of scripts that are called as modules are: `random.py`, `json.py`, `numpy.py`."""
    folder = tmp_path_factory.mktemp("shadows")
    for name in {*sys.stdlib_module_names, *OTHERS} - {"sys"}:
        (folder / f"{name}.py").write_text(f"raise SystemExit({name!r})")
    return folder
