"""Asks an advisory database over the network, through pip-audit.

pip-audit runs as a process of its own, for a bounded time, on exact versions: it resolves and installs nothing. Its
answer is not taken as a whole, for it ends well and knows of no flaw even where it could ask about nothing. Only a
package that stands in the answer with its version was audited.
"""

import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from packaging.version import Version
from pydantic import BaseModel, Field, ValidationError

from buckler.advisories.flaws import Flaw
from buckler.advisories.packages import Package, Unaudited, normalised
from buckler.redact import plain

SOURCE: Final = "pip-audit"
# -P: a file of this name in the current folder is not taken for it.
_PROGRAM: Final = (sys.executable, "-P", "-m", "pip_audit")
_OPTIONS: Final = (
    *("--format", "json", "--desc", "on", "--aliases", "on", "--progress-spinner", "off"),
    # Exact versions are asked about, and nothing is resolved.
    *("--no-deps", "--disable-pip"),
)
_ENDED_WELL: Final = (0, 1)
"""1 where it found something."""

Said = tuple[int, str, str]
"""Exit code, output, and what stood on the error stream."""
Runner = Callable[[list[str], float], Said]


class _Vulnerability(BaseModel):
    id: str
    fix_versions: list[str] = Field(default_factory=list[str])
    aliases: list[str] = Field(default_factory=list[str])
    description: str | None = None


class _Dependency(BaseModel):
    name: str
    version: str = ""
    skip_reason: str = ""
    vulns: list[_Vulnerability] = Field(default_factory=list[_Vulnerability])


class _Answer(BaseModel):
    dependencies: list[_Dependency]


@dataclass(slots=True)
class Asked:
    """What was learnt."""

    flaws: list[Flaw] = field(default_factory=list[Flaw])
    unaudited: list[Unaudited] = field(default_factory=list[Unaudited])


def run_bounded(command: list[str], seconds: float) -> Said:
    """The program to its end, or until the time is over: it is then ended. Raises `TimeoutExpired`."""
    done = subprocess.run(  # noqa: S603 - our own line, around a file of our own
        command,
        capture_output=True,
        timeout=seconds,
        check=False,
        text=True,
        errors="replace",
        stdin=subprocess.DEVNULL,
    )
    return done.returncode, done.stdout, done.stderr


def ask(packages: Iterable[Package], seconds: float, run: Runner = run_bounded) -> Asked:
    """What is known of these packages, within so many seconds for each run."""
    asked = Asked()
    for batch in _batches(packages):
        _ask_about(batch, seconds, run, asked)
    return asked


def _batches(packages: Iterable[Package]) -> Iterator[list[Package]]:
    """Each name once in each: pip-audit refuses a file that names two versions of one package, as locks do."""
    left: list[Package] = list(packages)
    while left:
        batch = {each.name: each for each in reversed(left)}
        yield list(batch.values())
        left = [each for each in left if batch[each.name] is not each]


def _ask_about(batch: list[Package], seconds: float, run: Runner, asked: Asked) -> None:
    with TemporaryDirectory(prefix="buckler-") as folder:
        file = Path(folder, "requirements.txt")
        file.write_text("".join(f"{each.name}=={each.comparable}\n" for each in batch), encoding="utf-8")
        try:
            code, output, errors = run([*_PROGRAM, *_OPTIONS, "--requirement", str(file)], seconds)
        except subprocess.TimeoutExpired:
            _none_of(batch, f"pip-audit had no answer within {seconds:g} seconds", asked)
            return
    try:
        answer = _Answer.model_validate_json(output)
    except ValidationError:
        _none_of(batch, f"pip-audit failed: {_last_error(errors)}", asked)
        return
    if code not in _ENDED_WELL:
        _none_of(batch, f"pip-audit ended with exit code {code}: {_last_error(errors)}", asked)
        return
    told = {normalised(each.name): each for each in answer.dependencies}
    for package in batch:
        _note(package, told.get(package.name), asked)


def _note(package: Package, told: _Dependency | None, asked: Asked) -> None:
    reason = _why_not(package, told)
    if told is None or reason:
        asked.unaudited.append(Unaudited(package.name, package.version, reason))
        return
    asked.flaws += [
        Flaw(
            package,
            frozenset(plain(name) for name in (each.id, *each.aliases)),
            "unknown",
            plain((each.description or "").strip()[:160]),
            _lowest(each.fix_versions, package),
            SOURCE,
        )
        for each in told.vulns
    ]


def _why_not(package: Package, told: _Dependency | None) -> str:
    """Why it was not audited, whatever the answer as a whole says; empty where it was."""
    if told is None:
        return "pip-audit did not mention it"
    if told.skip_reason:
        return "PyPI does not have it" if "not found on PyPI" in told.skip_reason else plain(told.skip_reason)
    return "" if told.version == str(package.comparable) else "pip-audit spoke of another version"


def _lowest(versions: list[str], package: Package) -> str:
    here = package.comparable
    above = [each for each in map(Version, versions) if here is None or each > here]
    return str(min(above)) if above else ""


def _none_of(batch: list[Package], reason: str, asked: Asked) -> None:
    asked.unaudited += [Unaudited(each.name, each.version, reason) for each in batch]


def _last_error(errors: str) -> str:
    """The last line it said; a traceback ends with its reason."""
    lines = [line for line in errors.splitlines() if line.strip()]
    return plain(lines[-1].strip()) if lines else "it said nothing"
