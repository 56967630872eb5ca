"""How a path spells the parameter that names an object: as it stands, or with `_id`."""

import re
from collections.abc import Sequence
from typing import Final

_PARAMETER: Final = re.compile(r"\{([a-zA-Z_][a-zA-Z0-9_]*)(?::[^}]*)?\}")


def names_in(path: str) -> list[str]:
    """The parameters of a path, in order."""
    return _PARAMETER.findall(path)


def spelled(name: str, path: Sequence[str]) -> str | None:
    """`name` as the path has it, of whose parameters these are the names; None where it has none of the kind."""
    return next((each for each in (name, f"{name}_id") if each in path), None)
