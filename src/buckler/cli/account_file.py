"""A file of accounts from elsewhere, as CSV or as JSON lines: one account a line, each line bounded.

1. UTF-8, with or without a byte order mark. A line is read up to `LONGEST_LINE` and no file past `MOST_LINES`.
2. CSV (RFC 4180) has a header and commas; a field in quotes has no line break in it. Roles have spaces between them.
3. A line of JSON is an object, strictly read: no member twice, roles in a list, true and false without quotes.
4. A column or member that is not known is a mistake and not passed over: it might have been a misspelt `disabled`.

What is wrong with a line is said by its number; what stands in it, such as a hash, is never repeated.
"""

import csv
import json
from collections.abc import Generator, Iterable, Sequence
from pathlib import Path
from typing import BinaryIO, Final, Literal, TypeVar, cast

from buckler.errors import ConfigurationError
from buckler.identity.administration.importing import Fault, Record
from buckler.input.json import MalformedJson, judge
from buckler.redact import plain

Format = Literal["csv", "jsonl"]
Value = TypeVar("Value", str, bool)
LONGEST_LINE: Final = 4096
"""Bytes: a name and an address of 254 characters, a hash of 512, and roles."""
MOST_LINES: Final = 250_000
"""As many are held in memory while they are judged: some 200 MiB."""
COLUMNS: Final = ("name", "email", "hash", "roles", "confirmed", "disabled")
_NEEDED: Final = ("name", "hash")
_LONGEST_NAME: Final = 40
_MOST_NAMES: Final = 5
"""Of names that are not known, in what is said of them."""
_MARK: Final = b"\xef\xbb\xbf"
_YES: Final = frozenset({"true", "yes", "1"})
_NO: Final = frozenset({"", "false", "no", "0"})


class _Unfit(Exception):
    """What is wrong with one line, and the remedy."""


def format_of(file: Path, named: Format | None) -> Format:
    """How a file is written: as it was said, or as its name ends. Raises `ConfigurationError`."""
    if named is not None:
        return named
    endings: dict[str, Format] = {".csv": "csv", ".jsonl": "jsonl"}
    found = endings.get(file.suffix.lower())
    if found is not None:
        return found
    raise ConfigurationError(
        f"{plain(file.name)}: its name does not say how it is written. Add --format csv or --format jsonl."
    )


def records(file: BinaryIO, form: Format) -> Generator[Record | Fault]:
    """What each line says, or why it says nothing. Empty lines are passed over.

    Raises `ConfigurationError` for a file of which no line could be read: one without a fit header, or too long.
    """
    lines = _lines(file)
    header = _header(lines) if form == "csv" else ()
    for number, line in lines:
        if number > MOST_LINES:
            raise ConfigurationError(f"Line {number}: a file has at most {MOST_LINES} lines. Split it.")
        try:
            yield _record(number, _told(line, header, form))
        except _Unfit as unfit:
            yield Fault(number, str(unfit))


def _lines(file: BinaryIO) -> Generator[tuple[int, bytes]]:
    """Every line that is not empty, with its number from 1; one that is too long with one byte too many."""
    number = 0
    while line := file.readline(LONGEST_LINE + 1):
        number += 1
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = file.readline(LONGEST_LINE)
        bare = line.removeprefix(_MARK) if number == 1 else line
        if bare.strip():
            yield number, bare.rstrip(b"\r\n") if line.endswith(b"\n") else bare


def _header(lines: Generator[tuple[int, bytes]]) -> Sequence[str]:
    number, line = next(lines, (1, b""))
    try:
        found = [each.strip().lower() for each in _fields(_text(line))]
    except _Unfit as unfit:
        raise ConfigurationError(f"Line {number}: {unfit}") from None
    if len(found) != len(set(found)) or not set(_NEEDED) <= set(found) <= set(COLUMNS):
        raise ConfigurationError(
            f"Line {number}: it must name the columns, each once: {', '.join(_NEEDED)}, and any of"
            f" {', '.join(each for each in COLUMNS if each not in _NEEDED)}, with commas between them.{_unknown(found)}"
        )
    return found


def _unknown(names: Iterable[str]) -> str:
    """Which names are not known. Only where the others are: a file without a header begins with somebody's hash."""
    found = list(names)
    unknown = (
        [plain(each)[:_LONGEST_NAME] for each in found if each not in COLUMNS] if set(_NEEDED) <= set(found) else []
    )
    return f" Not known: {', '.join(map(repr, unknown[:_MOST_NAMES]))}." if unknown else ""


def _told(line: bytes, header: Sequence[str], form: Format) -> dict[str, object]:
    if len(line) > LONGEST_LINE:
        raise _Unfit(f"It has more than {LONGEST_LINE} bytes. No account needs as many: cut it.")
    return _members(line) if form == "jsonl" else _columns(_fields(_text(line)), header)


def _text(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        raise _Unfit("It is not UTF-8. Export the file in UTF-8.") from None


def _fields(line: str) -> list[str]:
    try:
        rows = list(csv.reader([line], strict=True))
    except csv.Error:
        rows = []
    if len(rows) != 1:
        raise _Unfit("It is no line of CSV: a quote is open or stands alone. Write it twice, or close it in this line.")
    return rows[0]


def _columns(fields: list[str], header: Sequence[str]) -> dict[str, object]:
    if len(fields) != len(header):
        raise _Unfit(f"It has {len(fields)} fields and the header has {len(header)}. Put what has commas in quotes.")
    told: dict[str, object] = dict(zip(header, fields, strict=True))
    roles = str(told.pop("roles", "")).split()
    flags = {each: _flag(each, str(told[each])) for each in ("confirmed", "disabled") if each in told}
    email = str(told.pop("email", "")).strip()
    return told | flags | ({"roles": roles} if roles else {}) | ({"email": email} if email else {})


def _flag(name: str, text: str) -> bool:
    told = text.strip().lower()
    if told not in _YES | _NO:
        raise _Unfit(f"Its {name} is neither true nor false. Write one of them.")
    return told in _YES


def _members(line: bytes) -> dict[str, object]:
    try:
        judge(line)
    except MalformedJson as error:
        raise _Unfit(f"It is no JSON: {error} Write one object a line.") from None
    found = json.loads(line)
    if not isinstance(found, dict):
        raise _Unfit('It is no object. Write one a line, as in {"name": "ada@example.com", "hash": "..."}.')
    told = cast("dict[str, object]", found)
    if set(told) - set(COLUMNS) or set(_NEEDED) - set(told):
        others = ", ".join(each for each in COLUMNS if each not in _NEEDED)
        raise _Unfit(f"It has {' and '.join(_NEEDED)}, and of others {others} alone. Write it so.{_unknown(told)}")
    return {name: value for name, value in told.items() if value is not None}


def _record(number: int, told: dict[str, object]) -> Record:
    email, roles = told.get("email"), told.get("roles")
    return Record(
        number,
        _typed(told, "name", str, ""),
        None if email is None else _typed(told, "email", str, ""),
        _typed(told, "hash", str, "").strip(),
        None if roles is None else _roles(roles),
        _typed(told, "confirmed", bool, False),
        _typed(told, "disabled", bool, False),
    )


def _roles(roles: object) -> tuple[str, ...]:
    found = cast("list[object]", roles) if isinstance(roles, list) else [None]
    texts = tuple(each for each in found if isinstance(each, str))
    if len(texts) != len(found):
        raise _Unfit('Its roles are no list of texts. Write them so: ["editor", "reader"].')
    return texts


def _typed(told: dict[str, object], name: str, kind: type[Value], default: Value) -> Value:
    value = told.get(name, default)
    if type(value) is not kind:
        raise _Unfit(f"Its {name} is no {'text' if kind is str else 'true or false'}. Write one.")
    return value
