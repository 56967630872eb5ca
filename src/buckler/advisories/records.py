"""Records of the OSV schema (version 1.7), as databases of advisories hand them out, read strictly."""

from typing import Annotated, Any, Final, TypeVar

from pydantic import BaseModel, BeforeValidator, Field

ECOSYSTEMS: Final = frozenset((
    "almalinux", "alpaquita", "alpine", "android", "azure linux", "bellsoft hardened containers", "bioconductor",
    "bitnami", "chainguard", "cleanstart", "conancenter", "cran", "crates.io", "debian", "echo", "freebsd", "ghc",
    "git", "github actions", "go", "hackage", "hex", "julia", "kubernetes", "linux", "mageia", "maven", "minimos",
    "npm", "nuget", "opam", "openeuler", "opensuse", "oss-fuzz", "packagist", "photon os", "pub", "pypi",
    "red hat", "rocky linux", "root", "rubygems", "suse", "swifturl", "ubuntu", "vscode", "wolfi",
))  # fmt: skip
"""Of the schema, in lower case. A package of another that has a name of ours is nobody's."""

Item = TypeVar("Item")


def _listed(given: object) -> object:
    """Some databases write null where there is nothing."""
    return [] if given is None else given


Many = Annotated[list[Item], BeforeValidator(_listed), Field(default_factory=list)]
Told = Annotated[str, BeforeValidator(lambda given: "" if given is None else given)]


class Event(BaseModel):
    """One step of a range: from here, or until here."""

    introduced: str | None = None
    fixed: str | None = None
    last_affected: str | None = None
    limit: str | None = None


class Range(BaseModel):
    """Versions, or commits, between events."""

    type: str
    events: Many[Event]


class Subject(BaseModel):
    """The package that is meant."""

    ecosystem: str
    name: str
    purl: Told = ""


class Affected(BaseModel):
    """What is affected, of one package."""

    package: Subject | None = None
    ranges: Many[Range]
    versions: Many[str]


class Score(BaseModel):
    """A vector of CVSS, by its version."""

    type: str
    score: str


class Record(BaseModel):
    """One advisory."""

    id: str
    modified: Told = ""
    withdrawn: str | None = None
    aliases: Many[str]
    summary: Told = ""
    details: Told = ""
    affected: Many[Affected]
    severity: Many[Score]
    database_specific: dict[str, Any] | None = None


class Answer(BaseModel):
    """What OSV's API answers."""

    vulns: list[Record]
