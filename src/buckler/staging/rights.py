"""What callers are played with, by the role that they have, or by the permissions where an app has no roles."""

from collections.abc import Mapping

from buckler.access.declarations.asked import asked_in
from buckler.grants import EVERYTHING
from buckler.protected_app import Installed
from buckler.staging.ranks import ranked


def rights_of(installed: Installed) -> Mapping[str, frozenset[str]]:
    """By role what it grants, what newcomers are first; without roles each permission is as a role that grants it.

    There is always somebody with nothing, and without roles somebody with everything.
    """
    roles = installed.rules.roles
    if roles is not None:
        named = {role: roles.permissions((role,)) for role in ranked(roles)}
        return {**named, "": frozenset()} if named else {"": frozenset()}
    return {"": frozenset(), **{each: frozenset({each}) for each in asked_of(installed)}, EVERYTHING: frozenset("*")}


def asked_of(installed: Installed) -> tuple[str, ...]:
    """Every permission that a route of the app asks for."""
    return tuple(sorted(asked_in(each.duty for each in installed.running.judged() if each.duty is not None)))
