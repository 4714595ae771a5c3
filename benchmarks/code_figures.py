"""Figures of Python code: how long its files and functions are, and how much of it is typed.

    python benchmarks/code_figures.py petwidgets FOLDER...

Lines of functions are counted from `def` to the last one, without docstrings.
"""

from __future__ import annotations

import argparse
import ast
from pathlib import Path
from statistics import median, quantiles

LONG = 200
"""Lines of a file that should not be more."""


def functions(tree: ast.AST) -> list[tuple[int, bool]]:
    """Lines of each function, and whether it declares what it returns."""
    found = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [(_lines(node), node.returns is not None) for node in found]


def _lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first = node.body[0]
    docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    said = (first.end_lineno or 0) - first.lineno + 1 if docstring else 0
    return (node.end_lineno or 0) - node.lineno + 1 - said


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    print(
        "| code | lines | files | above 200 lines | the longest | functions: median, 90 % | typed |"
    )
    print("|---|---|---|---|---|---|---|")
    for folder in parser.parse_args().folders:
        texts = [path.read_text("utf-8") for path in sorted(folder.rglob("*.py"))]
        lengths = [len(text.splitlines()) for text in texts if text.strip()]
        found = [one for text in texts for one in functions(ast.parse(text))]
        sizes = [lines for lines, _ in found]
        typed = sum(declared for _, declared in found) / len(found)
        cells = (
            f"{sum(lengths):,}", len(lengths), sum(n > LONG for n in lengths), max(lengths),
            f"{median(sizes):g}, {quantiles(sizes, n=10)[-1]:g}", f"{100 * typed:.0f} %",
        )  # fmt: skip
        print(f"| {folder.name} |", *(f"{cell} |" for cell in cells))


if __name__ == "__main__":
    main()
