"""How large a file and a function may be. What outgrows it usually holds two ideas."""

import ast
from collections.abc import Sequence
from statistics import median, quantiles

from tests.house.tree import Module

LONGEST_FILE = 350
MEDIAN_FILE = 120
LONGEST_FUNCTION = 50
LONG_FUNCTION = 25
"""Nine functions in ten are no longer."""
MEDIAN_FUNCTION = 8


def too_long(modules: Sequence[Module]) -> list[str]:
    """Every file and function over its limit."""
    files = [f"{it.path}: {it.lines} lines, at most {LONGEST_FILE}" for it in modules if it.lines > LONGEST_FILE]
    functions = [
        f"{module.path}:{function.lineno}: {function.name} has {length} lines, at most {LONGEST_FUNCTION}"
        for module in modules
        for function in module.functions()
        if (length := _length(function)) > LONGEST_FUNCTION
    ]
    return files + functions


def out_of_proportion(modules: Sequence[Module]) -> list[str]:
    """What is too long on the whole: the median file, the median function, the ninth function in ten."""
    files = [module.lines for module in modules if module.lines > 1]
    functions = [_length(function) for module in modules for function in module.functions()]
    measured = (
        ("the median file", median(files), MEDIAN_FILE),
        ("the median function", median(functions), MEDIAN_FUNCTION),
        ("nine functions in ten", quantiles(functions, n=10)[-1], LONG_FUNCTION),
    )
    return [f"{what}: {size:g} lines, at most {limit}" for what, size, limit in measured if size > limit]


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1
