"""The requirements of ASVS 5.0.0 as this project tells them: `standards/asvs5.psv`."""

import re
from dataclasses import dataclass
from functools import cache

from tests.house.tree import ROOT

CHAPTERS = (
    "Encoding and sanitisation",
    "Validation and business logic",
    "Web front end",
    "APIs and web services",
    "Files",
    "Authentication",
    "Sessions",
    "Authorisation",
    "Self-contained tokens",
    "OAuth and OpenID Connect",
    "Cryptography",
    "Transport",
    "Configuration",
    "Data protection",
    "Coding and architecture",
    "Logging and errors",
    "WebRTC",
)


@dataclass(frozen=True, slots=True)
class Requirement:
    """One row. `kind` is the letter of its class: E, C, G, D or X."""

    id: str
    level: str
    kind: str
    room: str
    text: str

    @property
    def chapter(self) -> int:
        return int(self.id.split(".")[0])


@cache
def requirements() -> dict[str, Requirement]:
    """Every requirement by its id, in the order of the standard."""
    lines = (ROOT / "standards" / "asvs5.psv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("|") for line in lines if line and not line.startswith("#")]
    return {row[0]: Requirement(row[0], row[1], row[2], row[3], row[7]) for row in rows}


def objection(claim: str) -> str | None:
    """Why no test may claim `claim`, or None."""
    requirement = requirements().get(claim)
    if requirement is None:
        return f"ASVS 5.0.0 has no requirement {claim!r}"
    if requirement.kind == "X":
        return f"ASVS {claim} is out of scope: {requirement.text}"
    if requirement.kind == "D":
        return f"ASVS {claim} is explained in the docs, which no test can prove: name it there as 'ASVS {claim}'"
    return None


def named_in(text: str) -> set[str]:
    """The ids that a text names, as in 'ASVS 9.1.1' or 'ASVS 9.1.1, 9.1.2'."""
    runs = re.findall(r"ASVS ((?:\d+\.\d+\.\d+(?:, | and )?)+)", text)
    return {name for run in runs for name in re.findall(r"\d+\.\d+\.\d+", run)}
