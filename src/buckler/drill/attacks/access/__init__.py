"""Attacks of the family `access`: who gets what."""

from typing import Final

from buckler.drill.attack import Attack
from buckler.drill.attacks.access import (
    declared_otherwise,
    excessive_data,
    foreign_lists,
    function_level,
    hidden_routes,
    mass_assignment,
    method_override,
    missing_authentication,
    object_read,
    object_write,
    open_documents,
    tenants,
)

ACCESS: Final[tuple[Attack, ...]] = (
    missing_authentication.ATTACK,
    function_level.ATTACK,
    object_read.ATTACK,
    object_write.ATTACK,
    mass_assignment.ATTACK,
    excessive_data.ATTACK,
    tenants.ATTACK,
    method_override.ATTACK,
    hidden_routes.ATTACK,
    open_documents.ATTACK,
    foreign_lists.ATTACK,
    declared_otherwise.ATTACK,
)
