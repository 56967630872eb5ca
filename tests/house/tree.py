"""Where the house stands, and the files that belong to it."""

import ast
import gc
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent


@dataclass(frozen=True, slots=True)
class Module:
    """A Python file, read and parsed. `path` is relative to the tree it was found in."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def lines(self) -> int:
        return self.text.count("\n")

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        """Every function and method, nested ones too."""
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def modules(root: Path, *folders: str) -> list[Module]:
    """The Python files below `folders` of `root`, sorted."""
    paths = sorted(path for folder in folders for path in (root / folder).rglob("*.py"))
    # All of it stays, and looking for garbage in it again and again would take thrice as long as reading it.
    gc.disable()
    try:
        texts = ((path.relative_to(root), path.read_text(encoding="utf-8")) for path in paths)
        return [Module(path, text, ast.parse(text)) for path, text in texts]
    finally:
        gc.enable()


def below(folder: str, tree: Iterable[Module]) -> list[Module]:
    """Those of them that stand in this folder."""
    found = [module for module in tree if module.path.parts[0] == folder]
    assert found, f"there is nothing in {folder}"
    return found


def run(*command: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program of this environment to its end; its output in `stdout`, errors included."""
    program, *rest = map(str, command)
    found = BIN / program
    return subprocess.run(
        [str(found) if found.exists() else program, *rest],
        cwd=cwd,
        env=clean_environment() | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )


def run_pytest(*arguments: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run pytest with the plugins that matter here; the others only cost their start."""
    plugins = ("-p", "pytest_asyncio.plugin", "-p", "xdist", "-p", "no:cacheprovider")
    return run("pytest", "-q", *plugins, *arguments, cwd=cwd, PYTEST_DISABLE_PLUGIN_AUTOLOAD="1", **environment)


def clean_environment() -> dict[str, str]:
    """This process's environment with the programs of `.venv` first, and nothing of pytest, coverage or a terminal.

    Bytecode is read where there is some and not written: files of a test come and go, some under one name.
    """
    own = ("PYTEST", "COV", "BUCKLER", "COLUMNS")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    return kept | {
        "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}",
        "NO_COLOR": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
