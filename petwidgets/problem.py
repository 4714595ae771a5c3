"""The one exception that is written for the person at the screen."""

import logging

UNEXPECTED = "Something went wrong here; the details are in the log."

log = logging.getLogger(__name__)


class Problem(Exception):  # noqa: N818 - it is shown to people, who have problems, not errors
    """One clear sentence: what is wrong and what to do about it.

    Everything that a person can cause (a bad file, a pattern that matches nothing, a full disk)
    is raised as a `Problem`; panels show its text where it happened and the command line prints
    it and exits non-zero. Anything else is a bug: it goes to the log, with its traceback.
    """


def sentence(error: BaseException) -> str:
    """What a page says about an exception; a traceback goes to the log and never to the page."""
    if isinstance(error, Problem):
        return str(error)
    log.error("unexpected in a page", exc_info=error)
    return UNEXPECTED
