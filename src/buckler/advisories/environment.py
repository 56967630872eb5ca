"""Which packages are installed: for the Python that runs this, or for another one that is asked."""

import json
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Final, cast

from packaging.requirements import InvalidRequirement, Requirement
from pydantic import BaseModel, BeforeValidator, ValidationError

from buckler.advisories import listing
from buckler.advisories.packages import InputRefused, Inventory, Package, called, normalised, ordered
from buckler.redact import plain

_SECONDS: Final = 60
"""For an interpreter to say what it has; it reads one small file a package."""
_LICENCE: Final = "License :: "
_LONGEST: Final = 100
"""Characters of a licence's name. Some write its whole text into that field."""

Text = Annotated[str, BeforeValidator(lambda given: given or "")]
Texts = Annotated[list[str], BeforeValidator(lambda given: given or [])]


class Installed(BaseModel):
    """What an interpreter says of one distribution."""

    name: Text
    version: Text
    folder: Text
    licence: Text
    classifiers: Texts
    requires: Texts
    extras: Texts
    direct_url: str | None


class Listing(BaseModel):
    """What an interpreter says of itself."""

    environment: dict[str, str]
    packages: list[Installed]


def own_packages() -> Inventory:
    """What is installed beside this package."""
    return _inventory("this environment", Listing.model_validate(listing.installed()))


def packages_of(python: Path) -> Inventory:
    """What another interpreter has, or the environment in this folder. Raises `InputRefused`.

    It runs, isolated from its user's settings and from the current folder: name one that you trust.
    """
    program = _interpreter(python)
    command = [str(program), "-I", str(Path(listing.__file__))]
    try:
        done = subprocess.run(  # noqa: S603 - the program is the operator's own word, as one that is typed
            command, capture_output=True, timeout=_SECONDS, check=True, stdin=subprocess.DEVNULL
        )
        said = Listing.model_validate_json(done.stdout)
    except (OSError, subprocess.SubprocessError, ValidationError) as failure:
        raise InputRefused(
            f"{plain(str(python))} did not say which packages it has ({_why(failure)}). Name the python of an"
            " environment, as in --python .venv/bin/python, or the environment's folder."
        ) from failure
    return _inventory(plain(str(python)), said)


def _interpreter(python: Path) -> Path:
    if not python.is_dir():
        return python
    inside = (python / "bin" / "python", python / "Scripts" / "python.exe")
    return next((each for each in inside if each.exists()), python)


def _why(failure: Exception) -> str:
    if isinstance(failure, subprocess.TimeoutExpired):
        return f"not within {_SECONDS} seconds"
    if isinstance(failure, subprocess.CalledProcessError):
        return f"exit code {failure.returncode}"
    if isinstance(failure, OSError):
        return failure.strerror or type(failure).__name__
    return "it printed something else"


def _inventory(source: str, said: Listing) -> Inventory:
    # The first of a name is the one that is imported.
    first: dict[str, Installed] = {}
    for each in said.packages:
        first.setdefault(called(each.name or Path(each.folder).name), each)
    packages = [_package(each, first, said.environment) for each in first.values()]
    return Inventory(source, ordered(packages), python=said.environment.get("python_full_version", ""))


def _package(found: Installed, there: Mapping[str, Installed], environment: Mapping[str, str]) -> Package:
    if not found.name or not found.version:
        name = called(found.name or Path(found.folder).name)
        return Package(name, plain(found.version), "its metadata cannot be read")
    needs = tuple(sorted({name for name in _wanted(found, environment) if name in there}))
    return Package(called(found.name), plain(found.version), _apart(found.direct_url), _licences(found), needs=needs)


def _apart(direct_url: str | None) -> str:
    """Where it came from, if not from an index (PEP 610); its URL may hold a password and is not told."""
    if direct_url is None:
        return ""
    try:
        told: object = json.loads(direct_url)
    except (ValueError, RecursionError):
        told = None
    kinds = {
        "dir_info": "it was installed from a folder",
        "vcs_info": "it was installed from a repository",
        "archive_info": "it was installed from a file that was named, not from an index",
    }
    members = cast("dict[str, object]", told) if isinstance(told, dict) else {}
    return next((why for key, why in kinds.items() if key in members), "it was not installed from an index")


def _licences(found: Installed) -> tuple[str, ...]:
    named = found.licence.strip().splitlines()
    if len(named) == 1 and len(named[0]) <= _LONGEST:
        return (plain(named[0]),)
    told = [each.rsplit(" :: ", 1)[-1] for each in found.classifiers if each.startswith(_LICENCE)]
    if told:
        return tuple(plain(each) for each in sorted(set(told)))
    return (plain(named[0][:_LONGEST]),) if named else ()


def _wanted(found: Installed, environment: Mapping[str, str]) -> Iterable[str]:
    """Names it asks for there, with whichever of its extras: which were chosen is written down nowhere."""
    for text in found.requires:
        try:
            requirement = Requirement(text)
        except (InvalidRequirement, RecursionError):
            continue
        if any(_holds(requirement, {**environment, "extra": extra}) for extra in ("", *found.extras)):
            yield normalised(requirement.name)


def _holds(requirement: Requirement, there: Mapping[str, str]) -> bool:
    """Whether it is asked for there; a marker of which nobody can say asks."""
    try:
        return requirement.marker is None or requirement.marker.evaluate(dict(there))
    except (ValueError, KeyError):
        return True
