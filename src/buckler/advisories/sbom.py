"""The list of an environment's components (SBOM) in CycloneDX 1.6: names, versions, licences, digests, who needs whom.

The same packages give the same text, but for the serial number and the time, which the caller brings. What is not from
an index has no package URL: the index may have another package of its name.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Final
from urllib.parse import quote
from uuid import UUID

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

from buckler.advisories.packages import Inventory, Package

PYTHON: Final = "buckler:python"
"""The property that tells the version of the interpreter."""
APART: Final = "buckler:apart"
"""The property that tells why a component has no package URL."""
_ROOT: Final = "root"

Members = dict[str, object]


def written(inventory: Inventory, root: str, tool_version: str, serial: UUID, moment: datetime) -> str:
    """The document about what is called `root`, as text that can be compared."""
    document: Members = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": _metadata(inventory, root, tool_version, moment),
        "components": [_component(each) for each in inventory.packages],
        "dependencies": _dependencies(inventory.packages),
    }
    return json.dumps(document, indent=2) + "\n"


def _metadata(inventory: Inventory, root: str, tool_version: str, moment: datetime) -> Members:
    tool: Members = {"type": "application", "name": "buckler", "version": tool_version}
    metadata: Members = {
        "timestamp": moment.isoformat(),
        "tools": {"components": [tool]},
        "component": {"type": "application", "bom-ref": _ROOT, "name": root},
    }
    if inventory.python:
        metadata["properties"] = [{"name": PYTHON, "value": inventory.python}]
    return metadata


def _component(package: Package) -> Members:
    component: Members = {"type": "library", "bom-ref": _reference(package), "name": package.name}
    if package.version:
        component["version"] = package.version
    if package.hashes:
        component["hashes"] = [{"alg": "SHA-256", "content": each} for each in package.hashes]
    if package.licences:
        component["licenses"] = _licences(package.licences)
    if package.apart:
        component["properties"] = [{"name": APART, "value": package.apart}]
    else:
        component["purl"] = f"pkg:pypi/{quote(package.name, safe='')}@{quote(package.version, safe='')}"
    return component


def _reference(package: Package) -> str:
    return f"{package.name}=={package.version}" if package.version else package.name


def _licences(named: tuple[str, ...]) -> list[Members]:
    """One expression of SPDX, which allows none beside it; else the names as the package has them."""
    if len(named) == 1:
        try:
            return [{"expression": str(canonicalize_license_expression(named[0]))}]
        except InvalidLicenseExpression:
            pass
    return [{"license": {"name": each}} for each in named]


def _dependencies(packages: Iterable[Package]) -> list[Members]:
    """Who needs whom; what nobody needs is needed by the root."""
    by_name: dict[str, list[str]] = {}
    for each in packages:
        by_name.setdefault(each.name, []).append(_reference(each))
    needs = {_reference(each): _named(by_name, each.needs) for each in packages}
    needed = {reference for named in needs.values() for reference in named}
    tops = [reference for reference in needs if reference not in needed]
    return [{"ref": ref, "dependsOn": named} for ref, named in [(_ROOT, tops), *needs.items()]]


def _named(by_name: dict[str, list[str]], names: Iterable[str]) -> list[str]:
    return sorted({reference for name in names for reference in by_name.get(name, [])})
