"""What an endpoint reads of a request beside what its signature says: its source shows it, and no document can."""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

UNSAID: Final = "x-unsaid"
"""Marks the schema of a body whose fields no document offers."""
_READS: Final = frozenset(("get", "getlist"))


@dataclass(frozen=True, slots=True)
class Unsaid:
    """The names that an endpoint asks for, each once."""

    query: tuple[str, ...] = ()
    """Of `request.query_params`."""
    body: tuple[str, ...] = ()
    """Of parameters that take any object: `data: dict`."""


def read_source(endpoint: Callable[..., Any]) -> Unsaid:
    """What the source of an endpoint shows; nothing where it is not there."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(endpoint))))
    except (OSError, TypeError, SyntaxError, ValueError):
        return Unsaid()
    nodes = list(ast.walk(tree))
    open_ = frozenset(each.arg for each in nodes if isinstance(each, ast.arg) and _takes_anything(each.annotation))
    asked = [found for node in nodes for found in _asked(node)]
    query = (name for of, name in asked if isinstance(of, ast.Attribute) and of.attr == "query_params")
    body = (name for of, name in asked if isinstance(of, ast.Name) and of.id in open_)
    return Unsaid(tuple(dict.fromkeys(query)), tuple(dict.fromkeys(body)))


def _asked(node: ast.AST) -> Iterator[tuple[ast.expr, str]]:
    """What is asked for which name: `this.get("name")`, `this["name"]`."""
    match node:
        case ast.Call(func=ast.Attribute(value=of, attr=attr), args=[ast.Constant(value=str(name)), *_]):
            if attr in _READS:
                yield of, name
        case ast.Subscript(value=of, slice=ast.Constant(value=str(name))):
            yield of, name
        case _:
            pass


def _takes_anything(annotation: ast.expr | None) -> bool:
    outer = annotation.value if isinstance(annotation, ast.Subscript) else annotation
    return isinstance(outer, ast.Name) and outer.id in ("dict", "Dict", "Mapping")
