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
from petwidgets.common.os_errors import require_named_file
from petwidgets.common.paths import LABELS_FILE, complaints, content_digest, write_json
from petwidgets.data.label_store import parsed
from petwidgets.recipes.labelling import table_id
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
"""File name suffix of an export."""

ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{6}")
"""Ids that a store creates; an import remembers its original id only if it has this form."""


def pack(run: Run, into: IO[bytes]) -> None:
    """Write a run that has ended as one file.

    Raises:
        Problem: the run is damaged, has not ended, is a learning-rate search, or is too large to be
            imported.
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
                # Weights do not compress.
                how = zipfile.ZIP_STORED if name.startswith("model") else zipfile.ZIP_DEFLATED
                archive.write(path, name, how)


def packed(run: Run) -> bytes:
    """Export a run to bytes.

    Raises:
        Problem: as `pack`.
    """
    into = io.BytesIO()
    pack(run, into)
    return into.getvalue()


def export(run: Run, path: Path) -> None:
    """Export a run to a file, atomically.

    Raises:
        Problem: as `pack`; or the file can't be written.
    """
    with writing(path, f"{run.id}{SUFFIX}") as file:
        pack(run, file)


@contextmanager
def writing(path: Path, such_as: str) -> Iterator[IO[bytes]]:
    """Open a temporary file that replaces `path` if the block succeeds and is removed otherwise.

    Args:
        path: the file to write.
        such_as: an example of a file name for the error message, if `path` is a folder.

    Raises:
        Problem: `path` is a folder or can't be written.
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
    """Read a file to import.

    Raises:
        Problem: there is no such file, or it is too large.
    """
    require_named_file(path, "give one that petwidgets runs export wrote")
    require_packed(path.stat().st_size)
    return path.read_bytes()


def take(content: bytes, store: RunStore, visitor: str = "") -> Run:
    """Check an exported run and put it into a store, under a new id.

    Args:
        content: the file's bytes.
        store: the store to put it into.
        visitor: the new owner, as `Visit.visitor`; empty in a notebook.

    Raises:
        Problem: it is not a valid export; the message says why. Nothing of it is kept.
    """
    with _unpacked(content, store) as folder:
        info = schema.checked(_json(folder / "run.json"))
        schema.require_events(folder / "events.jsonl")
        _require_labels(folder / LABELS_FILE, info["recipe"].get("pattern", ""))
        origin = info.pop("id", "")
        if info["state"] not in ENDED:
            info["state"] = "stopped"
        now = time.time()
        # A run with a creation time in the future would not expire with its visitor.
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
    """Unpack into a temporary folder beside the runs; the block renames it, else it is removed."""
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
    """Check that the table of labels is the recipe's; remove it if the recipe uses none."""
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
    """Check that the shapes of weights and predictions match run.json."""
    breeds = len(run.info["vocab"])
    if (run.folder / VALIDATION).is_file():
        _require_predictions(run)
    if (run.folder / "model.safetensors").is_file():
        shapes = _shapes(run.folder / "model.safetensors")
        if not breeds or (breeds,) not in [s[:1] for s in shapes.values() if len(s) == 2]:  # noqa: PLR2004
            raise Problem(
                f"The weights in this file don't end in {counted(breeds, run.noun)}, as its"
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
    # Written so that nan passes: a diverged training has such predictions.
    outside = ((p < 0) | (p > 1)).any()
    return not outside and bool(((targets >= 0) & (targets < p.shape[1])).all())


def _shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """Each tensor's shape, from the header, which safetensors checks against the file's size."""
    try:
        with safe_open(path, "numpy") as tensors:
            return {key: tuple(tensors.get_slice(key).get_shape()) for key in tensors.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError) as error:
        raise Problem(f"{path.name} is damaged in this file: export the run again.") from error


def _settle(folder: Path, info: dict[str, Any], store: RunStore) -> Run:
    """Move the run to its place atomically; an existing run is never overwritten.

    It gets a new id, because ids sort by time and the original one may hold any time.
    """
    identity = new_id()
    place = store.folder / identity
    write_json(folder / "run.json", {**info, "id": identity})
    ownership.write(folder, owner_of(info))
    with complaints(place):
        folder.rename(place)  # fails if another import was faster
    return Run(place)
