"""Export a run as one file, and import it after checks.

The file is a zip of the run's plain files:

    run.json, events.jsonl, model.safetensors, validation.safetensors, labels.json

Imported runs are untrusted: only these five file names are accepted, sizes are checked before
unpacking (`safe_zip.py`), and unknown keys are dropped (`schema.py`). Owner, parent and state are
ignored.
"""

from __future__ import annotations

import io
import json
import re
import secrets
import shutil
import time
import zipfile
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

from safetensors import SafetensorError, safe_open

from petwidgets.common import leftovers
from petwidgets.common import owner as ownership
from petwidgets.common.errors import Problem
from petwidgets.common.formatting import counted
from petwidgets.common.paths import LABELS_FILE, complaints, content_digest, write_json
from petwidgets.data.label_store import parsed
from petwidgets.recipes.recipe import table_id
from petwidgets.runs import schema
from petwidgets.runs.info import ENDED, owner_of
from petwidgets.runs.predictions import VALIDATION, require_shapes
from petwidgets.runs.run import Run
from petwidgets.runs.safe_zip import LARGEST, require_packed, require_size, unpack
from petwidgets.runs.store import new_id

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from petwidgets.runs.predictions import Validation
    from petwidgets.runs.store import RunStore

SUFFIX = ".petrun.zip"
"""How the name of an export ends."""

ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{6}")
"""The ids that a store gives; of other forms none is remembered as that of an import's origin."""


def pack(run: Run, into: IO[bytes]) -> None:
    """Write a run that has ended as one file.

    Raises:
        Problem: it is damaged, has not ended, is a search of a rate, or too large to be imported.
    """
    run.require_ended()
    if run.kind != "training":
        raise Problem(f"The run {run.id} is no training: only trainings are exported.")
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        info = schema.taken_over(run.info)
        run_json = json.dumps({"id": run.id, **info}, indent=1)
        require_size("run.json", len(run_json))
        archive.writestr("run.json", run_json)
        for name in LARGEST:
            path = run.folder / name
            if name == "events.jsonl" and path.is_file():
                events = b"\n".join(schema.thinned(path.read_bytes().split(b"\n")))
                require_size(name, len(events))
                archive.writestr(name, events, zipfile.ZIP_DEFLATED)
            elif name != "run.json" and path.is_file():
                require_size(name, path.stat().st_size)
                # Weights are as good as random, and don't get smaller.
                how = zipfile.ZIP_STORED if name.startswith("model") else zipfile.ZIP_DEFLATED
                archive.write(path, name, how)


def packed(run: Run) -> bytes:
    """The same, as bytes.

    Raises:
        Problem: as `pack`.
    """
    into = io.BytesIO()
    pack(run, into)
    return into.getvalue()


def export(run: Run, path: Path) -> None:
    """The same, into a file, whole or not at all.

    Raises:
        Problem: as `pack`; or the file can't be written.
    """
    with writing(path, f"{run.id}{SUFFIX}") as file:
        pack(run, file)


@contextmanager
def writing(path: Path, such_as: str) -> Iterator[IO[bytes]]:
    """A file that takes its place when the block ends well, and is gone otherwise.

    Args:
        path: of the file.
        such_as: a name for it, if a folder is given instead.

    Raises:
        Problem: it can't be written.
    """
    if path.is_dir():
        raise Problem(f"{path} is a folder: give the name of a file, such as {such_as}.")
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with temporary.open("wb") as file:
            yield file
        temporary.replace(path)
    except OSError as error:
        raise Problem(f"{path} can't be written ({error.strerror}): give another place.") from error
    finally:
        temporary.unlink(missing_ok=True)


def read(path: Path) -> bytes:
    """The bytes of a file that is to be imported.

    Raises:
        Problem: there is none, or it is too large.
    """
    if not path.is_file():
        raise Problem(f"There is no file {path}: give one that petwidgets runs export wrote.")
    require_packed(path.stat().st_size)
    return path.read_bytes()


def take(content: bytes, store: RunStore, visitor: str = "") -> Run:
    """Check an exported run and put it into a store, under a new id.

    Args:
        content: the file.
        store: the store to put it into.
        visitor: the new owner, as `Visit.visitor`; empty in a notebook.

    Raises:
        Problem: it is no sound export; the sentence says what is wrong. Nothing is left of it.
    """
    with _unpacked(content, store) as folder:
        info = schema.checked(_json(folder / "run.json"))
        schema.require_events(folder / "events.jsonl")
        _require_labels(folder / LABELS_FILE, info["recipe"].get("pattern", ""))
        origin = info.pop("id", "")
        if info["state"] not in ENDED:
            info["state"] = "stopped"
        now = time.time()
        # What is of the future would outlast its visitor.
        info |= {"imported": now, "created": min(now, info.get("created", now))}
        info |= {"origin": origin} if ID.fullmatch(origin) else {}
        info |= {"visitor": visitor} if visitor else {}
        write_json(folder / "run.json", info)
        if Run(folder).state == "damaged":
            raise Problem("The run.json in this file is damaged: export the run again.")
        _require_tensors(Run(folder))
        return _settle(folder, info, store)


@contextmanager
def _unpacked(content: bytes, store: RunStore) -> Iterator[Path]:
    """A folder beside the runs with what the file holds; it is gone, or renamed, afterwards."""
    folder = store.folder / f".import.{secrets.token_hex(8)}"
    leftovers.sweep_runs(store.folder)
    try:
        with complaints(folder):
            folder.mkdir(parents=True)
        unpack(content, folder)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _json(path: Path) -> Any:
    content = path.read_bytes()
    schema.require_few_values("run.json", content, schema.MOST_VALUES)
    try:
        return json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Problem("The run.json in this file can't be read: export the run again.") from error


def _require_labels(path: Path, pattern: str) -> None:
    """See that labels from a table are those that the recipe speaks of; of another none is kept."""
    if not (digest := table_id(pattern)):
        path.unlink(missing_ok=True)
        return
    try:
        content = path.read_bytes()
        parsed(content)
        sound = content_digest(content) == digest
    except (OSError, ValueError):
        sound = False
    if not sound:
        raise Problem("The labels in this file don't fit its run.json: export the run again.")


def _require_tensors(run: Run) -> None:
    """See that weights and predictions are tensors of the shapes that run.json speaks of."""
    breeds = len(run.info["vocab"])
    if (run.folder / VALIDATION).is_file():
        _require_predictions(run)
    if (run.folder / "model.safetensors").is_file():
        shapes = _shapes(run.folder / "model.safetensors")
        if not breeds or (breeds,) not in [s[:1] for s in shapes.values() if len(s) == 2]:  # noqa: PLR2004
            raise Problem(
                f"The weights in this file don't end in {counted(breeds, 'breed')}, as its"
                " run.json does: export the run again."
            )


def _require_predictions(run: Run) -> None:
    shapes = _shapes(run.folder / VALIDATION)
    columns = [shapes.get(key, ()) for key in ("probabilities", "targets", "losses")]
    try:
        require_shapes(columns, run.info)
        sound = _sound_predictions(run.validation())
    except (ValueError, TypeError, Problem):
        sound = False
    if not sound:
        raise Problem("The predictions in this file don't fit its run.json: export the run again.")


def _sound_predictions(known: Validation) -> bool:
    p, targets = known.probabilities, known.targets
    kinds = [str(column.dtype) for column in (p, targets, known.losses)]
    if kinds != ["float32", "int64", "float32"]:
        return False
    # Put so that NaN passes: it is what a training that diverged leaves.
    outside = ((p < 0) | (p > 1)).any()
    return not outside and bool(((targets >= 0) & (targets < p.shape[1])).all())


def _shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """Of each tensor, by its header, which safetensors holds against the file's length."""
    try:
        with safe_open(path, "numpy") as tensors:
            return {key: tuple(tensors.get_slice(key).get_shape()) for key in tensors.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError) as error:
        raise Problem(f"{path.name} is damaged in this file: export the run again.") from error


def _settle(folder: Path, info: dict[str, Any], store: RunStore) -> Run:
    """Give it its place, in one step; a run that is there already is never touched.

    The id that it had elsewhere may be of any time, and would sort it before or after all others.
    """
    identity = new_id()
    place = store.folder / identity
    write_json(folder / "run.json", {**info, "id": identity})
    ownership.write(folder, owner_of(info))
    with complaints(place):
        folder.rename(place)  # refused where another import was faster
    return Run(place)
