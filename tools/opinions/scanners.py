"""Tools of others, each run against one service on this machine, for a bounded time.

Credentials and what ends a session are left out where a tool would only end its own: it would be limited, or signed
out, before it came to anything. No tool asks anything outside this machine.
"""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from tools.opinions.reading import Remark, of_schemathesis, of_sqlmap, of_wapiti

SECONDS: Final = 90
"""For each of them."""
TOOLS: Final = Path(__file__).parents[2] / ".venv-tools" / "bin"
"""Where wapiti and sqlmap are."""
_SPOILING: Final = re.compile(
    r"logout|erase|sessions|disable|enable|roles|register|reset|confirm|sign-in|token|refresh|first-|invit|/me/"
)
_NOT_TO_GUESS: Final = frozenset(("cursor",))
"""Optional, sealed by the service, and a reason to refuse all else in the same request."""
_NOWHERE: Final = "http://127.0.0.1:9"
"""Where nothing listens: what wapiti would ask a server of its makers about."""
_CHECKS: Final = "not_a_server_error,response_schema_conformance,ignored_auth,unsupported_method"


@dataclass(frozen=True, slots=True)
class Aim:
    """What they are run against."""

    origin: str
    authority: Path
    document: Mapping[str, Any]
    tokens: Mapping[str, str]
    """Of two people with the same rights, by name."""
    administrator: str
    """The token of somebody who may do everything: whoever injects has to come in first."""
    examples: Mapping[str, str]
    """A value for a parameter of a path, by its name: what belongs to the administrator."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one of them said."""

    tool: str
    remarks: tuple[Remark, ...] = ()
    failure: str = ""
    """Why it said nothing; empty where it said what it had to."""
    notes: str = ""


class Scanner(Protocol):
    """Runs one of them. What it leaves goes into the folder."""

    __name__: str

    def __call__(self, aim: Aim, folder: Path, /) -> Opinion: ...


def schemathesis(aim: Aim, folder: Path) -> Opinion:
    """Requests made up from the document as one person, who leaves the credential out at times."""
    command = _made_up(aim, folder, ("-H", _shown(next(iter(aim.tokens.values())))), _CHECKS)
    return _opinion("schemathesis", command, folder, folder / "report.json", of_schemathesis)


def schemathesis_of_two(aim: Aim, folder: Path) -> Opinion:
    """The same as two people, who must not see each other's objects.

    It then leaves out one way of two to show who is there, and calls that no credential: not asked for here.
    """
    people = [
        {"name": name, "fixedHeaders": [{"name": "Authorization", "value": f"Bearer {token}"}]}
        for name, token in aim.tokens.items()
    ]
    _write(folder / "people.yaml", {"auth": people})
    names = list(aim.tokens)
    told = f'[auth.wfc]\npath = "people.yaml"\nuser = {json.dumps(names[0])}\npeers = {json.dumps(names)}\n'
    (folder / "schemathesis.toml").write_text(told, encoding="utf-8")
    command = _made_up(aim, folder, (), "not_a_server_error,object_level_authorization")
    return _opinion("schemathesis, two people", command, folder, folder / "report.json", of_schemathesis)


def _made_up(aim: Aim, folder: Path, more: tuple[str, ...], checks: str) -> tuple[str, ...]:
    document = _write(folder / "document.json", _kept(aim))
    program = str(Path(sys.executable).with_name("schemathesis"))
    options = ("--url", aim.origin, "--tls-verify", str(aim.authority), "--checks", checks, "--max-examples", "15")
    bounds = ("--seed", "1", "--no-shrink", "--warnings", "off", "--request-timeout", "10")
    report = ("--report", "json", "--report-json-path", str(folder / "report.json"))
    return (program, "run", str(document), *options, *bounds, *report, *more)


def wapiti(aim: Aim, folder: Path, tools: Path = TOOLS) -> Opinion:
    """Injections of every kind that needs no server outside, into whatever the document names."""
    document = _write(folder / "document.json", _kept(aim))
    options = ("-u", f"{aim.origin}/", "--swagger", str(document), "-H", _shown(aim.administrator), "--verify-ssl", "0")
    modules = ("-m", "sql,timesql,exec,file,crlf,redirect,xss,permanentxss", "--endpoint", _NOWHERE)
    bounds = ("--max-scan-time", str(SECONDS // 3), "--max-attack-time", "7", "-t", "5", "--scope", "domain")
    kept = ("--store-session", str(folder), "--store-config", str(folder), "--flush-session", "--no-bugreport")
    report = ("-f", "json", "-o", str(folder / "report.json"))
    command = (str(tools / "wapiti"), *options, *modules, *bounds, *kept, *report)
    return _opinion("wapiti", command, folder, folder / "report.json", of_wapiti)


def sqlmap(aim: Aim, folder: Path, tools: Path = TOOLS) -> Opinion:
    """SQL into every parameter that the document names, by what answers tell."""
    document = _write(folder / "document.json", _kept(aim))
    options = (
        f"--openapi={document}",
        f"--openapi-base={aim.origin}",
        f"--headers={_shown(aim.administrator)}",
        "--batch",
    )
    bounds = ("--level=1", "--risk=1", "--technique=BEU", "--timeout=5", "--retries=0", f"--time-limit={SECONDS - 5}")
    report = (f"--output-dir={folder}", f"--results-file={folder / 'results.csv'}", "--disable-coloring")
    command = (str(tools / "sqlmap"), *options, *bounds, *report)
    return _opinion("sqlmap", command, folder, folder / "results.csv", of_sqlmap)


SCANNERS: Final[tuple[Scanner, ...]] = (schemathesis, schemathesis_of_two, wapiti, sqlmap)


def _opinion(
    tool: str, command: tuple[str, ...], folder: Path, report: Path, read: Callable[[Path], Iterator[Remark]]
) -> Opinion:
    """Run it, and read what it wrote. One that is not there, or wrote nothing, has failed: it is not content."""
    if not Path(command[0]).exists():
        return Opinion(tool, failure=f"{command[0]} is not there: make tools installs it")
    notes = ""
    with (folder / "printed").open("wb") as printed:
        try:
            subprocess.run(command, cwd=folder, stdout=printed, stderr=subprocess.STDOUT, timeout=SECONDS, check=False)
        except subprocess.TimeoutExpired:
            notes = f"cut off after {SECONDS} s"
    if not report.exists():
        last = (folder / "printed").read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
        return Opinion(
            tool, failure=f"it wrote no report: {' '.join(last) or notes or 'and said nothing'}", notes=notes
        )
    return Opinion(tool, tuple(dict.fromkeys(read(report))), notes=notes)


def _kept(aim: Aim) -> Mapping[str, Any]:
    """The document without what spoils a scan, and with an example for each parameter of a path that is known."""
    paths = {path: item for path, item in aim.document["paths"].items() if not _SPOILING.search(path)}
    whole: dict[str, Any] = {**aim.document, "paths": paths, "servers": [{"url": aim.origin}]}
    found: Mapping[str, Any] = json.loads(json.dumps(whole), object_hook=lambda each: _fillable(each, aim.examples))
    return found


def _fillable(each: dict[str, Any], examples: Mapping[str, str]) -> dict[str, Any]:
    """A part of the document that a tool can fill in: with an example, and without what only the service can make."""
    if isinstance(each.get("parameters"), list):
        each["parameters"] = [one for one in each["parameters"] if one.get("name") not in _NOT_TO_GUESS]
    known = each.get("in") == "path" and examples.get(str(each.get("name")))
    return {**each, "example": known} if known else each


def _shown(token: str) -> str:
    return f"Authorization: Bearer {token}"


def _write(file: Path, content: object) -> Path:
    file.write_text(json.dumps(content), encoding="utf-8")
    return file
