"""A TOML file of settings: the names at its top, in small letters and without the prefix, as in `origin = "..."`.

Lists may be written as arrays, and days as dates. A table is refused as a name that is none of ours.
"""

import re
import tomllib
from collections.abc import Collection
from datetime import date
from typing import Final, cast

from buckler.errors import ConfigurationError
from buckler.settings.files import SettingsFile
from buckler.settings.source_value import SourceValue

LISTS: Final = ("behind", "hosts", "redirect_origins", "security_contact", "security_languages")
"""The settings whose parts commas separate."""
_WHERE: Final = re.compile(r"at line (\d+), column (\d+)")


def read_toml(file: SettingsFile, known: Collection[str]) -> dict[str, SourceValue]:
    """What the file says, by the names of the settings. Raises `ConfigurationError`."""
    try:
        content = tomllib.loads(file.text)
    except tomllib.TOMLDecodeError as error:
        # The error may show what stands there; the place alone is told.
        where = _WHERE.search(str(error))
        place = f"line {where[1]}, column {where[2]}" if where else f"line {file.text.rstrip().count(chr(10)) + 1}"
        raise ConfigurationError(
            f'{file.path}, {place}: this is not TOML. Write name = "value", and each name once.'
        ) from None
    return {
        name: SourceValue(_fit(name, value), "toml", f"{file.path}: {name}", f"{file.path}: {name}", file.path)
        for name, value in content.items()
        if value != "" or name not in known
    }


def _fit(name: str, value: object) -> object:
    if name in LISTS and isinstance(value, list):
        parts = cast("list[object]", value)
        return ",".join(map(str, parts)) if all(isinstance(part, str) for part in parts) else parts
    return value.isoformat() if type(value) is date else value
