"""The log that a page's sentences speak of: `petwidgets.log` in the home.

A kernel's stderr goes to the page or nowhere, so that what it prints is no log; a file is one for
pages, workers and the command line alike.
"""

from __future__ import annotations

import logging
from logging.handlers import WatchedFileHandler

from petwidgets.home import UNDECODABLE, home
from petwidgets.problem import Problem

FORMAT = "%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"


def keep_log() -> None:
    """Write what petwidgets has to say, from INFO on, to the home's log. Again is harmless."""
    logger = logging.getLogger("petwidgets")
    if any(isinstance(handler, WatchedFileHandler) for handler in logger.handlers):
        return
    try:
        home().mkdir(parents=True, exist_ok=True)
        handler = WatchedFileHandler(
            home() / "petwidgets.log", encoding="utf-8", errors=UNDECODABLE
        )
    except (OSError, Problem) as error:
        logger.warning("no log can be kept: %s", error)
        return
    handler.setFormatter(logging.Formatter(FORMAT))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
