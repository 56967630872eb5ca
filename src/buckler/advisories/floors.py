"""The lowest versions that this package's security rests upon, each with the advisories that say so.

They are known without a network, and grow with every release. They do not stand for a whole database.
"""

import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

from packaging.version import Version
from pydantic import BaseModel, ConfigDict, Field

from buckler.advisories.flaws import Flaw
from buckler.advisories.packages import Package
from buckler.advisories.severity import Level

SOURCE: Final = "own floors"


class KnownFlaw(BaseModel):
    """One row of `floors.toml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    package: str
    ids: tuple[str, ...] = Field(min_length=1)
    introduced: str = ""
    fixed: str
    level: Level
    summary: str

    def affects(self, version: Version) -> bool:
        """Whether it is between the version that brought the flaw and the one that fixed it."""
        return version < Version(self.fixed) and (not self.introduced or version >= Version(self.introduced))


@cache
def known() -> tuple[KnownFlaw, ...]:
    """Every row, read once."""
    document = tomllib.loads(Path(__file__).with_name("floors.toml").read_text(encoding="utf-8"))
    return tuple(KnownFlaw.model_validate(each) for each in document["flaw"])


def floors() -> dict[str, str]:
    """By package, the lowest version without any of the known flaws."""
    lowest: dict[str, str] = {}
    for each in known():
        lowest[each.package] = max(each.fixed, lowest.get(each.package, "0"), key=Version)
    return lowest


def below(packages: Iterable[Package]) -> list[Flaw]:
    """What is known of these packages, at their versions."""
    return [
        Flaw(package, frozenset(each.ids), each.level, each.summary, each.fixed, SOURCE)
        for package in packages
        if (version := package.comparable) is not None
        for each in known()
        if each.package == package.name and each.affects(version)
    ]
