"""What is judged: packages, where the list of them comes from, and what cannot be judged."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from packaging.utils import canonicalize_name
from packaging.version import Version

from buckler.errors import ConfigurationError
from buckler.redact import plain

_NAME: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
NO_NAME: Final = "no index can have a package of this name"
PYPI: Final = "https://pypi.org/"
"""The one index that is asked about what it has."""


def on_one_line(text: str) -> str:
    """The whole text, with what breaks lines or moves a cursor escaped: `plain` shortens, which names no package."""
    return "".join(each if each.isprintable() else plain(each) for each in text)


class InputRefused(ConfigurationError):
    """A file or an interpreter that was named and cannot be used. The text says why, and the remedy."""


@dataclass(frozen=True, slots=True)
class Package:
    """One version of one package."""

    name: str
    """As the package index compares names: lower case, with hyphens."""
    version: str
    apart: str = ""
    """Why advisories about this name may be about something else, or about another version; else empty."""
    licences: tuple[str, ...] = ()
    hashes: tuple[str, ...] = ()
    """SHA-256 digests, in hexadecimal, of the files it may be installed from."""
    needs: tuple[str, ...] = ()
    """Names of packages that it asks for."""
    file: str = ""
    """Where it stands, as it was named; empty where no file was read."""
    line: int = 0

    @property
    def comparable(self) -> Version | None:
        """Its version without what a rebuilder added (`+local`), or None where versions cannot be compared."""
        whole = version_of(self.version)
        return None if whole is None else Version(whole.public)


@dataclass(frozen=True, slots=True)
class Inventory:
    """Packages, and where the list of them was found."""

    source: str
    packages: tuple[Package, ...]
    python: str = ""
    """The version of the interpreter, where one was asked."""


@dataclass(frozen=True, slots=True)
class Unaudited:
    """A package of which nobody can say whether a flaw is known."""

    package: str
    version: str
    reason: str
    partly: bool = False
    """Something was said of it, and not all that is known: no success for whoever is strict."""


def version_of(text: str) -> Version | None:
    """A version that can be compared, or None: no version, or one whose numbers are longer than Python reads."""
    try:
        return Version(text)
    except ValueError:
        return None


def called(name: str) -> str:
    """The name as the index compares it; one that no index can have as it is, on one line."""
    return normalised(name) if _NAME.fullmatch(name) else plain(name)


def can_be_of_index(name: str) -> bool:
    """Whether it is a name of PEP 508, and nothing that a program would read as something else."""
    return _NAME.fullmatch(name) is not None


def normalised(name: str) -> str:
    """The name as the index compares it."""
    return str(canonicalize_name(name))


def ordered(packages: Iterable[Package]) -> tuple[Package, ...]:
    """By name and version, each once."""
    each: dict[tuple[str, str], Package] = {}
    for it in packages:
        # From wherever else it comes too: one that is apart is not audited, and stays so.
        if (it.name, it.version) not in each or it.apart:
            each[it.name, it.version] = it
    return tuple(each[key] for key in sorted(each))
