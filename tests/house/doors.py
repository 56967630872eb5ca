"""Doors of the source: names that only some files may use, because a test must be able to hold them.

- Time and randomness come in through `clock.py` and `randomness.py` alone.
- Tests wait for conditions (`tests/waiting.py`); they never sleep for a while and hope.
- No file carries a name that says nothing.
"""

import ast
from collections.abc import Iterator, Sequence
from pathlib import PurePath

from tests.house.tree import Module

GUARDED_MODULES = {
    "time": "buckler/clock.py",
    "random": "buckler/randomness.py",
    "secrets": "buckler/randomness.py",
    "uuid": "buckler/randomness.py",
}
GUARDED_CALLS = {
    "datetime.now": "buckler/clock.py",
    "datetime.utcnow": "buckler/clock.py",
    "datetime.today": "buckler/clock.py",
    "date.today": "buckler/clock.py",
    "os.urandom": "buckler/randomness.py",
    "os.getrandom": "buckler/randomness.py",
}
TYPES_BEHIND_DOORS = {"UUID"}
"""Types of a guarded module that draw nothing: a UUID that somebody sent is a value like another."""
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "manager", "managers", "base", "common", "core", "misc"}
SLEEPERS = {"time.sleep", "asyncio.sleep", "anyio.sleep"}
PLACE_TO_WAIT = PurePath("tests/waiting.py")


def side_doors(modules: Sequence[Module]) -> list[str]:
    """Uses of time and randomness anywhere but at their doors."""
    return [
        f"{module.path}:{line}: {name} comes in through {door} alone"
        for module in modules
        for name, door, line in _guarded_uses(module)
        if not module.path.as_posix().endswith(door)
    ]


def empty_names(modules: Sequence[Module]) -> list[str]:
    """Files and folders whose name says nothing of what they hold."""
    return [
        f"{module.path}: {part!r} does not say what it holds"
        for module in modules
        for part in module.path.with_suffix("").parts
        if part.strip("_") in EMPTY_NAMES
    ]


def sleeps(modules: Sequence[Module]) -> list[str]:
    """Calls that let time pass. `asyncio.sleep(0)` only gives way to other tasks."""
    return [
        f"{module.path}:{node.lineno}: {dotted(node.func)} lets time pass; wait for a condition with tests/waiting.py"
        for module in modules
        if module.path != PLACE_TO_WAIT
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and dotted(node.func) in SLEEPERS and not _gives_way(node)
    ]


def imported(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every module that a file imports, with the line; `from a import b` gives `a`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module, node.lineno


def drawn_from(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """The same without the imports that take types alone."""
    types = {
        (node.module, node.lineno)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and {alias.name for alias in node.names} <= TYPES_BEHIND_DOORS
    }
    return (found for found in imported(tree) if found not in types)


def dotted(node: ast.expr) -> str:
    """`a.b.c` of an expression made of names, else an empty text."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return ""


def _guarded_uses(module: Module) -> Iterator[tuple[str, str, int]]:
    for name, line in drawn_from(module.tree):
        if name in GUARDED_MODULES:
            yield name, GUARDED_MODULES[name], line
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute):
            name = ".".join(dotted(node).split(".")[-2:])
            if name in GUARDED_CALLS:
                yield name, GUARDED_CALLS[name], node.lineno


def _gives_way(call: ast.Call) -> bool:
    return bool(call.args) and isinstance(call.args[0], ast.Constant) and call.args[0].value == 0
