"""From the claims of a verified foreign token to a caller (ASVS 6.8.1, 8.2.1, 10.3.3).

- The id is a digest of kind, issuer and subject: no issuer can name a caller of another, none can name an account of
  ours, and a program that took a person's `sub` for its own name is not that person (RFC 9700 section 4.15).
- Roles are names; what they allow is said by our own `Roles`. Permissions are taken from the claims that were named
  for them; a wildcard among those counts for nothing, since wholes are
  ours to give.
- What is shown of a caller is one line and bounded, whoever wrote it: a name is made so, and a role or permission
  that is not counts for nothing, as a claim of a wrong type does.
- A program is told by any of the usual signs: the subject is the client, or a claim says so.
"""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from buckler.access.declarations.roles import Roles
from buckler.oauth.claim_paths import names_at, scopes_at, text_at
from buckler.oauth.issuer import Issuer
from buckler.principal import Kind, Principal
from buckler.redact import plain
from buckler.tokens.claims import text, whole
from buckler.tokens.segments import encode

_CLIENT_CLAIMS = ("client_id", "azp", "appid", "cid")
_LONGEST_NAME: Final = 254
"""Characters, as of our own accounts: an address is no longer (RFC 5321 section 4.5.3.1.3)."""
_WORD: Final = re.compile(r"[^\x00-\x1f\x7f]{1,1000}")
"""The name of a role, or a permission."""


class ForeignPrincipals:
    """Makes callers, with the rights that `roles` give."""

    def __init__(self, roles: Roles | None) -> None:
        self._roles = roles

    def caller(self, issuer: Issuer, claims: Mapping[str, object], key_of_token: bytes) -> Principal:
        """The caller whom the claims of a verified token name. `key_of_token` is a digest of its text."""
        subject, kind = text(claims, "sub") or "", _kind(issuer, claims)
        roles = _words(*(names_at(claims, path) for path in issuer.roles))
        named = _words(*(scopes_at(claims, path) for path in issuer.permissions))
        granted = frozenset(each for each in named if "*" not in each)
        return Principal(
            id=principal_id(kind, issuer.url, subject),
            name=plain(text_at(claims, issuer.name) or subject)[:_LONGEST_NAME],
            kind=kind,
            roles=roles,
            permissions=granted if self._roles is None else granted | self._roles.permissions(roles),
            credential_id=text(claims, "jti") or encode(key_of_token),
            expires_at=whole(claims, "exp") or 0,
            issuer=issuer.url,
            subject=subject,
            tenant=text_at(claims, issuer.tenant) if issuer.tenant is not None else "",
        )


def principal_id(kind: Kind, issuer: str, subject: str) -> str:
    """One id for one subject of one issuer, always the same; 43 letters that are safe anywhere."""
    return encode(sha256(f"{kind} {len(issuer)} {issuer} {subject}".encode()).digest())


def _words(*found: frozenset[str]) -> frozenset[str]:
    """All of them that are one line of at most 1000 characters."""
    return frozenset(each for each in frozenset[str]().union(*found) if _WORD.fullmatch(each))


def _kind(issuer: Issuer, claims: Mapping[str, object]) -> Kind:
    sign = issuer.service_claim
    if sign is not None and sign.stands_in(names_at(claims, sign.path)):
        return "service"
    return "service" if _is_client(claims) or _says_client(claims) else "person"


def _is_client(claims: Mapping[str, object]) -> bool:
    """The subject is the client itself (RFC 9068 section 2.2; `@clients` is Auth0's way to write it)."""
    clients = {text(claims, name) for name in _CLIENT_CLAIMS}
    subject = text(claims, "sub") or ""
    return subject in clients or subject.removesuffix("@clients") in clients


def _says_client(claims: Mapping[str, object]) -> bool:
    """Auth0's `gty`, Entra's `idtyp` or its equal `oid` and `sub` without `scp`, Keycloak's service account."""
    account = f"service-account-{text(claims, 'client_id') or text(claims, 'azp') or ''}".lower()
    return (
        "client-credentials" in names_at(claims, ("gty",))
        or text(claims, "idtyp") == "app"
        or ("scp" not in claims and "oid" in claims and text(claims, "oid") == text(claims, "sub"))
        or text(claims, "preferred_username") == account
    )
