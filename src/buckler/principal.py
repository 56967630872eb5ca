"""Who is calling."""

from dataclasses import dataclass, field
from typing import Literal, NewType

AccountId = NewType("AccountId", str)

Kind = Literal["person", "key", "service"]


@dataclass(frozen=True, slots=True)
class Principal:
    """The verified caller of one request.

    `permissions` are the rights this request may use: those of the roles, already cut to the
    scope of the credential. `"*"` among them grants every permission, never ownership.
    """

    id: str
    name: str
    kind: Kind = "person"
    roles: frozenset[str] = frozenset()
    permissions: frozenset[str] = frozenset()
    credential_id: str = field(default="", repr=False)
    """The `jti` of the access token (RFC 7519 section 4.1.7); what a logout ends."""
    expires_at: float = float("inf")
    """When the credential ends, in seconds since 1970-01-01 UTC."""

    def may(self, permission: str) -> bool:
        """Whether the caller holds `permission`."""
        return permission in self.permissions or "*" in self.permissions
