"""The command line: serve, data, train, classify, runs, bench, doctor.

Results go to stdout, one JSON object a line with `--json`; progress and problems go to stderr. A
problem is one sentence with exit status 1. Usage errors exit with 2, as argparse does.
"""

from __future__ import annotations

import argparse
import io
import logging
import os
import sys
import threading
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

from petwidgets import __version__
from petwidgets.cli import bench, classify, data, doctor, runs, serve, train
from petwidgets.common import limits
from petwidgets.common.errors import Problem, missing
from petwidgets.common.logs import keep_log
from petwidgets.common.paths import UNDECODABLE
from petwidgets.common.text import on_one_line
from petwidgets.data import sources
from petwidgets.recipes.faults import SPLITS
from petwidgets.recipes.presets import MAKERS
from petwidgets.runs.run import SHIPPED_ID
from petwidgets.server.capacity import KERNEL_MB
from petwidgets.session.store import DAYS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

log = logging.getLogger(__name__)

PATIENCE = 30.0
"""Seconds that a failed process leaves the first of its training to say what is wrong."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    if not train.follows():
        return _run(arguments)
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        status = _run(arguments)
    if status == 1:
        # The launcher ends them all once one has failed, and the first may not have said why yet.
        threading.Event().wait(PATIENCE)
    return status


def _run(arguments: Sequence[str] | None) -> int:
    try:
        options = _parser().parse_args(arguments)
        _prepare_streams(verbose=options.verbose)
        keep_log()
        return int(options.command(options) or 0)
    except Problem as problem:
        print(f"petwidgets: {on_one_line(str(problem))}", file=sys.stderr)
    except ModuleNotFoundError as error:
        if (lacking := missing(error)) is None:
            raise
        print(f"petwidgets: {lacking}", file=sys.stderr)
    except BrokenPipeError:
        sys.stderr.close()  # the reader, such as head, has closed the pipe
    except KeyboardInterrupt:
        print("petwidgets: interrupted.", file=sys.stderr)
        return 130
    except OSError as error:
        log.warning("refused by the system", exc_info=True)
        print(f"petwidgets: {error.filename or 'a file'}: {error.strerror}.", file=sys.stderr)
    return 1


def _prepare_streams(*, verbose: bool) -> None:
    # The handler has the level, because the logger's level, set by keep_log, overrides the root's.
    handler = logging.StreamHandler()
    handler.setLevel(logging.INFO if verbose else logging.CRITICAL)
    logging.basicConfig(handlers=[handler])
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors=UNDECODABLE)


def _path(argument: str) -> Callable[[str], Path]:
    """Return a function that converts what is given for an argument to a path."""
    source = _source(argument)
    return lambda text: Path(source(text))


def _source(argument: str) -> Callable[[str], str]:
    """Return a function that checks and expands the name of a file, a folder or a source."""

    def expanded(text: str) -> str:
        if not text:  # `Path` would take it for the current folder
            raise Problem(
                f"The name given for {argument} is empty: write it out, or set the variable of the"
                " shell that it comes from."
            )
        # A shell expands no `~` in `--data=~/pets`; `Path.expanduser` raises for an unknown user.
        return os.path.expanduser(text)  # noqa: PTH111

    return expanded


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("petwidgets", description="Pet breeds as an instrument panel.")
    parser.add_argument("--version", action="version", version=__version__)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", help="one JSON object a line")
    common.add_argument("--verbose", action="store_true", help="say more on stderr")
    parsers = parser.add_subparsers(required=True, metavar="COMMAND")
    added = (_add_serve, _add_data, _add_train, _add_classify, _add_runs, _add_bench, _add_doctor)
    for add in added:
        add(parsers, common)
    return parser


def _command(
    parsers: Any, common: argparse.ArgumentParser, name: str, run: Callable[..., Any]
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = parsers.add_parser(
        name, parents=[common], help=run.__doc__, description=run.__doc__
    )
    parser.set_defaults(command=run)
    return parser


def _add_serve(parsers: Any, common: argparse.ArgumentParser) -> None:
    parser = _command(parsers, common, "serve", serve.serve_dashboard)
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument("--port", type=int, default=8866)
    parser.add_argument(
        "--token", default="", help="visitors must give it; better in PETWIDGETS_TOKEN"
    )
    parser.add_argument("--no-token", action="store_true", help="with --host: everybody may come")
    parser.add_argument(
        "--allow-host", action="append", default=[], metavar="NAME",
        help="by which a proxy or a browser may call the server; may be given again",
    )  # fmt: skip
    parser.add_argument("--engine", default="", help="a scheduler's address; default: one's own")
    parser.add_argument("--base-url", default="/", help="such as /pets/, behind a proxy")
    parser.add_argument(
        "--keep-days", type=float, default=DAYS, help="visitors' runs stay so long; default: 7"
    )
    parser.add_argument(
        "--max-kernels", type=int, default=0, help="pages at once; default: as memory allows"
    )
    parser.add_argument(
        "--max-per-address",
        type=int,
        default=0,
        help="pages of one address, once 3 of 4 places are taken; default: no limit",
    )
    parser.add_argument(
        "--kernel-mb", type=int, default=KERNEL_MB, help="memory of one page; default: 1000"
    )
    for limit in limits.LIMITS:
        help_text = f"the most {limit.what}; default: {limit.default:g}"
        parser.add_argument(limit.option, metavar="N", help=help_text)


def _add_data(parsers: Any, common: argparse.ArgumentParser) -> None:
    parser = parsers.add_parser("data", help="Photographs: list, get, check.")
    parts = parser.add_subparsers(required=True, metavar="COMMAND")
    _command(parts, common, "list", data.list_sources)
    get = _command(parts, common, "get", data.get)
    get.add_argument("source", choices=(sources.SAMPLE, sources.OXFORD))
    get.add_argument("--to", type=_path("--to"), help="a folder; default: where petwidgets looks")
    checking = _command(parts, common, "check", data.check_photographs)
    checking.add_argument("folder", type=_path("the folder"))


def _add_train(parsers: Any, common: argparse.ArgumentParser) -> None:
    parser = _command(parsers, common, "train", train.train)
    parser.add_argument(
        "--data", required=True, type=_source("--data"), help="a folder, sample or oxford-pets"
    )
    parser.add_argument("--recipe", required=True, help=", ".join(MAKERS))
    parser.add_argument("--arch", help="a timm or torchvision name")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--freeze-epochs", type=int)
    parser.add_argument("--base-lr", type=float)
    parser.add_argument("--size", type=int, help="pixels of what the network sees")
    parser.add_argument("--batch-size", type=int)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--pattern", help="a regular expression, or parent-folder")
    parser.add_argument("--limit-per-breed", type=int)
    parser.add_argument(
        "--yes", action="store_true", help="go on though much of the set is left out"
    )
    parser.add_argument(
        "--labels", type=_path("--labels"), metavar="CSV", help="a table of names and labels"
    )
    parser.add_argument("--file-column", default="", help="of --labels; default: found by itself")
    parser.add_argument("--label-column", default="", help="of --labels; default: found by itself")
    parser.add_argument(
        "--split",
        choices=SPLITS,
        help="folders: the set's own train/ and valid/; default: random",
    )
    parser.add_argument(
        "--hold-out",
        type=_path("--hold-out"),
        metavar="DIR",
        help="never train on these: a folder in the data, or copies with the same paths",
    )
    parser.add_argument(
        "--changes", type=_path("--changes"), help="a CSV file exported by Clean the labels"
    )


def _add_classify(parsers: Any, common: argparse.ArgumentParser) -> None:
    parser = _command(parsers, common, "classify", classify.classify)
    parser.add_argument(
        "files",
        nargs="+",
        type=_path("FILE"),
        metavar="FILE",
        help="or a folder, or a pattern such as *.jpg",
    )
    parser.add_argument("--run", default=SHIPPED_ID, help="a run's id; default: the shipped one")


def _add_runs(parsers: Any, common: argparse.ArgumentParser) -> None:
    parser = parsers.add_parser("runs", help="Runs: list, show, compare, export, import, delete.")
    parts = parser.add_subparsers(required=True, metavar="COMMAND")
    _command(parts, common, "list", runs.list_runs)
    show = _command(parts, common, "show", runs.show)
    comparing = _command(parts, common, "compare", runs.compare)
    comparing.add_argument("ids", nargs="+", metavar="ID", help="two or more")
    export = _command(parts, common, "export", runs.export)
    importing = _command(parts, common, "import", runs.import_run)
    delete = _command(parts, common, "delete", runs.delete)
    for parser in (show, export, delete):
        parser.add_argument("id")
    for parser in (export, importing):
        parser.add_argument("file", type=_path("FILE"), metavar="FILE")
    export.add_argument(
        "--as",
        dest="form",
        choices=("run", "model", "onnx", "web", "report"),
        help="default: by the name of FILE: .onnx, .html, else run",
    )


def _add_bench(parsers: Any, common: argparse.ArgumentParser) -> None:
    parser = _command(parsers, common, "bench", bench.bench)
    parser.add_argument("names", nargs="*", metavar="NAME", help="of a row; default: all")
    parser.add_argument(
        "--data",
        type=_source("--data"),
        help="a folder, sample or oxford-pets; default: PETWIDGETS_DATA, else oxford-pets",
    )
    parser.add_argument("--rounds", type=int, help="of each row; default: some that take minutes")
    parser.add_argument("--large", action="store_true", help="up to the whole set: takes hours")
    parser.add_argument(
        "--plot",
        type=_path("--plot"),
        metavar="FILE",
        help="draw how each row grows: .png, .svg or .pdf",
    )
    parser.add_argument(
        "--gpu", action="store_true", help="only the trainings that need a GPU, 8 minutes at most"
    )


def _add_doctor(parsers: Any, common: argparse.ArgumentParser) -> None:
    _command(parsers, common, "doctor", doctor.doctor)
