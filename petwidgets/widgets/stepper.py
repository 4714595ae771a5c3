"""A row of steps with a current one: back, next, and arrow keys."""

from __future__ import annotations

from traitlets import Int, List, Unicode

from petwidgets.widgets.base import Shared


class Stepper(Shared):
    """Names of steps, the present one, what it does, and the code that does it.

    Example:
        >>> Stepper(titles=["activations", "exp"], at=1).says
        ''
    """

    file = "stepper"

    from_page = ("at",)

    titles = List(Unicode()).tag(sync=True)
    at = Int().tag(sync=True)
    says = Unicode().tag(sync=True)
    code = Unicode().tag(sync=True)
