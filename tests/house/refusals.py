"""Where each refusal is made: `Refusal(<status>, "<code>", ...)` in the source, and the page that lists them.

A code may stand there as a constant of the module. One that is put together at run time has no row of its own, only
its file. A copy of a refusal (`limited.code`) is made where the first one is.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.house.tree import Module, modules

_ROW = re.compile(r"^\| `(?P<code>[a-z0-9-]+)` \| (?P<status>[0-9]{3}) \| `(?P<file>[\w/]+\.py)` \|", re.MULTILINE)
_MADE = re.compile(r"^\| `(?P<file>[\w/]+\.py)` \|", re.MULTILINE)
Place = tuple[str, int, str]
"""Code, status, file."""


def refusals(root: Path) -> tuple[set[Place], set[str]]:
    """What the source of `root` refuses with; and the files that put a code together."""
    found = [(module, call) for module in modules(root, ".") for call in _calls(module)]
    stated = {place for module, call in found if (place := _place(module, call)) is not None}
    return stated, {module.path.as_posix() for module, call in found if _place(module, call) is None}


def rows(page: str) -> tuple[set[Place], set[str]]:
    """The same as a page tells it."""
    stated = {(row["code"], int(row["status"]), row["file"]) for row in _ROW.finditer(page)}
    return stated, {row["file"] for row in _MADE.finditer(page)}


def _calls(module: Module) -> Iterator[ast.Call]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Refusal" and not _is_copy(node):
            yield node


def _is_copy(call: ast.Call) -> bool:
    return isinstance(call.args[1], ast.Attribute) and call.args[1].attr == "code"


def _place(module: Module, call: ast.Call) -> Place | None:
    status, code = (_constant(module.tree.body, argument) for argument in call.args[:2])
    return (code, status, module.path.as_posix()) if isinstance(status, int) and isinstance(code, str) else None


def _constant(body: Iterable[ast.stmt], argument: ast.expr) -> object:
    """The value of a constant, or of a name that the module gives to one."""
    if isinstance(argument, ast.Name):
        for node in body:
            if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == argument.id and node.value is not None:
                return _constant((), node.value)
    return argument.value if isinstance(argument, ast.Constant) else None
