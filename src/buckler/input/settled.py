"""Settings of rules, judged where they are written: what has another type than it says cannot be built."""

from collections.abc import Iterable

from buckler.errors import ConfigurationError


def whole(what: str, **given: object) -> None:
    """Raise `ConfigurationError` for what is no whole number."""
    for name, value in given.items():
        if not isinstance(value, int) or isinstance(value, bool):
            raise ConfigurationError(
                f"{what}: {name}={value!r} is no whole number; write it without quotes and point, as in {name}=80."
            )


def several(what: str, name: str, given: Iterable[str]) -> frozenset[str]:
    """The texts that were given. Raises `ConfigurationError` for one text, which would be taken letter by letter."""
    if isinstance(given, str):
        raise ConfigurationError(f"{what}: {name}={given!r} is read letter by letter; write {name}={{{given!r}}}.")
    return frozenset(given)
