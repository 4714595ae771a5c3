"""The link to a lesson: its key and what its forms say, as the part of an address behind the `#`.

A link is untrusted. It sets fields that the lesson shares, to values that these would take if they
were typed, and presses nothing. It never holds the session, a folder, a file name or a run.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlencode

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import listed, short

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from petwidgets.panels.base import Panel
    from petwidgets.widgets.form import Form

LESSON = "lesson"
"""The parameter with the lesson's key."""

LONGEST, MOST = 8000, 100
"""Characters and settings that a link may have."""

REFUSED = "This lesson does not take all of the link. Left out: {}."
TOO_LONG = f"The link is too long to be read: it may have {LONGEST:,} characters."
NO_LESSON = "The link names no lesson of this page: {!r}. Nothing was changed."


@dataclass(frozen=True)
class Setting:
    """One value of a lesson that a link carries.

    Args:
        name: the parameter in the link.
        label: what a person calls it.
        said: the value now, as text.
        shared: whether a link carries that value.
        take: sets it to a text; raises `ValueError` if that is no value of it.
    """

    name: str
    label: str
    said: str
    take: Callable[[str], None]
    shared: bool = True


def of_form(
    form: Form, private: Collection[str] = (), never: Collection[str] = (), prefix: str = ""
) -> list[Setting]:
    """The settings of a form.

    Args:
        form: whose fields they are, but for those that nobody can set now.
        private: names of fields that no link carries.
        never: values that no link carries.
        prefix: stands before the names; it tells forms of the same fields apart.
    """

    def setting(name: str, label: str) -> Setting:
        now = form.text_of(name)

        def take(text: str) -> None:
            if text in never and text != now:  # what is there may be put back
                raise ValueError(text)
            form.set(**{name: form.value_of(name, text)})

        return Setting(prefix + name, label, now, take, now not in never)

    able = [f for f in form.fields if f["kind"] != "button" and not f.get("disabled")]
    return [setting(f["name"], f["label"]) for f in able if f["name"] not in private]


def written(panel: Panel) -> str:
    """The link to a lesson as it is now, without the page's address.

    Example:
        >>> from petwidgets import LogPanel
        >>> written(LogPanel())
        'lesson=log&p=0.25&more=-2&base=e'
    """
    said = {one.name: one.said for one in panel.shared() if one.shared}
    return urlencode({LESSON: panel.key, **said}, quote_via=quote)


def opened(link: str, panels: Mapping[str, Panel], show: Callable[[str], None]) -> None:
    """Show the lesson of a link, with the settings of it that the lesson takes.

    Settings are taken one after another, as a person would type them; one that is refused beside
    those of before is tried again after the others. What is left out is said at the top of the
    lesson.

    Args:
        link: as `written` gives it, or anything.
        panels: by lesson key.
        show: goes to the lesson with a key.

    Raises:
        Problem: the link names no lesson, or is too long.
    """
    if len(link) > LONGEST:
        raise Problem(TOO_LONG)
    pairs: list[tuple[str, str]] = []
    with suppress(ValueError):  # more settings than any lesson has
        pairs = parse_qsl(link, keep_blank_values=True, max_num_fields=MOST)
    key = dict(pairs).get(LESSON, "")
    if key not in panels:
        raise Problem(NO_LESSON.format(short(key)))
    show(key)
    panel = panels[key]
    given = [(name, text) for name, text in pairs if name != LESSON]
    refused = _refused(panel, given)
    panel.heading.clear()
    if refused:
        labels = {one.name: one.label for one in panel.shared()}
        names = [labels.get(name) or short(name) for name in dict(refused)]
        panel.heading.say(REFUSED.format(listed(names)), "link")


def _refused(panel: Panel, given: list[tuple[str, str]]) -> list[tuple[str, str]]:
    left = [(name, text) for name, text in given if not _taken(panel, name, text)]
    return left if len(left) in (0, len(given)) else _refused(panel, left)


def _taken(panel: Panel, name: str, text: str) -> bool:
    """Whether the lesson takes this value of this setting; what it refuses is taken back."""
    setting = next((one for one in panel.shared() if one.name == name), None)
    if setting is None:
        return False
    panel.heading.clear()
    try:
        setting.take(text)
    except ValueError:
        return False
    if panel.heading.problem:  # the field takes it, and the lesson can't use it
        setting.take(setting.said)
        return False
    return True
