"""Who may more than whom: the roles of an app, the least powerful first."""

from buckler.access.declarations.roles import Roles
from buckler.grants import EVERYTHING, covers_all


def ranked(roles: Roles) -> tuple[str, ...]:
    """Every role, by how much it grants; what newcomers are comes first, whatever it grants."""

    def power(role: str) -> tuple[bool, bool, int, str]:
        held = roles.permissions((role,))
        covered = sum(covers_all(held, (each,)) for each in roles.known)
        return (role != roles.new, EVERYTHING in held, covered, role)

    return tuple(sorted(roles.names, key=power))


def administrator(roles: Roles, ranks: tuple[str, ...]) -> str | None:
    """The role that may more than every other; None where there is none such."""
    if len(ranks) < 2 or not roles.permissions((ranks[-1],)) - roles.permissions(ranks[:1]):
        return None
    return ranks[-1]
