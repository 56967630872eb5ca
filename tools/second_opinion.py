"""Ask other tools about the reference service, and see whether a drill says what they say.

    python -m tools.second_opinion

schemathesis with two people, wapiti and sqlmap, one after the other, 90 seconds each at most, on loopback. The exit
code is 1 where one of them found what a drill did not, or could not be run.
"""

import json
import ssl
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from urllib.request import Request, urlopen

from tools.opinions.reading import Remark, findings_in, is_told
from tools.opinions.scanners import SCANNERS, Aim, Opinion
from tools.served import BUCKLER, POLICY, ROOT, Served, served

_TWO: Final = ("reader@example.com", "reader-2@example.com")
_ADMINISTRATOR: Final = "admin@example.com"
_MOST_ROWS: Final = 8
"""Of what one tool remarks besides."""


def main() -> int:
    """Every tool, then a drill, then the table."""
    with TemporaryDirectory(prefix="opinions-") as made:
        folder = Path(made)
        opinions: list[Opinion] = []
        for scan in SCANNERS:
            print(f"== {scan.__name__}", flush=True)
            own, data = folder / scan.__name__, folder / f"{scan.__name__}-service"
            own.mkdir()
            data.mkdir()
            with served(data) as service:
                opinions.append(scan(_aim(service), own))
        findings = _drilled(folder) if any(each.matters for said in opinions for each in said.remarks) else ()
    for line in table(opinions, findings):
        print(line)
    return verdict(opinions, findings)


def table(opinions: Sequence[Opinion], findings: Sequence[Mapping[str, Any]]) -> list[str]:
    """A row for each remark: the tool, what it says, and whether the drill says it."""
    rows = [("tool", "what it found", "the drill")]
    for opinion in opinions:
        rows += _rows(opinion, findings)
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    return [f"{tool:<{widths[0]}}  {words:<{widths[1]}}  {said}" for tool, words, said in rows]


def verdict(opinions: Sequence[Opinion], findings: Sequence[Mapping[str, Any]]) -> int:
    """1 where a tool found what the drill did not, or said nothing; else 0."""
    missed = [each for said in opinions for each in said.remarks if each.matters and not is_told(each, findings)]
    return int(bool(missed) or any(said.failure for said in opinions))


def _rows(opinion: Opinion, findings: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, str]]:
    notes = f" ({opinion.notes})" if opinion.notes else ""
    if opinion.failure:
        return [(opinion.tool, f"DID NOT RUN: {opinion.failure}", "")]
    if not opinion.remarks:
        return [(opinion.tool, f"nothing{notes}", "")]
    weighty = [each for each in opinion.remarks if each.matters]
    others = [each for each in opinion.remarks if not each.matters]
    rows = [(each.tool, f"{each.kind}: {each.words}", _said(each, findings)) for each in weighty]
    rows += [(each.tool, each.words, "no matter for it") for each in others[:_MOST_ROWS]]
    if len(others) > _MOST_ROWS:
        rows.append((opinion.tool, f"and {len(others) - _MOST_ROWS} like these", "no matter for it"))
    return rows


def _said(remark: Remark, findings: Sequence[Mapping[str, Any]]) -> str:
    return "says it too" if is_told(remark, findings) else "MISSED IT"


def _drilled(folder: Path) -> Sequence[Mapping[str, Any]]:
    """What a drill finds at the same service."""
    report = folder / "drill.json"
    (folder / "drilled").mkdir()
    with served(folder / "drilled") as service:
        words = [service.origin, "--ca", str(service.authority), "--options", str(service.options), "--writes"]
        command = [BUCKLER, "drill", *words, "--policy", str(POLICY), "--output", str(report), "--fail-on", "never"]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return findings_in(report)


def _aim(service: Served) -> Aim:
    """Two people who are signed in, and an administrator with a note."""
    trust = ssl.create_default_context(cafile=service.authority)

    def ask(path: str, body: Mapping[str, str] | None = None, token: str = "") -> Any:
        fields = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(service.origin + path, data, fields), context=trust, timeout=20) as answer:  # noqa: S310
            return json.load(answer)

    passwords = service.passwords
    tokens = {
        name: ask("/auth/sign-in", {"name": name, "password": passwords[name]})["access_token"]
        for name in (*_TWO, _ADMINISTRATOR)
    }
    administrator = tokens.pop(_ADMINISTRATOR)
    note = ask("/notes", {"text": "to be looked at"}, administrator)
    examples = {"note": str(note["id"]), "account": str(ask("/auth/me", token=administrator)["id"])}
    return Aim(service.origin, service.authority, ask("/openapi.json"), tokens, administrator, examples)


if __name__ == "__main__":
    sys.exit(main())
