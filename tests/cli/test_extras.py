"""Without the extras every command says which ones it needs, in one line."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import typer
from typer.core import TyperGroup

from buckler.cli.extras import NEEDED
from buckler.cli.program import program
from tests.cli.running import surroundings

WORDS: Final = "buckler: {}This needs more than the bare package: pip install 'buckler[{}]'\n"
UNNAMED: Final = (
    "No app is named. Name yours as MODULE:APP: buckler drill main:app\nWithout a name it is the reference service. "
)
BARE: Final = """
import contextlib, io, json, sys

modules, lines = map(json.loads, sys.argv[1:])
# Neither found nor imported: as where they are not installed.
sys.modules.update(dict.fromkeys(modules))
from buckler.cli import main


def told(line):
    sys.argv = ["buckler", *line]
    with contextlib.redirect_stderr(io.StringIO()) as error, contextlib.redirect_stdout(error):
        try:
            main()
        except SystemExit as ended:
            return [ended.code, error.getvalue()]
        except BaseException as failure:
            return [repr(failure), error.getvalue()]
    return [0, error.getvalue()]


print(json.dumps([told(line) for line in lines]))
"""
"""One process for all of them: a command that is refused imports nothing that another could find."""


READ_A_LOG: Final = {("settings",), ("events", "trial"), ("events", "catalogue"), ("policy", "explain")}
"""Commands that may only have to read settings, or what a service wrote or may write: the bare package will do."""


def commands(group: Any, *path: str) -> Iterator[tuple[str, ...]]:
    """Every command that there is, with a word for each argument that it cannot do without."""
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from commands(command, *path, name)
        else:
            yield (*path, name, *("x" for each in command.params if each.required))


def test_every_command_names_the_extras_that_it_lacks(tmp_path: Path) -> None:
    """What would be typed next, and no traceback, whether or not the data folder is there."""
    lines = [line for line in commands(typer.main.get_command(program)) if line not in READ_A_LOG]
    assert {("serve",), ("backup", "x"), ("keys", "list"), ("users", "add", "x"), ("users", "list")} <= set(lines)
    # FastAPI itself cannot be imported without OpenTelemetry's API, where it has telemetry of its own.
    missing = sorted({module for modules in NEEDED.values() for module in modules} - {"opentelemetry"})
    done = subprocess.run(
        [sys.executable, "-c", BARE, json.dumps(missing), json.dumps(lines)],
        cwd=tmp_path, env=surroundings(), capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    told = dict(zip(lines, json.loads(done.stdout), strict=True))
    needed = {("serve",): "server,console", ("advisories", "sbom"): "advisories", ("drill",): "drill,console"}
    first = {("drill",): UNNAMED}
    assert told == {line: [1, WORDS.format(first.get(line, ""), needed.get(line, "accounts"))] for line in lines}
    assert list(tmp_path.iterdir()) == []
