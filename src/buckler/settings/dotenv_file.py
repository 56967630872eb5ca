"""The lines of a `.env`, read by the parser of python-dotenv, so that other tools read the same file alike.

`dotenv.parser` is not among the names that its documentation promises: it is named here alone, and
`tests/settings/test_dotenv_file.py` notices when it changes. What is documented cannot tell the line of a mistake.

1. A line that cannot be read, a name without a value and a name that stands twice are refused, with the line.
2. `$NAME` in a value stays as it is written: a secret may have a dollar in it.
3. Names without our prefix belong to somebody else.
"""

from io import StringIO

from dotenv.parser import parse_stream

from buckler.errors import ConfigurationError
from buckler.settings.files import SettingsFile
from buckler.settings.source_value import SourceValue
from buckler.settings.words import PREFIX


def read_dotenv(file: SettingsFile) -> dict[str, SourceValue]:
    """What the file says, by the names of the settings. Raises `ConfigurationError` with every line to mend."""
    found: dict[str, SourceValue] = {}
    first: dict[str, int] = {}
    faults: list[str] = []
    for binding in parse_stream(StringIO(file.text)):
        written = binding.original.string
        line = binding.original.line + written[: len(written) - len(written.lstrip())].count("\n")
        if binding.error:
            faults.append(
                f"{file.path}, line {line}: this cannot be read. Write NAME=value, in quotes where it has spaces."
            )
        key = binding.key or ""
        if not key.upper().startswith(PREFIX):
            continue
        name = key[len(PREFIX) :].lower()
        if binding.value is None:
            faults.append(f"{file.path}, line {line}: {key} has no value. Write {key}=value, or drop the line.")
        elif name in first:
            faults.append(f"{file.path}, line {line}: {key} stands in line {first[name]} already. Drop one of them.")
        else:
            first[name] = line
            found[name] = SourceValue(
                binding.value, ".env", f"{file.path}:{line}", f"{file.path}:{line}: {key}", file.path
            )
    if faults:
        raise ConfigurationError("\n".join(faults))
    return {name: said for name, said in found.items() if said.value}
