"""A file of requirements as pip reads it: the packages that it pins, and whether they may come from elsewhere.

An option stands anywhere on its line, by any begin of its name that is no other's, and in any file that is named there.
"""

import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from packaging.requirements import InvalidRequirement, Requirement

from buckler.advisories.packages import PYPI, Package, normalised
from buckler.redact import plain

_HASH: Final = re.compile(r"--hash[= ]sha256:([0-9a-fA-F]{64})")
_COMMENT: Final = re.compile(r"(^|\s)#.*$")
_INDEXES: Final = ("--index-url", "--pypi-url", "--extra-index-url", "--find-links")
_FILES: Final = ("--requirement", "--constraint")
_ALONE: Final = ("--no-index", "--pre", "--prefer-binary", "--require-hashes")
_OTHERS: Final = ("--editable", "--no-binary", "--only-binary", "--trusted-host", "--use-feature")
_LONG: Final = (*_INDEXES, *_FILES, *_ALONE, *_OTHERS)
_SHORT: Final = {
    "-i": "--index-url",
    "-f": "--find-links",
    "-r": "--requirement",
    "-c": "--constraint",
    "-e": "--editable",
}
_MOST: Final = 64 << 20
"""Bytes of a file that is named in another one."""
_ELSEWHERE: Final = "it may come from an index that is not PyPI"
_UNREAD: Final = "it may come from an index that is not PyPI: a file that is named beside it cannot be read"
_UNKNOWN: Final = "it may come from an index that is not PyPI: an option that is named beside it is not known"

Option = tuple[str, str]
"""Its whole name, or none where it is not known, and what is said with it."""


def packages_of(text: str, folder: Path, beside: Iterable[Path] = ()) -> Iterator[Package]:
    """Each that is named, with the reason for those that cannot be asked about.

    Files that it names lie from `folder` on; an index in one that is installed `beside` it is an index of all.
    """
    lines, seen = list(_joined(text)), set[Path]()
    elsewhere = _elsewhere(lines, folder, seen)
    elsewhere = elsewhere or next(filter(None, (_elsewhere_in(other, seen) for other in beside)), "")
    for number, line in lines:
        for each in _named(number, line):
            yield replace(each, apart=each.apart or elsewhere)


def _elsewhere(lines: list[tuple[int, str]], folder: Path, seen: set[Path]) -> str:
    """Why what is named may not come from PyPI; empty where it does."""
    for _, line in lines:
        for name, value in _options(line):
            why = _why_elsewhere(name, value, folder, seen)
            if why:
                return why
    return ""


def _why_elsewhere(name: str, value: str, folder: Path, seen: set[Path]) -> str:
    if not name:
        return _UNKNOWN
    if name in _FILES:
        return _elsewhere_in(folder / value, seen)
    return _ELSEWHERE if name == "--no-index" or (name in _INDEXES and not value.startswith(PYPI)) else ""


def _elsewhere_in(file: Path, seen: set[Path]) -> str:
    if file in seen:
        return ""
    seen.add(file)
    try:
        if not file.is_file() or file.stat().st_size > _MOST:
            return _UNREAD
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, ValueError):
        return _UNREAD
    return _elsewhere(list(_joined(text)), file.parent, seen)


def _options(line: str) -> list[Option]:
    """Of a line that is no requirement."""
    if not line.startswith("-"):
        return []
    try:
        words = shlex.split(line)
    except ValueError:
        return [("", line)]
    options: list[Option] = []
    while words:
        word = words.pop(0)
        if word.startswith("--"):
            given, has_value, value = word.partition("=")
            name = _whole(given)
        else:
            name, value = _SHORT.get(word[:2], ""), word[2:].removeprefix("=")
            has_value = value
        if name and name not in _ALONE and not has_value:
            value = words.pop(0) if words else ""
        options.append((name, value))
    return options


def _whole(given: str) -> str:
    """pip takes any begin that only one option has."""
    if given in _LONG:
        return given
    begun = [name for name in _LONG if name.startswith(given)]
    return begun[0] if len(begun) == 1 else ""


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


def _named(number: int, line: str) -> Iterator[Package]:
    if not line.startswith("-"):
        yield _required(line, number)
    for name, value in _options(line):
        if name == "--requirement":
            why = "it is another file of requirements: name it with --requirements too"
            yield Package(plain(value), "", why, line=number)
        elif name == "--editable":
            yield Package(f"line {number}", "", "it comes from a folder or a repository", line=number)


def _required(line: str, number: int) -> Package:
    hashes = tuple(sorted({each.lower() for each in _HASH.findall(line)}))
    try:
        requirement = Requirement(re.split(r"\s--", line, maxsplit=1)[0])
    except (InvalidRequirement, RecursionError):
        # Not the line itself: a URL may hold a password.
        return Package(f"line {number}", "", "it names no package of an index", line=number)
    name = normalised(requirement.name)
    if requirement.url:
        return Package(name, "", "it comes from a file that was named, not from an index", hashes=hashes, line=number)
    versions = [each.version for each in requirement.specifier if each.operator in ("==", "===")]
    if len(versions) != 1 or len(requirement.specifier) != 1 or versions[0].endswith("*"):
        return Package(name, "", "no single version is named: pin it with ==", hashes=hashes, line=number)
    return Package(name, plain(versions[0]), hashes=hashes, line=number)
