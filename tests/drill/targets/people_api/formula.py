"""Formulas of a bonus: reckoned by their shape, or left to the interpreter."""

import ast
import operator
from collections.abc import Callable

LARGEST = 1e12
OPERATIONS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: lambda left, right: left / right,
}


class BadFormula(Exception):
    """It is none."""


def evaluated(expression: str, salary: int) -> str:
    """By the interpreter."""
    try:
        return str(eval(expression, {"salary": salary}))  # noqa: S307
    except Exception as error:  # whatever somebody wrote
        raise BadFormula from error


def reckoned(expression: str, salary: int) -> str:
    """By what it is made of: numbers, `salary`, four operations."""
    try:
        return f"{_value(ast.parse(expression, mode='eval').body, salary):.2f}"
    except (SyntaxError, ValueError, RecursionError, MemoryError, ArithmeticError) as error:
        raise BadFormula from error


def _value(node: ast.expr, salary: int) -> float:
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return _bounded(float(number))
        case ast.Name(id="salary"):
            return float(salary)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, salary)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATIONS:
            return _bounded(OPERATIONS[type(op)](_value(left, salary), _value(right, salary)))
        case _:
            raise BadFormula


def _bounded(number: float) -> float:
    if not abs(number) <= LARGEST:
        raise BadFormula
    return number
