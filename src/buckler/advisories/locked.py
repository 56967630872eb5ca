"""Which packages a file names: `uv.lock`, `pylock.toml` (PEP 751), or a file of requirements for pip."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, cast

from buckler.advisories import requirement_lines
from buckler.advisories.packages import PYPI, InputRefused, Inventory, Package, called, ordered
from buckler.redact import plain

_MOST: Final = 64 << 20
"""Bytes. The lock of a large project has a few."""
_FILES: Final = ("https://files.pythonhosted.org/", PYPI)
"""Where the files of PyPI lie."""
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
    read = [packages_in(each, [other for other in files if other != each and not _is_lock(other)]) for each in files]
    packages = ordered(package for each in read for package in each.packages)
    return Inventory(", ".join(each.source for each in read), packages)


def packages_in(file: Path, beside: Sequence[Path] = ()) -> Inventory:
    """What the file names, which is installed with what others `beside` it name. Raises `InputRefused`."""
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
    found = _of_toml(shown, text) if _is_lock(file) else list(requirement_lines.packages_of(text, file.parent, beside))
    if not found:
        raise InputRefused(f"{shown} names no package. Name a uv.lock, a pylock.toml or requirements.")
    return Inventory(shown, ordered(replace(each, file=file.as_posix()) for each in found))


def _is_lock(file: Path) -> bool:
    return file.suffix in (".lock", ".toml")


def _of_toml(shown: str, text: str) -> list[Package]:
    try:
        document = tomllib.loads(text)
        if "package" in document and "packages" in document:
            raise InputRefused(
                f"{shown} has both [[package]] and [[packages]]: no installer reads two. Name a uv.lock or a pylock."
            )
        lines = _lines_of_names(text)
        return [_locked(each, next(lines, 0)) for each in _tables(document, "package") or _tables(document, "packages")]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as failure:
        raise InputRefused(f"{shown} is no uv.lock and no pylock.toml ({plain(str(failure))}).") from None


def _lines_of_names(text: str) -> Iterator[int]:
    """The line of each package's name, in their order: it follows the head of its table."""
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() in ("[[package]]", "[[packages]]"):
            yield number + 1


def _tables(document: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", document.get(name, []))


def _locked(found: dict[str, Any], line: int) -> Package:
    version = plain(str(found.get("version", "")))
    apart = _apart(found) or ("" if version else "its version is not written down")
    needs = tuple(sorted({called(str(each["name"])) for each in _needed(found)}))
    return Package(called(str(found["name"])), version, apart, hashes=_digests(found), needs=needs, line=line)


def _apart(found: dict[str, Any]) -> str:
    """Why it is not known to be PyPI's, by what the lock says of its place and of each of its files."""
    source = cast("dict[str, Any]", found.get("source", {}))
    if told := next((why for key, why in _APART.items() if key in source or key in found), ""):
        return told
    index, files = source.get("registry", found.get("index")), list(_files(found))
    if index is not None and not str(index).startswith(PYPI):
        return "it comes from an index that is not PyPI"
    if any(not str(each.get("url", "")).startswith(_FILES) for each in files):
        return "it has a file that does not come from PyPI"
    return "" if files or index is not None else "where it comes from is not written down"


def _files(found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from _tables(found, "wheels")
    if sdist := cast("dict[str, Any]", found.get("sdist", {})):
        yield sdist


def _needed(found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """With whichever of its extras and groups."""
    yield from _tables(found, "dependencies")
    for kind in ("optional-dependencies", "dev-dependencies"):
        for group in cast("dict[str, list[dict[str, Any]]]", found.get(kind, {})).values():
            yield from group


def _digests(found: dict[str, Any]) -> tuple[str, ...]:
    """Of every file it may be installed from: a string in uv's lock, a table in a pylock."""
    digests = set[str]()
    for each in (*_files(found), cast("dict[str, Any]", found.get("archive", {}))):
        digests.add(str(each.get("hash", "")).removeprefix("sha256:"))
        digests.add(str(cast("dict[str, Any]", each.get("hashes", {})).get("sha256", "")))
    return tuple(sorted({each.lower() for each in digests if re.fullmatch("[0-9a-fA-F]{64}", each)}))
