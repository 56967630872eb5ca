"""Which packages a file names: `uv.lock`, `pylock.toml` (PEP 751), or a file of requirements for pip."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, cast

from packaging.requirements import InvalidRequirement, Requirement

from buckler.advisories.packages import InputRefused, Inventory, Package, normalised, ordered
from buckler.redact import plain

_MOST: Final = 64 << 20
"""Bytes. The lock of a large project has a few."""
_HASH: Final = re.compile(r"--hash[= ]sha256:([0-9a-fA-F]{64})")
_COMMENT: Final = re.compile(r"(^|\s)#.*$")
_OTHER_FILE: Final = re.compile(r"(-r|--requirement)[ =]?(.+)")
_PYPI: Final = "https://pypi.org/"
_OTHER_INDEX: Final = re.compile(r"(-i|--index-url|--extra-index-url|-f|--find-links)\b[ =]*(?!https://pypi\.org/)")
_PLACED: Final = re.compile(r"-e|--editable")
_APART: Final = {
    "editable": "it is a folder of the project",
    "virtual": "it is a folder of the project",
    "directory": "it comes from a folder",
    "path": "it comes from a file of yours",
    "archive": "it comes from a file that was named, not from an index",
    "url": "it comes from a file that was named, not from an index",
    "git": "it comes from a repository",
    "vcs": "it comes from a repository",
}
"""By the word that a lock has for where a package comes from."""


def packages_of_files(files: Sequence[Path]) -> Inventory:
    """What all of them name together. Raises `InputRefused`."""
    read = [packages_in(each) for each in files]
    packages = ordered(package for each in read for package in each.packages)
    return Inventory(", ".join(each.source for each in read), packages)


def packages_in(file: Path) -> Inventory:
    """What the file names. Raises `InputRefused`."""
    shown = plain(str(file))
    try:
        with file.open("rb") as stream:
            content = stream.read(_MOST + 1)
        if len(content) > _MOST:
            raise InputRefused(f"{shown} is larger than a lock can be. Name another file.")
        text = content.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as failure:
        why = failure.strerror if isinstance(failure, OSError) else "it is no text"
        raise InputRefused(f"{shown} cannot be read ({why}). Name a uv.lock, a pylock.toml or requirements.") from None
    found = _of_toml(shown, text) if file.suffix in (".lock", ".toml") else list(_of_requirements(text))
    if not found:
        raise InputRefused(f"{shown} names no package. Name a uv.lock, a pylock.toml or requirements.")
    return Inventory(shown, ordered(replace(each, file=file.as_posix()) for each in found))


def _of_toml(shown: str, text: str) -> list[Package]:
    try:
        document = tomllib.loads(text)
        lines = _lines_of_names(text)
        return [_locked(each, next(lines, 0)) for each in _tables(document, "package") or _tables(document, "packages")]
    except (tomllib.TOMLDecodeError, TypeError, KeyError, AttributeError) as failure:
        raise InputRefused(f"{shown} is no uv.lock and no pylock.toml ({plain(str(failure))}).") from None


def _lines_of_names(text: str) -> Iterator[int]:
    """The line of each package's name, in their order: it follows the head of its table."""
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() in ("[[package]]", "[[packages]]"):
            yield number + 1


def _tables(document: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", document.get(name, []))


def _locked(found: dict[str, Any], line: int) -> Package:
    source = cast("dict[str, Any]", found.get("source", {}))
    index = str(source.get("registry", found.get("index", _PYPI)))
    apart = next((why for key, why in _APART.items() if key in source or key in found), "")
    apart = apart or ("" if index.startswith(_PYPI) else "it comes from an index that is not PyPI")
    version = str(found.get("version", ""))
    if not version and not apart:
        apart = "its version is not written down"
    needs = tuple(sorted({normalised(str(each["name"])) for each in _needed(found)}))
    return Package(normalised(found["name"]), version, apart, hashes=_digests(found), needs=needs, line=line)


def _needed(found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """With whichever of its extras and groups."""
    yield from _tables(found, "dependencies")
    for kind in ("optional-dependencies", "dev-dependencies"):
        for group in cast("dict[str, list[dict[str, Any]]]", found.get(kind, {})).values():
            yield from group


def _digests(found: dict[str, Any]) -> tuple[str, ...]:
    """Of every file it may be installed from: a string in uv's lock, a table in a pylock."""
    files: Iterable[dict[str, Any]] = [*_tables(found, "wheels"), cast("dict[str, Any]", found.get("sdist", {}))]
    digests = set[str]()
    for each in files:
        digests.add(str(each.get("hash", "")).removeprefix("sha256:"))
        digests.add(str(cast("dict[str, Any]", each.get("hashes", {})).get("sha256", "")))
    return tuple(sorted(each for each in digests if re.fullmatch("[0-9a-f]{64}", each)))


def _of_requirements(text: str) -> Iterator[Package]:
    lines = list(_joined(text))
    elsewhere = any(_OTHER_INDEX.match(line) for _, line in lines)
    for each in _named(lines):
        why = each.apart or ("it may come from an index that is not PyPI" if elsewhere else "")
        yield replace(each, apart=why)


def _named(lines: list[tuple[int, str]]) -> Iterator[Package]:
    for number, line in lines:
        other = _OTHER_FILE.match(line)
        if other:
            why = "it is another file of requirements: name it with --requirements too"
            yield Package(plain(other[2].strip()), "", why, line=number)
        elif _PLACED.match(line):
            yield Package(f"line {number}", "", "it comes from a folder or a repository", line=number)
        elif not line.startswith("-"):
            yield _required(line, number)


def _joined(text: str) -> Iterator[tuple[int, str]]:
    """Lines without comments; one that ends in a backslash goes on in the next."""
    begun, gathered = 0, ""
    for number, line in enumerate([*text.splitlines(), ""], start=1):
        begun = begun if gathered else number
        gathered += _COMMENT.sub("", line).strip()
        if gathered.endswith("\\"):
            gathered = gathered[:-1] + " "
            continue
        if gathered.strip():
            yield begun, gathered.strip()
        gathered = ""


def _required(line: str, number: int) -> Package:
    hashes = tuple(sorted({each.lower() for each in _HASH.findall(line)}))
    try:
        requirement = Requirement(re.split(r"\s--", line, maxsplit=1)[0])
    except InvalidRequirement:
        # Not the line itself: a URL may hold a password.
        return Package(f"line {number}", "", "it names no package of an index", line=number)
    name = normalised(requirement.name)
    if requirement.url:
        return Package(name, "", _APART["url"], hashes=hashes, line=number)
    versions = [each.version for each in requirement.specifier if each.operator in ("==", "===")]
    if len(versions) != 1 or len(requirement.specifier) != 1 or versions[0].endswith("*"):
        return Package(name, "", "no single version is named: pin it with ==", hashes=hashes, line=number)
    return Package(name, versions[0], hashes=hashes, line=number)
