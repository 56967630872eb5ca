"""OpenAPI documents, from files or from servers, in JSON or in YAML: read within bounds, or refused in one line."""

import json
from importlib import import_module
from pathlib import Path
from ssl import SSLContext
from typing import Any, Final, cast

from buckler.cli.drill.given import text_of
from buckler.drill.plan.document import Document, read_document
from buckler.drill.transport.answer import MOST_BYTES
from buckler.drill.transport.by_url import connected
from buckler.drill.transport.request import Request
from buckler.errors import ConfigurationError

_USUAL: Final = "/openapi.json"
_WITHIN: Final = 20.0
"""Seconds."""

_YAML: Final = (".yaml", ".yml")
_MOST: Final = 50_000_000
_MOST_OF_YAML: Final = 5_000_000
"""Characters: it is read many times slower than JSON is."""


def document_in_file(where: str) -> Document | None:
    """What a file says; None where there is none. Raises `typer.BadParameter`, `ConfigurationError`."""
    return document_in(text_of(Path(where), "--openapi"), where) if where and Path(where).is_file() else None


async def document_of(base: str, where: str, trust: SSLContext | bool) -> Document:
    """The document that a server itself shows at a path, the usual one unless told. Raises `ConfigurationError`."""
    where = where or _USUAL
    if not where.startswith("/"):
        raise ConfigurationError(f"--openapi {where}: there is no such file; a path of the target begins with a slash.")
    async with connected(base, trust) as carrier:
        answer = await carrier.carry(Request("GET", where), address="", within=_WITHIN)
    if not answer.worked:
        said = answer.failure or f"status {answer.status}"
        raise ConfigurationError(
            f"{base}{where}: the document could not be had ({said}). Name it: --openapi FILE, or --openapi /path."
            " An app writes it by: python -c 'import json, main; print(json.dumps(main.app.openapi()))'"
        )
    if len(answer.body) >= MOST_BYTES:
        raise ConfigurationError(f"{base}{where}: the document is larger than is read of an answer. Give a file of it.")
    return document_in(answer.text, where)


def document_in(text: str, where: str) -> Document:
    """What a document says, in JSON, or in YAML where its name says so. Raises `ConfigurationError`."""
    most = _MOST_OF_YAML if where.endswith(_YAML) else _MOST
    if len(text) > most:
        raise ConfigurationError(f"{where}: it is longer than {most:,} characters, which are the most that are read.")
    try:
        return read_document(_from_yaml(text, where) if where.endswith(_YAML) else json.loads(text))
    except RecursionError as deep:
        raise ConfigurationError(f"{where}: it is deeper than any document is, and cannot be read.") from deep
    except ValueError as wrong:
        raise ConfigurationError(f"{where}: {wrong}") from wrong


def _from_yaml(text: str, where: str) -> object:
    """What stands in YAML. Raises `ConfigurationError` where nothing here reads YAML."""
    try:
        yaml: Any = import_module("yaml")
    except ModuleNotFoundError as missing:
        raise ConfigurationError(f"{where}: this is YAML. Write it as JSON, or: pip install pyyaml") from missing
    try:
        return cast("object", yaml.load(text, Loader=_reader(yaml.SafeLoader)))
    except (yaml.YAMLError, TypeError, OverflowError, AttributeError) as wrong:
        # Texts that stand for dates and numbers, and are none, fail in whatever way Python has for them.
        raise ValueError(" ".join(str(wrong).split())[:300]) from wrong


def _reader(safe: Any) -> Any:
    """A reader of plain values, for which `<<` costs no more than there are names."""

    def flatten_mapping(self: Any, node: Any) -> None:
        safe.flatten_mapping(self, node)
        once = {(each[0].tag, str(each[0].value)): each for each in node.value}
        node.value = list(once.values())

    return type("Reader", (safe,), {"flatten_mapping": flatten_mapping})
