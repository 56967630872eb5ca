"""Advisories and packages as the tests of this room need them."""

from collections.abc import Mapping, Sequence
from typing import Any

from buckler.advisories.flaws import Flaw
from buckler.advisories.packages import Inventory, Package
from buckler.advisories.severity import Level

VECTOR = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"


def events(*steps: tuple[str, str], kind: str = "ECOSYSTEM") -> dict[str, Any]:
    """A range: `events(("introduced", "0"), ("fixed", "1.2"))`."""
    return {"type": kind, "events": [{name: version} for name, version in steps]}


def record(
    name: str = "GHSA-aaaa-bbbb-cccc",
    *ranges: Mapping[str, Any],
    package: str = "shape",
    versions: Sequence[str] = (),
    ecosystem: str = "PyPI",
    **more: object,
) -> dict[str, Any]:
    """An OSV record about one package; before 2.0 where nothing else is said."""
    affected = {
        "package": {"ecosystem": ecosystem, "name": package},
        "ranges": list(ranges or ([] if versions else [events(("introduced", "0"), ("fixed", "2.0"))])),
        "versions": list(versions),
    }
    made: dict[str, Any] = {"id": name, "modified": "2026-11-20T10:00:00Z", "affected": [affected]}
    return made | more


def flaw(*ids: str, package: str = "shape", version: str = "1.0", level: Level = "high", fixed: str = "2.0") -> Flaw:
    """One source's word of it."""
    return Flaw(Package(package, version), frozenset(ids), level, "It breaks", fixed, "a test")


def inventory(*packages: Package) -> Inventory:
    """An environment with these."""
    return Inventory("a test", packages, python="3.13.1")
