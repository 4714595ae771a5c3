"""Why the log: small probabilities told apart, and products that don't vanish."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import counted, figure
from petwidgets.metrics import log_numerics
from petwidgets.panels.base import Panel
from petwidgets.snippets.loss import logarithms
from petwidgets.widgets.base import note, plain
from petwidgets.widgets.fields import choice, number, text
from petwidgets.widgets.form import Form
from petwidgets.widgets.line_chart import LineChart
from petwidgets.widgets.number_table import number_of
from petwidgets.widgets.slide_rule import SlideRule
from petwidgets.widgets.table import Table

import ipywidgets as widgets  # isort: skip

if TYPE_CHECKING:
    from petwidgets.widgets.line_chart import Line

SPECIAL = (0.01, 0.001, 1.0, 0.0, -2.0)


class LogPanel(Panel):
    """The curves of log and -log with a point to move, products beside sums, and a slide rule.

    Example:
        >>> LogPanel().values.rows[1]
        ['0.0100', '-4.6052', '4.6052']
    """

    key = "log"
    title = "Why the log"
    lead = "Drag the point towards zero: what looks the same on x is far apart on its log."
    why = (
        "0.01 and 0.001 lie side by side on x, but one is ten times as probable: their logs are"
        " 2.3 apart, as are those of 0.1 and 0.01. The log turns factors into summands, which is"
        " what a slide rule does with lengths. A product of many numbers below one soon is too"
        " small for float32 and becomes 0, while the sum of their logs only grows in size. There"
        " is no power of e that is 0 or negative: log(0) is minus infinity, log(-2) no number."
    )

    def __init__(self, session: Any = None) -> None:
        super().__init__(session)
        self.curve = LineChart(
            lines=_lines("e"), across="x, a probability", up="log", moves=True, step=0.01
        )
        self.form = Form(
            [number("p", "x", 0.0001, 1, 0.0001), text("more", "log of"),
             choice("base", "Base of the curve", [(base, base) for base in log_numerics.BASES])],
            p=0.25, more="-2", base="e",
        )  # fmt: skip
        self.values = Table()
        self.runs_out = note()
        self.products = Table(header=["how many x", "their product", "sum of their logs"])
        self.rule = SlideRule()
        self.identity = Table(header=["", "number", "its log"])
        self.rule_note = note("A slide rule: move the tips. Lengths add, so numbers multiply.")
        top = plain(widgets.HBox, [self.curve, self.values], css="petwidgets-columns")
        self.body.children = [
            self.form, top, self.runs_out, self.products, self.rule_note, self.rule, self.identity,
        ]  # fmt: skip
        self.keep(self.form)
        self.curve.observe(self.guarded(lambda change: self.form.set(p=change["new"])), "at")
        self.form.observe(self.guarded(lambda _: self._draw()), "values")
        self.rule.observe(self.guarded(lambda _: self._draw()), ["a", "b"])
        self.guarded(self._draw)()

    def _draw(self) -> None:
        p, a, b, base = self.form["p"], self.rule.a, self.rule.b, self.form["base"]
        self._draw_curve(p, base)
        self._draw_products(p)
        self._draw_identity(a, b)
        more = number_of(self.form["more"])
        self.folds.code = logarithms(p, a, b, more, base)
        self.values.rows = [_logged(x, base) for x in (p, *SPECIAL)]
        if more != more:  # noqa: PLR0124 - nan
            raise Problem("The log needs a number: type one such as -2.")
        if more not in (p, *SPECIAL):
            self.values.rows = [*self.values.rows, _logged(more, base)]

    def _draw_curve(self, p: float, base: str) -> None:
        name = _name(base)
        with self.curve.hold_sync():
            self.curve.at, self.curve.lines = p, _lines(base)
        self.values.header = ["x", f"{name}(x)", f"-{name}(x)"]
        self.values.caption = "Live, in float32"
        if base != "e":  # another base only scales: every log is divided by one number
            over, under, found = (log_numerics.log(x, b) for x, b in _quotient(p, base))
            self.values.caption += (
                f": {name}({p:g}) = log({p:g}) / log({base}) = {figure(over)} / {figure(under)}"
                f" = {figure(found)}"
            )

    def _draw_products(self, p: float) -> None:
        end = log_numerics.runs_out(p)
        self.runs_out.value = (
            f"Live: after {counted(end, 'factor')} of {p:g} the product is below the smallest"
            " number that float32 holds in full (1.2e-38); soon it is 0. The sum of logs is"
            " not in danger."
            if end
            else f"A product of factors of {p:g} stays within float32, as far as was looked."
        )
        self.products.rows = [
            [str(n), figure(product), figure(total)]
            for n, product, total in log_numerics.products(p)
        ]

    def _draw_identity(self, a: float, b: float) -> None:
        found = log_numerics.identity(a, b)
        self.identity.rows = [
            ["a", figure(a), figure(found["log_a"])],
            ["b", figure(b), figure(found["log_b"])],
            ["a x b", figure(found["product"]), figure(found["log_product"])],
            ["log(a) + log(b)", "", figure(found["sum"])],
        ]


def _name(base: str) -> str:
    return "log" if base == "e" else f"log{base}"


def _quotient(x: float, base: str) -> tuple[tuple[float, str], ...]:
    """What log_b(x) is the quotient of, and itself: numbers with the base of their logarithm."""
    return (x, "e"), (float(base), "e"), (x, base)


def _logged(x: float, base: str) -> list[str]:
    log = log_numerics.log(x, base)
    return [figure(x), figure(log), figure(-log)]


def _lines(base: str) -> list[Line]:
    """The logarithm and its negative; of another base than e, the natural one beside them."""
    points, name = log_numerics.curve(base=base), _name(base)
    lines: list[Line] = [
        {"name": f"{name}(x)", "tone": "blue", "points": points},
        {"name": f"-{name}(x)", "tone": "red", "points": [(x, -y) for x, y in points]},
    ]
    natural: Line = {
        "name": "log(x), base e", "tone": "grey", "dashed": True, "points": log_numerics.curve()
    }  # fmt: skip
    return [*lines, *([natural] if base != "e" else [])]
