"""The command line: serve, data, train, classify, runs, doctor.

Results go to stdout, one JSON object a line with `--json`; progress and problems go to stderr. A
problem is one sentence, and the exit status is 1; usage errors exit with 2, as argparse has it.
"""

from __future__ import annotations

import argparse
import io
import json
import logging
import signal
import sys
import threading
from contextlib import contextmanager
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from petwidgets import recipes
from petwidgets.data import check, dataset, drawn, oxford
from petwidgets.home import UNDECODABLE
from petwidgets.log import keep_log
from petwidgets.problem import Problem
from petwidgets.runs import SHIPPED_ID, Run, RunStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

log = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    options = _parser().parse_args(arguments)
    _prepare_streams(verbose=options.verbose)
    keep_log()
    try:
        return int(options.command(options) or 0)
    except Problem as problem:
        print(f"petwidgets: {problem}", file=sys.stderr)
    except BrokenPipeError:
        sys.stderr.close()  # the reader, such as head, has had enough
    except OSError as error:
        log.warning("refused by the system", exc_info=True)
        print(f"petwidgets: {error.filename or 'a file'}: {error.strerror}.", file=sys.stderr)
    return 1


def _prepare_streams(*, verbose: bool) -> None:
    # The level is the handler's: a logger's own, which keep_log sets, would pass the root's by.
    handler = logging.StreamHandler()
    handler.setLevel(logging.INFO if verbose else logging.CRITICAL)
    logging.basicConfig(handlers=[handler])
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors=UNDECODABLE)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("petwidgets", description="Pet breeds as an instrument panel.")
    parser.add_argument("--version", action="version", version=version("petwidgets"))
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", help="one JSON object a line")
    common.add_argument("--verbose", action="store_true", help="say more on stderr")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for add in (_add_serve, _add_data, _add_train, _add_classify, _add_runs, _add_doctor):
        add(commands, common)
    return parser


def _command(
    commands: Any, common: argparse.ArgumentParser, name: str, run: Callable[..., Any], text: str
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name, parents=[common], help=text, description=text
    )
    parser.set_defaults(command=run)
    return parser


def _say(options: argparse.Namespace, value: dict[str, Any], text: str) -> None:
    print(json.dumps(value, ensure_ascii=False) if options.json else text, flush=True)


@contextmanager
def _progress(unit: str, *, scale: bool = False) -> Iterator[Callable[[int, int], None]]:
    from tqdm import tqdm

    with tqdm(unit=unit, unit_scale=scale, file=sys.stderr, disable=None) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total or None
            bar.update(done - bar.n)

        yield progress


@contextmanager
def _interrupted() -> Iterator[threading.Event]:
    """An event that Ctrl-C or a termination sets once; the second time ends the process."""
    event = threading.Event()

    def ask(number: int, _frame: Any) -> None:
        event.set()
        signal.signal(number, signal.SIG_DFL)

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield event
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


# --- serve --------------------------------------------------------------------------------------


def _add_serve(commands: Any, common: argparse.ArgumentParser) -> None:
    parser = _command(commands, common, "serve", _serve, "Serve the dashboard.")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument("--port", type=int, default=8866)
    parser.add_argument("--token", default="", help="visitors must give it")
    parser.add_argument("--engine", default="", help="a scheduler's address; default: one's own")
    parser.add_argument("--base-url", default="/", help="such as /pets/, behind a proxy")


def _serve(options: argparse.Namespace) -> int:
    from petwidgets.serve import serve

    return serve(options.host, options.port, options.token, options.engine, options.base_url)


# --- data ---------------------------------------------------------------------------------------


def _add_data(commands: Any, common: argparse.ArgumentParser) -> None:
    data = commands.add_parser("data", help="Photographs: list, get, check.")
    parts = data.add_subparsers(required=True, metavar="COMMAND")
    _command(parts, common, "list", _data_list, "What can be trained on.")
    get = _command(parts, common, "get", _data_get, "Draw or download a set of photographs.")
    get.add_argument("source", choices=(dataset.SAMPLE, dataset.OXFORD))
    get.add_argument("--to", type=Path, help="a folder; default: where petwidgets looks")
    checking = _command(parts, common, "check", _data_check, "Find files that are not sound.")
    checking.add_argument("folder", type=Path)


def _data_list(options: argparse.Namespace) -> None:
    for source in dataset.sources():
        here = dataset.prepared(source)
        value = {"source": source, "title": dataset.title(source), "here": here}
        _say(options, value, f"{source:12} {'here' if here else 'to get':8} {value['title']}")


def _data_get(options: argparse.Namespace) -> None:
    sample = options.source == dataset.SAMPLE
    with _interrupted() as event, _progress("picture" if sample else "B", scale=True) as progress:
        if options.to is None:
            folder = dataset.prepare(options.source, progress, event.is_set)
        elif sample:
            folder = drawn.draw_sample(options.to, progress=progress, stop=event.is_set)
        else:
            folder = oxford.get(options.to, progress=progress, stop=event.is_set) / "images"
    photographs = len(dataset.photographs(folder))
    _say(options, {"folder": str(folder), "photographs": photographs}, str(folder))


def _data_check(options: argparse.Namespace) -> None:
    with _progress("file") as progress:
        findings = check.check(options.folder, progress)
    for finding in findings:
        _say(options, asdict(finding), f"{finding.file}: {finding.sentence}")
    if not options.json:
        print(f"{len(findings)} findings in {options.folder}.")


# --- train --------------------------------------------------------------------------------------


def _add_train(commands: Any, common: argparse.ArgumentParser) -> None:
    parser = _command(commands, common, "train", _train, "Train a model.")
    parser.add_argument("--data", required=True, help="a folder, sample or oxford-pets")
    parser.add_argument("--recipe", required=True, help=", ".join(recipes.MAKERS))
    parser.add_argument("--arch", help="a timm or torchvision name")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--freeze-epochs", type=int)
    parser.add_argument("--base-lr", type=float)
    parser.add_argument("--size", type=int, help="pixels of what the network sees")
    parser.add_argument("--batch-size", type=int)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--pattern", help="a regular expression, or parent-folder")
    parser.add_argument("--limit-per-breed", type=int)
    parser.add_argument("--split", choices=("random", "by-breed"))
    parser.add_argument("--hold-out", type=Path, help="never train on names in this folder")


def _recipe(options: argparse.Namespace) -> recipes.Recipe:
    names = ("arch", "epochs", "freeze_epochs", "base_lr", "size", "batch_size", "seed")
    more = ("pattern", "limit_per_breed", "split")
    settings = {name: getattr(options, name) for name in (*names, *more)}
    if options.size and options.size > recipes.PRESIZE:
        settings["presize"] = options.size
    if options.hold_out:
        settings["hold_out"] = tuple(p.name for p in dataset.photographs(options.hold_out))
    special = (dataset.SAMPLE, dataset.OXFORD)
    data = options.data if options.data in special else str(Path(options.data).absolute())
    return recipes.make(options.recipe, data=data, **settings)


def _train(options: argparse.Namespace) -> int:
    recipe = _recipe(options)
    dataset.load(recipe.data, recipe.pattern)  # bad input is said before torch is imported
    from petwidgets.learning.train import train

    run = RunStore().create(recipe)
    with _interrupted() as event, _progress("step") as progress:
        results = train(run, lambda heard: _tell(heard, progress), event.is_set)
    figures = {key: value for key, value in results.items() if key != "train_loss"}
    said = f"{run.id}: {_summary(run.fresh())}"
    _say(options, {"run": run.id, **figures}, said)
    return 130 if event.is_set() else 0


def _tell(event: dict[str, Any], progress: Callable[[int, int], None]) -> None:
    if "done" in event:
        progress(event["done"], event["of"])
    elif event["event"] == "epoch":
        losses = f"train {event['train_loss']:.4f}, valid {event['valid_loss']:.4f}"
        share = f"error {event['error_rate']:.2%}"
        print(f"\nepoch {event['epoch']}/{event['of']}: {losses}, {share}", file=sys.stderr)
    elif "sentence" in event:
        print(f"\n{event['sentence']}", file=sys.stderr)


# --- classify -----------------------------------------------------------------------------------


def _add_classify(commands: Any, common: argparse.ArgumentParser) -> None:
    parser = _command(commands, common, "classify", _classify, "Classify photographs.")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--run", default=SHIPPED_ID, help="a run's id; default: the shipped one")


def _classify(options: argparse.Namespace) -> int:
    run = RunStore().get(options.run)
    from petwidgets.learning.predict import classify

    problems = 0
    with _progress("photograph") as progress:
        for done, file in enumerate(options.files, 1):
            answer = classify(run, file)
            problems += "problem" in answer
            _say(options, {"file": str(file), **_plain(answer)}, _sentence(file, answer))
            progress(done, len(options.files))
    return 1 if problems else 0


def _plain(answer: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in answer.items() if not isinstance(value, bytes)}


def _sentence(file: Path, answer: dict[str, Any]) -> str:
    if "problem" in answer:
        return f"{file}: {answer['problem']}"
    known = f"{answer['breed']} {answer['probability']:.1%}"
    return f"{file}: {known if answer['recognised'] else f'not recognised (perhaps {known})'}"


# --- runs ---------------------------------------------------------------------------------------


def _add_runs(commands: Any, common: argparse.ArgumentParser) -> None:
    runs = commands.add_parser("runs", help="Runs: list, show, delete.")
    parts = runs.add_subparsers(required=True, metavar="COMMAND")
    _command(parts, common, "list", _runs_list, "All runs, the newest first.")
    show = _command(parts, common, "show", _runs_show, "What one run was asked and gave.")
    delete = _command(parts, common, "delete", _runs_delete, "Remove a run of one's own.")
    for parser in (show, delete):
        parser.add_argument("id")


def _summary(run: Run) -> str:
    if run.state == "damaged":
        return str(run.info["problem"])
    results = run.info.get("results", {})
    error = f", error {results['error_rate']:.2%}" if "error_rate" in results else ""
    return f"{run.state}, {run.recipe.name} on {run.recipe.data}{error}"


def _runs_list(options: argparse.Namespace) -> None:
    for run in RunStore().list():
        known = {key: run.info.get(key) for key in ("results", "problem")}
        _say(options, {"run": run.id, "state": run.state, **known}, f"{run.id}: {_summary(run)}")


def _runs_show(options: argparse.Namespace) -> None:
    run = RunStore().get(options.id)
    run.demand_sound()
    value = {"run": run.id, **run.info, "events": sum(1 for _ in run.events())}
    print(json.dumps(value, ensure_ascii=False, indent=None if options.json else 1))


def _runs_delete(options: argparse.Namespace) -> None:
    RunStore().delete(options.id)
    _say(options, {"deleted": options.id}, f"{options.id} is deleted.")


# --- doctor -------------------------------------------------------------------------------------


def _add_doctor(commands: Any, common: argparse.ArgumentParser) -> None:
    _command(commands, common, "doctor", _doctor, "Whether all that is needed is here.")


def _doctor(options: argparse.Namespace) -> int:
    from petwidgets.doctor import examine

    findings = examine()
    for finding in findings:
        mark = "ok " if finding["ok"] else "BAD"
        _say(options, finding, f"{mark} {finding['what']}: {finding['sentence']}")
    return 0 if all(finding["ok"] for finding in findings) else 1
