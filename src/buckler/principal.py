"""Who is calling."""

from dataclasses import dataclass, field
from typing import Any, Literal

from buckler.errors import ConfigurationError
from buckler.grants import covers_all

Kind = Literal["person", "key", "service"]
Factor = Literal["knowledge", "possession", "inherence"]


@dataclass(frozen=True, slots=True)
class Principal:
    """The verified caller of one request.

    `permissions` are the rights this request may use: those of the roles, already cut to the
    scope of the credential. `"reports:*"` among them grants whatever begins with `reports:`, and `"*"` every
    permission; neither grants ownership.
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
    session_id: str = field(default="", repr=False)
    """The sign-in that the credential comes from; empty where it comes from none."""
    authenticated_at: float = 0
    """When the person last proved who it is (`auth_time`), by the oldest of `factors`; 0 where nobody says."""
    factors: frozenset[Factor] = frozenset()
    """The kinds of factor by which the person proved it (NIST SP 800-63B section 4); empty where nobody says."""
    account_version: int = field(default=0, repr=False)
    """The version of the account for which the credential was made: a lower one than it has now is dead."""
    issuer: str = ""
    """Who vouches for the caller, where that is not this app: the `iss` of its token."""
    subject: str = ""
    """What that issuer calls the caller (`sub`); `id` is made from both, and is the one to store."""
    tenant: str = ""
    """The tenant that the issuer names, where one is configured."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        """Refuse to be read from a request or written into an answer.

        FastAPI takes a parameter without a dependency from the body: a caller could then say who
        it is. Raises `ConfigurationError`.
        """
        raise ConfigurationError(
            "Principal is handed over by the guard and never read from a request or sent in an answer."
            " As a parameter write who: Annotated[Principal, Requires()];"
            " for an answer make a model of your own with the fields you want to show."
        )

    def may(self, permission: str) -> bool:
        """Whether the caller holds `permission`."""
        return covers_all(self.permissions, (permission,))
