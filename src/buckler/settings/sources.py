"""Where the values are read: what is given in code, the environment, a `.env`, a TOML file, in this order.

1. The first that names a setting decides it. A secret and the file of it are one thing: whoever says the one
   silences both further down.
2. `.env` in the working directory is read in development alone: one that was copied to a server by accident must
   not decide there. `BUCKLER_ENV_FILE` names one that is read anywhere.
3. `buckler.toml` in the working directory is read anywhere, or the file that `BUCKLER_CONFIG` names in its place.
4. An empty value counts as none, except in code.
5. A name that is none of ours is refused wherever it stands. Names of `buckler serve` are left to it.
"""

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from buckler.errors import ConfigurationError
from buckler.settings.dotenv_file import read_dotenv
from buckler.settings.files import SettingsFile, opened
from buckler.settings.given import Given
from buckler.settings.source_value import SourceValue
from buckler.settings.toml_file import read_toml
from buckler.settings.words import PREFIX, SERVED, unknown_names

FILES: Final = ("config", "env_file")
"""The names of the files to read, in the environment alone."""
SECRETS: Final = ("mail_password", "master_secret")
"""Each has a file of it as well, under the same name with `_file` behind it."""
DOTENV: Final = Path(".env")
TOML: Final = Path("buckler.toml")
_NAMES: Final = frozenset(Given.__annotations__)

Level = Mapping[str, SourceValue]


@dataclass(frozen=True, slots=True)
class Gathered:
    """What the sources say together, and what is wrong with the names in them."""

    said: dict[str, SourceValue]
    faults: list[str] = field(default_factory=list[str])

    def values(self) -> dict[str, Any]:
        """By the names of the settings, without those of `buckler serve`."""
        return {name: said.value for name, said in self.said.items() if name in _NAMES}


def gathered(given: Mapping[str, object]) -> Gathered:
    """Read all sources under what is `given`. Raises `ConfigurationError` for a file that cannot be read."""
    faults = unknown_names({name: name for name in given}, _NAMES)
    own = {
        name: SourceValue(value, "argument", f"Settings.load({name}=...)", name)
        for name, value in given.items()
        if name in _NAMES
    }
    levels = _levels(str(given.get("environment") or ""))
    for level, prefix, more in zip(levels, (PREFIX, PREFIX, ""), (FILES, (), ()), strict=True):
        faults += unknown_names({said.written: name for name, said in level.items()}, _NAMES, prefix, SERVED + more)
    return Gathered(_merged([own, *levels]), faults)


def said(name: str, environment: str | None = None) -> str | None:
    """The text that environment and files have for one setting, for a command of an app in `environment`.

    None where none says it. Raises `ConfigurationError` for a file that cannot be read.
    """
    found = all_said(environment).get(name)
    return None if found is None else found.text


def all_said(environment: str | None = None) -> dict[str, SourceValue]:
    """The same for every setting."""
    return _merged(_levels(environment or ""))


def secret_said(name: str, environment: str | None = None) -> tuple[str | None, Path | None]:
    """What they have for one secret: itself, or the file of it. Raises `ConfigurationError` where both are said."""
    found = all_said(environment)
    text, file = found.get(name), found.get(f"{name}_file")
    if text is not None and file is not None:
        variable = f"{PREFIX}{name.upper()}"
        raise ConfigurationError(f"{variable} and {variable}_FILE are both set, but one secret is used. Drop one.")
    return text.text if text is not None else None, Path(file.text) if file is not None else None


def unread_dotenv(environment: str = "") -> str:
    """A sentence about a `.env` that lies here and was not read, or nothing."""
    named = environment or os.environ.get(f"{PREFIX}ENVIRONMENT")
    if named == "development" or os.environ.get(f"{PREFIX}ENV_FILE"):
        return ""
    try:
        speaks = PREFIX in DOTENV.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    read = f"name it, {PREFIX}ENV_FILE={DOTENV}, or set {PREFIX}ENVIRONMENT=development in the environment."
    return f"(The {DOTENV} here was not read: it is in development alone. To have it read {read})" if speaks else ""


def _levels(environment: str) -> tuple[Level, Level, Level]:
    """What the environment, the `.env` and the TOML file say."""
    variables = _variables()
    toml = _toml(variables)
    named = [environment, *(level["environment"].text for level in (variables, toml) if "environment" in level)]
    is_development = next(filter(None, named), "") == "development"
    return variables, _dotenv(variables, is_development=is_development), toml


def _variables() -> Level:
    ours = [(name, value) for name, value in os.environ.items() if value and name.upper().startswith(PREFIX)]
    return {name[len(PREFIX) :].lower(): SourceValue(value, "environment", name, name) for name, value in ours}


def _dotenv(variables: Level, *, is_development: bool) -> Level:
    named = variables.get("env_file")
    if named is None and not (is_development and DOTENV.is_file()):
        return {}
    file = opened(DOTENV) if named is None else opened(Path(named.text), named.written)
    return _closed(file, read_dotenv(file))


def _toml(variables: Level) -> Level:
    named = variables.get("config")
    if named is None and not TOML.is_file():
        return {}
    file = opened(TOML) if named is None else opened(Path(named.text), named.written)
    return _closed(file, read_toml(file, {*_NAMES, *SERVED}))


def _closed(file: SettingsFile, level: Level) -> Level:
    """`level`, where no other can read the secrets in its file."""
    file.refuse_open_secrets([name for name in SECRETS if name in level])
    return level


def _merged(levels: Collection[Level]) -> dict[str, SourceValue]:
    """The first that says a setting decides it."""
    merged: dict[str, SourceValue] = {}
    for level in levels:
        decided = {name for secret in SECRETS for name in (secret, f"{secret}_file") if _speaks_of(secret, merged)}
        merged |= {name: each for name, each in level.items() if name not in merged and name not in decided}
    return merged


def _speaks_of(secret: str, merged: Level) -> bool:
    return any(name in merged and merged[name].value is not None for name in (secret, f"{secret}_file"))
