"""The Oxford-IIIT Pet photographs in fastai's cache, without importing fastai or torch.

They are there after fastai's `untar_data(URLs.PETS)`, and fastai finds a download of this module.
The set is by Parkhi, Vedaldi, Zisserman and Jawahar (Cats and Dogs, CVPR 2012), CC BY-SA 4.0:
https://www.robots.ox.ac.uk/~vgg/data/pets/. In `images/` a breed in capitals is a cat, one in lower
case a dog.
"""

import os
from collections.abc import Callable
from configparser import ConfigParser
from configparser import Error as ConfigError
from pathlib import Path

from petwidgets.common.errors import Problem
from petwidgets.data.download import archive, http

URL = "https://s3.amazonaws.com/fast-ai-imageclas/oxford-iiit-pet.tgz"
"""`fastai.data.external.URLs.PETS`."""

SIZE = 811_706_944
"""Bytes of the archive: `fastai/data/download_checks.py`."""

DIGEST = "e4db5c768afd933bb91f5f594d7417a4"
"""MD5 over the first 2**20 bytes of the archive (no more): `fastai/data/download_checks.py`."""

PHOTOGRAPHS = 7_390
"""The `.jpg` files in `images/`, which also holds 3 `.mat` files."""

CATS = (
    *("Abyssinian", "Bengal", "Birman", "Bombay", "British_Shorthair", "Egyptian_Mau"),
    *("Maine_Coon", "Persian", "Ragdoll", "Russian_Blue", "Siamese", "Sphynx"),
)
"""The breeds of cats, spelled as in file names: `annotations/list.txt`."""

DOGS = (
    *("american_bulldog", "american_pit_bull_terrier", "basset_hound", "beagle", "boxer"),
    *("chihuahua", "english_cocker_spaniel", "english_setter", "german_shorthaired"),
    *("great_pyrenees", "havanese", "japanese_chin", "keeshond", "leonberger"),
    *("miniature_pinscher", "newfoundland", "pomeranian", "pug", "saint_bernard", "samoyed"),
    *("scottish_terrier", "shiba_inu", "staffordshire_bull_terrier", "wheaten_terrier"),
    "yorkshire_terrier",
)
"""The breeds of dogs, from the same list."""

NAME = "oxford-iiit-pet"
ARCHIVE = f"{NAME}.tgz"


def _cache(key: str) -> Path:
    """The folder under `key` in fastai's config.ini, like `fastcore.xtras.Config.path`."""
    home = Path(os.environ.get("FASTAI_HOME", "~/.fastai")).expanduser().absolute()
    config = ConfigParser()
    try:
        config.read(home / "config.ini", encoding="utf8")
        value = config["DEFAULT"].get(key, key)
    except (ConfigError, OSError, UnicodeError) as error:
        raise Problem(
            f"{home / 'config.ini'}, where fastai keeps its folders, cannot be read: mend or"
            " remove it."
        ) from error
    return home / value


def _complete(folder: Path) -> bool:
    try:
        with os.scandir(folder / "images") as entries:
            return sum(entry.name.endswith(".jpg") for entry in entries) >= PHOTOGRAPHS
    except OSError:
        return False


def folder() -> Path:
    """The folder of the set in fastai's cache, whether it exists or not.

    `FASTAI_HOME` (else `~/.fastai`) and the key `data` of its `config.ini` decide, as in fastai.

    Raises:
        Problem: fastai's `config.ini` cannot be read.
    """
    return _cache("data") / NAME


def images() -> Path:
    """The folder of the photographs, whether it exists or not.

    Raises:
        Problem: fastai's `config.ini` cannot be read.
    """
    return folder() / "images"


def present() -> bool:
    """Whether all photographs are there, by counting their names (some milliseconds).

    Raises:
        Problem: fastai's `config.ini` cannot be read.
    """
    return _complete(folder())


def get(
    to: Path | None = None,
    *,
    url: str = URL,
    size: int | None = SIZE,
    digest: str | None = DIGEST,
    progress: Callable[[int, int], None] | None = None,
    phase: Callable[[str], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Path:
    """Download and unpack the set unless it is complete, and return its folder.

    After a lost connection, a stop or the end of the process, the next call resumes. If another
    process does the same, fastai's `untar_data` included, this one waits for it. The archive is
    kept, as by fastai.

    Args:
        to: a folder for the archive and the set (`to/oxford-iiit-pet`); None for fastai's cache.
        url: the archive's address, http or https.
        size: the archive's size in bytes; None for any.
        digest: MD5 in hexadecimal over the archive's first 2**20 bytes, which is what fastai
            checks; None for any. The archive's own checksum covers the rest.
        progress: called with the archive's bytes done and in all (0: unknown), from the calling
            thread, some ten times a second; each phase counts its own bytes.
        phase: called as each phase begins, with "wait" (for another process, if there is one),
            "download" (unless the archive is there) and "unpack".
        stop: called as often; True ends the work within a second.

    Raises:
        Problem: no network, an HTTP error, a wrong or damaged archive (which is removed), too
            little space (three times the archive), a folder that cannot be written to.
        petwidgets.data.download.archive.Stopped: `stop()` returned True; it is a `Problem`, too.
    """
    destination = folder() if to is None else to / NAME
    if _complete(destination):
        return destination
    packed = (_cache("archive") if to is None else to) / ARCHIVE
    watch = archive.Watch(progress, phase, stop)
    with archive.writing(packed.parent):
        for place in (packed.parent, destination.parent):
            place.mkdir(parents=True, exist_ok=True)
        with archive.locked(packed, watch):
            if not _complete(destination):  # else another process did it meanwhile
                archive.room(destination.parent, 2 * (size or 0))
                http.fetch(url, packed, size=size, digest=digest, watch=watch)
                archive.unpack(packed, destination, complete=_complete, watch=watch)
    return destination
