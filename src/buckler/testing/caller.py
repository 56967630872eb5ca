"""The caller whom a test describes. One that the app could never have is an error, and no test that passes."""

from collections.abc import Collection
from difflib import get_close_matches
from typing import Final, cast, get_args

from buckler.access.declarations.asked import asked_in, check_asked
from buckler.access.declarations.permissions import check_grant
from buckler.access.declarations.roles import Roles
from buckler.errors import ConfigurationError, StartRefused
from buckler.grants import EVERYTHING
from buckler.principal import Factor, Kind, Principal
from buckler.protected_app import Installed

_KINDS: Final = get_args(Kind)
_FACTORS: Final = get_args(Factor)


def caller_of(
    installed: Installed,
    name: str,
    *,
    id: str | None,  # noqa: A002 - as `Principal.id`
    roles: Collection[str],
    permissions: Collection[str],
    kind: Kind,
    tenant: str,
    factors: Collection[Factor] | None,
    authenticated_at: float | None,
) -> Principal:
    """The caller. Raises `ConfigurationError` for one that the app could never have."""
    rules = installed.rules
    named, held = _texts("roles", roles), _texts("permissions", permissions)
    _check_names(name, name if id is None else id)
    if kind not in _KINDS:
        raise ConfigurationError(f"acting_as: kind={kind!r}; write one of {', '.join(map(repr, _KINDS))}.")
    if not isinstance(cast("object", tenant), str):
        raise ConfigurationError(f"acting_as: tenant={tenant!r}; write a text, as in tenant='acme'.")
    is_person = kind == "person"
    _check_permissions(held, installed)
    return Principal(
        id=name if id is None else id,
        name=name,
        kind=kind,
        roles=named,
        permissions=held | _granted(named, rules.roles),
        authenticated_at=_moment(authenticated_at, installed.clock.now() if is_person else 0),
        factors=_factors(({"knowledge"} if is_person else ()) if factors is None else factors, rules.factors),
        tenant=tenant,
    )


def _check_names(*given: object) -> None:
    for text in given:
        if not isinstance(text, str) or not text:
            raise ConfigurationError(f"acting_as: {text!r} names nobody; write a name, as in acting_as(app, 'bob').")


def _texts(argument: str, given: object) -> frozenset[str]:
    several = cast("Collection[object]", given) if isinstance(given, Collection) and not isinstance(given, str) else [0]
    texts = frozenset(each for each in several if isinstance(each, str))
    if len(texts) != len(frozenset(several)):
        raise ConfigurationError(f"acting_as: {argument}={given!r}; write a set of texts, as in {argument}={{'...'}}.")
    return texts


def _granted(named: frozenset[str], roles: Roles | None) -> frozenset[str]:
    """What the roles grant: as in life, where one that is not known would grant nothing and nobody would see it."""
    if not named:
        return named
    if roles is None:
        raise ConfigurationError(
            "acting_as: roles=, but this app has no Roles(...) that would say what they grant. Write permissions={...}."
        )
    for role in sorted(named - roles.names):
        raise ConfigurationError(f"acting_as: there is no role {role!r}.{_suggested(role, roles)}")
    return roles.permissions(named)


def _suggested(role: str, roles: Roles) -> str:
    close = get_close_matches(role, sorted(roles.names), 1)
    return f" Did you mean {close[0]!r}?" if close else f" There are {', '.join(sorted(roles.names)) or 'none'}."


def _check_permissions(held: frozenset[str], installed: Installed) -> None:
    roles = installed.rules.roles
    asked = _asked(installed) if held and roles is not None else None
    for permission in sorted(held):
        try:
            check_grant(permission)
            if roles is not None and permission != EVERYTHING:
                roles.check(permission)
            if roles is not None and asked is not None:
                check_asked(permission, roles.known, asked)
        except ConfigurationError as error:
            raise ConfigurationError(f"acting_as: permissions={sorted(held)}: {error}") from None
    if EVERYTHING in held and roles is not None and EVERYTHING not in roles.permissions(roles.names):
        raise ConfigurationError(
            "acting_as: permissions={'*'}, but no role grants everything: nobody could ever hold it."
        )


def _asked(installed: Installed) -> frozenset[str] | None:
    """What the routes ask for; None for an app that cannot start, which its start will say."""
    try:
        judged = installed.running.judged()
    except StartRefused:
        return None
    return asked_in(each.duty for each in judged if each.duty is not None)


def _moment(given: object, now: float) -> float:
    if given is None:
        return now
    if isinstance(given, bool) or not isinstance(given, int | float) or not given >= 0:
        raise ConfigurationError(
            f"acting_as: authenticated_at={given!r}; write seconds since 1970, as in time.time() - 3600, or 0 where"
            " nobody says when."
        )
    return float(given)


def _factors(given: Collection[Factor], most: int) -> frozenset[Factor]:
    found = _texts("factors", given)
    if not found <= set(_FACTORS):
        raise ConfigurationError(f"acting_as: factors={sorted(found)}; write some of {', '.join(_FACTORS)}.")
    if len(found) > most:
        raise ConfigurationError(
            f"acting_as: factors={sorted(found)}, but callers of this app prove who they are by {most} at most."
        )
    return frozenset(cast("frozenset[Factor]", found))
