"""The kinds of callers and of factors that a requirement may ask for."""

from collections.abc import Iterable
from typing import Final, cast, get_args

from buckler.errors import ConfigurationError
from buckler.principal import Factor, Kind

_KINDS: Final = get_args(Kind)
_FACTORS: Final = get_args(Factor)


def kinds_of(kinds: object, *, person: bool) -> frozenset[Kind] | None:
    """What `Requires(kinds=...)` was given; where a proof is asked for, a person: others prove nothing twice."""
    if kinds is None:
        return frozenset[Kind]({"person"}) if person else None
    listed = list(cast("Iterable[object]", kinds)) if isinstance(kinds, list | tuple | set | frozenset) else [None]
    if not listed or not all(each in _KINDS for each in listed):
        raise ConfigurationError(f"kinds={kinds!r}: write some of {', '.join(map(repr, _KINDS))}, as in {{'person'}}.")
    found = frozenset(cast("list[Kind]", listed))
    if person and found - {"person"}:
        raise ConfigurationError(
            f"kinds={sorted(found)}: step_up= and factors= ask for a person, since nobody else proves who it is anew."
            " Leave kinds= away, or write the requirement on a route of its own."
        )
    return found


def factors_of(factors: object) -> int:
    """What `Requires(factors=...)` was given."""
    if type(factors) is not int or not 1 <= factors <= len(_FACTORS):
        raise ConfigurationError(
            f"factors={factors!r}: write how many kinds of factor, from 1 to {len(_FACTORS)}: {', '.join(_FACTORS)}."
        )
    return factors
