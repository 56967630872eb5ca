"""What the package tells: every call that names an event, read from its source without running it."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.house.tree import Module

LOG = frozenset({"emit", "note", "keep", "soon"})
"""Methods of the log: they take the name of an event, and then what it says."""
TELLING = LOG | {"_tell", "_emit", "_note"}
"""And what hands a name on to one of them."""
_RECEIVERS = frozenset({"_events", "events", "_journal", "journal", "_log"})
NO_FIELDS = frozenset({"exchange", "connection"})
UNREAD = "**"
"""Stands for fields that cannot be read from the source."""


@dataclass(frozen=True, slots=True)
class Told:
    """A call: where, which event, and what it says of it."""

    place: str
    """File and function."""
    name: str | None
    """None: it is not in the source, as it comes from elsewhere."""
    way: str
    fields: frozenset[str]


def calls(modules: Sequence[Module]) -> Iterator[Told]:
    """Every call that tells an event, or might."""
    constants = {_dotted(module): _constants(module.tree) for module in modules}
    for module in modules:
        known = constants[_dotted(module)] | _imported(module.tree, constants)
        for function in module.functions():
            place = f"{module.path.as_posix().removeprefix('src/buckler/')}:{function.name}"
            for node in _own(function):
                if isinstance(node, ast.Call) and _called(node) in TELLING:
                    name = _named(node, known)
                    if name is not None or _is_to_log(node):
                        yield Told(place, name, _called(node), _fields(node, function))


def mentioned(modules: Sequence[Module], names: frozenset[str]) -> frozenset[str]:
    """The names that stand anywhere as a text of their own: what a refusal tells, too."""
    return frozenset(
        node.value
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in names
    )


def _own(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.AST]:
    """What stands in a function, without the functions in it that have a name."""
    waiting: list[ast.AST] = [*function.body]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            waiting += ast.iter_child_nodes(node)


def _called(call: ast.Call) -> str:
    where = call.func
    return where.attr if isinstance(where, ast.Attribute) else where.id if isinstance(where, ast.Name) else ""


def _is_to_log(call: ast.Call) -> bool:
    """Whether it is a method of what is called a log."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in LOG:
        return False
    receiver = call.func.value
    name = receiver.attr if isinstance(receiver, ast.Attribute) else getattr(receiver, "id", "")
    return name in _RECEIVERS


def _named(call: ast.Call, constants: dict[str, str]) -> str | None:
    for each in call.args[:2]:
        name = each.value if isinstance(each, ast.Constant) else constants.get(getattr(each, "id", ""))
        if isinstance(name, str) and _looks_like_one(name):
            return name
    return None


def _looks_like_one(name: str) -> bool:
    begins = ("authn_", "authz_", "csp_", "excess_", "input_", "malicious_", "privilege_", "session_", "sys_", "user_")
    return name.isidentifier() and name.startswith(begins)


def _dotted(module: Module) -> str:
    return ".".join(module.path.with_suffix("").parts[1:])


def _constants(tree: ast.Module) -> dict[str, str]:
    """Texts that a module gives a name."""
    found: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            value = node.value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                found[node.target.id] = value.value
    return found


def _imported(tree: ast.Module, constants: dict[str, dict[str, str]]) -> dict[str, str]:
    """Those of other modules, by the names that they have here."""
    return {
        each.asname or each.name: constants[node.module][each.name]
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module in constants
        for each in node.names
        if each.name in constants[node.module]
    }


def _fields(call: ast.Call, function: ast.FunctionDef | ast.AsyncFunctionDef) -> frozenset[str]:
    found: set[str] = set()
    for each in call.keywords:
        if each.arg is not None:
            found.add(each.arg)
        elif isinstance(each.value, ast.Name):
            found |= _members_of(each.value.id, call.lineno, function)
        else:
            found.add(UNREAD)
    return frozenset(found - NO_FIELDS)


def _members_of(name: str, before: int, function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    """The members that a function has given a dictionary of its own before that line."""
    found: set[str] = set()
    steps = [node for node in ast.walk(function) if isinstance(node, ast.Assign | ast.AugAssign)]
    for node in sorted(steps, key=lambda each: each.lineno):
        for target in node.targets if isinstance(node, ast.Assign) else (node.target,):
            if node.lineno >= before:
                continue
            if isinstance(target, ast.Name) and target.id == name:
                given = _literal(node.value)
                found = given if isinstance(node, ast.Assign) else found | given
            elif isinstance(target, ast.Subscript) and getattr(target.value, "id", "") == name:
                found.add(str(target.slice.value) if isinstance(target.slice, ast.Constant) else UNREAD)
    return found or {UNREAD}


def _literal(value: ast.expr | None) -> set[str]:
    if isinstance(value, ast.Dict):
        return {
            key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else UNREAD for key in value.keys
        }
    if isinstance(value, ast.Call) and _called(value) == "dict" and not value.args:
        return {each.arg or UNREAD for each in value.keywords}
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.BitOr):
        return _literal(value.left) | _literal(value.right)
    if isinstance(value, ast.IfExp):
        return _literal(value.body) | _literal(value.orelse)
    return {UNREAD}


def handed_on(modules: Sequence[Module], callee: str) -> frozenset[str]:
    """What callers give a function by name, which it hands on as what an event says."""
    found: set[str] = set()
    for module in modules:
        for function in module.functions():
            for node in _own(function):
                if isinstance(node, ast.Call) and _called(node) == callee:
                    found |= _fields(node, function)
    return frozenset(found)
