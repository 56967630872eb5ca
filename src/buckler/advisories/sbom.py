"""The list of an environment's components (SBOM) in CycloneDX 1.6: names, versions, licences, digests, who needs whom.

The same packages give the same text, but for the serial number and the time, which the caller brings. What is not from
an index has no package URL: the index may have another package of its name.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from itertools import chain, count
from typing import Final
from urllib.parse import quote
from uuid import UUID

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

from buckler.advisories.packages import NO_NAME, Inventory, Package, can_be_of_index

PYTHON: Final = "buckler:python"
"""The property that tells the version of the interpreter."""
APART: Final = "buckler:apart"
"""The property that tells why a component has no package URL."""
_ROOT: Final = "root"

Members = dict[str, object]


def written(inventory: Inventory, root: str, tool_version: str, serial: UUID, moment: datetime) -> str:
    """The document about what is called `root`, as text that can be compared."""
    named = list(zip(inventory.packages, _references(inventory.packages), strict=True))
    document: Members = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": _metadata(inventory, root, tool_version, moment),
        "components": [_component(each, ref) for each, ref in named],
        "dependencies": _dependencies(named),
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


def _component(package: Package, reference: str) -> Members:
    component: Members = {"type": "library", "bom-ref": reference, "name": package.name}
    if package.version:
        component["version"] = package.version
    if package.hashes:
        component["hashes"] = [{"alg": "SHA-256", "content": each} for each in package.hashes]
    if package.licences:
        component["licenses"] = _licences(package.licences)
    apart = package.apart or ("" if can_be_of_index(package.name) else NO_NAME)
    if apart:
        component["properties"] = [{"name": APART, "value": apart}]
    else:
        component["purl"] = f"pkg:pypi/{quote(package.name, safe='')}@{quote(package.version, safe='')}"
    return component


def _references(packages: Iterable[Package]) -> list[str]:
    """A name of its own for each, whatever it is called."""
    given = [_ROOT]
    for each in packages:
        told = f"{each.name}=={each.version}" if each.version else each.name
        numbered = (f"{told}#{number}" for number in count(2))
        given.append(next(name for name in chain([told], numbered) if name not in given))
    return given[1:]


def _licences(named: tuple[str, ...]) -> list[Members]:
    """One expression of SPDX, which allows none beside it; else the names as the package has them."""
    if len(named) == 1:
        try:
            return [{"expression": str(canonicalize_license_expression(named[0]))}]
        except InvalidLicenseExpression:
            pass
    return [{"license": {"name": each}} for each in named]


def _dependencies(named: list[tuple[Package, str]]) -> list[Members]:
    """Who needs whom; what nobody else needs is needed by the root, and one of those that only need each other."""
    by_name: dict[str, list[str]] = {}
    for each, ref in named:
        by_name.setdefault(each.name, []).append(ref)
    needs = {
        ref: sorted({other for name in each.needs for other in by_name.get(name, [])} - {ref}) for each, ref in named
    }
    needed = {reference for others in needs.values() for reference in others}
    tops = [reference for reference in needs if reference not in needed]
    reached = _reached(needs, tops)
    for reference in needs:
        if reference not in reached:
            tops.append(reference)
            reached |= _reached(needs, [reference])
    return [{"ref": ref, "dependsOn": others} for ref, others in [(_ROOT, sorted(tops)), *needs.items()]]


def _reached(needs: dict[str, list[str]], begins: Iterable[str]) -> set[str]:
    reached, left = set[str](), list(begins)
    while left:
        reference = left.pop()
        if reference not in reached:
            reached.add(reference)
            left += needs[reference]
    return reached
