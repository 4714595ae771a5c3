"""Read the arguments of scripts by their own parsers, and run nothing after that.

Takes a JSON list a line from stdin: a script and its arguments. Prints each that is refused.
"""

from __future__ import annotations

import argparse
import json
import runpy
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import NoReturn


class TakenError(Exception):
    """The script's parser has taken the arguments."""


def stop(parser: argparse.ArgumentParser) -> NoReturn:
    """Stands in for `parse_args`: ends the script, either way."""
    if left := parser.parse_known_args()[1]:
        parser.error(f"unrecognized arguments: {' '.join(left)}")
    raise TakenError


def complain(_parser: argparse.ArgumentParser, message: str) -> NoReturn:
    """Stands in for `error`, which would end the process."""
    raise ValueError(message)


def refusal(words: list[str]) -> str:
    """Why a script's parser refuses these arguments; empty if it takes them."""
    sys.argv = words
    sys.path.insert(0, str(Path(words[0]).parent))
    try:
        with redirect_stdout(sys.stderr):  # what it prints before
            runpy.run_path(words[0], run_name="__main__")
    except TakenError:
        return ""
    except ValueError as error:
        return str(error)
    finally:
        sys.path.pop(0)
    return "it has no parser"


if __name__ == "__main__":
    argparse.ArgumentParser.parse_args = stop  # type: ignore[method-assign, assignment]
    argparse.ArgumentParser.error = complain  # type: ignore[method-assign, assignment]
    for line in sys.stdin:
        script = json.loads(line)
        no_parser = "ArgumentParser" not in Path(script[0]).read_text("utf-8")
        if why := "" if no_parser and len(script) == 1 else refusal(script):
            print(f"{' '.join(script)}: {why}")  # noqa: T201 - the answer
