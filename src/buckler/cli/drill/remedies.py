"""What to write instead, where an app could not be brought up: the variable that it misses, or where the app is.

Nothing is imported for it. Python files of the folder are read, as somebody would who looks for the app.
"""

import ast
import os
import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import islice
from pathlib import Path
from typing import Final

from buckler.cli.drill.missed_settings import settings_in, variable_of

_NOT_THERE: Final = re.compile(r"there is no (module|such file)|no FastAPI app named|makes no app")
_MISSED: Final = re.compile(r"KeyError: '([A-Z][A-Z0-9_]+)'|^(\w+)\n +Field required", re.MULTILINE)
"""What `os.environ` says, and what pydantic says of settings."""
_NOT_THEIRS: Final = frozenset(("node_modules", "site-packages", "__pycache__", "venv", "tests"))
_MOST_FILES: Final = 500
_LARGEST: Final = 200_000
_SHOWN: Final = 3


def remedy(refusal: str, folder: Path, failure: BaseException | None = None) -> str:
    """A line for whoever reads the refusal; empty where nothing is known. `failure` is what it was raised from."""
    if missed := _MISSED.findall(refusal):
        return f"The app misses what its environment says elsewhere. Say it here: {_variables(missed, failure)}"
    if _NOT_THERE.search(refusal) and (there := list(apps_in(folder))):
        named = re.split(r"[(\s]", refusal, maxsplit=1)[0].rstrip(":")
        module = named.partition(":")[0].removesuffix(".py").replace("/", ".") + ":"
        there.sort(key=lambda each: (not each.startswith(module), -SequenceMatcher(None, named, each).ratio()))
        return f"In this folder there is: {', '.join(there[:_SHOWN])}"
    return ""


def _variables(missed: list[tuple[str, str]], failure: BaseException | None) -> str:
    """The options that say them. Where the settings cannot be looked at, that their names may begin otherwise."""
    settings = settings_in(failure)
    names = list(dict.fromkeys(name or variable_of(field, settings) for name, field in missed))
    said = " ".join(f"--env {name}=..." for name in names[:_SHOWN])
    may_begin = settings is None and any(field for _, field in missed)
    return said + " (with the env_prefix of its settings before it, where they have one)" * may_begin


def apps_in(folder: Path) -> Iterator[str]:
    """`MODULE:APP` of each app, and of each function that makes one and needs nothing for it."""
    for file in islice(_files(folder), _MOST_FILES):
        try:
            tree = ast.parse(file.read_bytes()) if file.stat().st_size <= _LARGEST else None
        except (OSError, SyntaxError, ValueError, RecursionError):
            continue
        parts = file.relative_to(folder).with_suffix("").parts
        module = ".".join(parts[:-1] if parts[-1] == "__init__" and parts[1:] else parts)
        yield from (f"{module}:{name}" for name in _named_in(tree.body if tree else []))


def _files(folder: Path) -> Iterator[Path]:
    for where, folders, files in os.walk(folder):
        folders[:] = sorted(each for each in folders if each.isidentifier() and each not in _NOT_THEIRS)
        yield from (Path(where, each) for each in sorted(files) if each.endswith(".py") and each[:-3].isidentifier())


def _named_in(body: list[ast.stmt]) -> Iterator[str]:
    functions = [each for each in body if isinstance(each, ast.FunctionDef)]
    makers = [each for each in functions if any(_calls(node, "FastAPI") for node in ast.walk(each))]
    names = ("FastAPI", *(each.name for each in makers))
    for each in body:
        if isinstance(each, ast.Assign) and _calls(each.value, *names):
            yield from (target.id for target in each.targets if isinstance(target, ast.Name))
        elif isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name) and _calls(each.value, *names):
            yield each.target.id
        elif each in makers and isinstance(each, ast.FunctionDef) and not _needs(each.args):
            yield each.name


def _calls(node: ast.AST | None, *names: str) -> bool:
    called = node.func if isinstance(node, ast.Call) else None
    return (called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")) in names


def _needs(arguments: ast.arguments) -> bool:
    positional = len(arguments.posonlyargs) + len(arguments.args)
    return positional > len(arguments.defaults) or None in arguments.kw_defaults
