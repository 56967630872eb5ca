"""What other tools say of an API, read into one form, and what a drill says of the same.

Only what a drill is there for counts: a server error, an injection, an object of others. What a tool remarks besides is
told and left.
"""

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

ATTACKS: Final[Mapping[str, frozenset[str]]] = {
    "server error": frozenset(("D410", "D413", "D414", "D415")),
    "hang": frozenset(("D410", "D504")),
    "SQL injection": frozenset(("D401",)),
    "command injection": frozenset(("D403", "D416")),
    "path traversal": frozenset(("D404",)),
    "header injection": frozenset(("D407",)),
    "markup": frozenset(("D411", "D412")),
    "open redirect": frozenset(("D606",)),
    "missing authentication": frozenset(("D101", "D102")),
    "object of others": frozenset(("D103", "D104")),
}
"""Which attacks of a drill find what. A kind that is not here is no matter for one."""
_OF_SCHEMATHESIS: Final = {
    "ServerError": "server error",
    "IgnoredAuth": "missing authentication",
    "ObjectLevelAuthorizationViolation": "object of others",
}
_OF_WAPITI: Final = {
    "Internal Server Error": "server error",
    "Resource consumption": "hang",
    "SQL Injection": "SQL injection",
    "Blind SQL Injection": "SQL injection",
    "Command execution": "command injection",
    "Path Traversal": "path traversal",
    "CRLF Injection": "header injection",
    "HTML Injection": "markup",
    "Stored HTML Injection": "markup",
    "Reflected Cross Site Scripting": "markup",
    "Stored Cross Site Scripting": "markup",
    "Open Redirect": "open redirect",
}
_PARAMETER: Final = re.compile(r"\\\{[^{}]*\\\}")


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that a tool says."""

    tool: str
    kind: str
    path: str
    """As the tool names it: a template, or a path with values in it."""
    words: str

    @property
    def matters(self) -> bool:
        """Whether a drill has to say it too."""
        return self.kind in ATTACKS


def of_schemathesis(report: Path) -> Iterator[Remark]:
    """From its report in JSON."""
    for failure in _read(report)["failures"]:
        kind = _OF_SCHEMATHESIS.get(failure["type"], failure["title"].lower())
        for operation in failure["operations"]:
            yield Remark("schemathesis", kind, operation.partition(" ")[2], f"{failure['title']} at {operation}")


def of_wapiti(report: Path) -> Iterator[Remark]:
    """From its report in JSON."""
    whole = _read(report)
    for category, found in {**whole["vulnerabilities"], **whole["anomalies"]}.items():
        for each in found:
            words = f"{category} at {each['method']} {each['path']}, {each['parameter'] or 'no parameter'}"
            yield Remark("wapiti", _OF_WAPITI.get(category, category.lower()), urlsplit(each["path"]).path, words)


def of_sqlmap(results: Path) -> Iterator[Remark]:
    """From its table of results, which it begins with the first target."""
    with results.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["Technique(s)"]:
                words = f"injectable at {row['Target URL']}, {row['Place']} {row['Parameter']}: {row['Technique(s)']}"
                yield Remark("sqlmap", "SQL injection", urlsplit(row["Target URL"]).path.replace("*", ""), words)


def is_told(remark: Remark, findings: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a drill found that too: by an attack of that kind, at that route or everywhere."""
    return any(
        each["attack"] in ATTACKS.get(remark.kind, ()) and _is_there(each["route"], remark.path) for each in findings
    )


def findings_in(report: Path) -> Sequence[Mapping[str, Any]]:
    """Those of a drill, from its report in JSON."""
    found: Sequence[Mapping[str, Any]] = _read(report)["findings"]
    return found


def _is_there(route: str, path: str) -> bool:
    template = route.partition(" ")[2]
    pattern = _PARAMETER.sub("[^/]+", re.escape(template))
    return route == "*" or path == template or re.fullmatch(pattern, path) is not None


def _read(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))
