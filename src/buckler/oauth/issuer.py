"""What is agreed about an issuer that is not we: whose tokens count here, and what their claims mean.

Everything is compared exactly. A setting under which a token of another kind, or for somebody else, could pass
cannot be made. ASVS 6.8.1, 9.1.2, 9.2.2, 9.2.3, 10.5.3; RFC 8725 section 3; RFC 9068 section 4.
"""

import ssl
from collections.abc import Iterable
from typing import Final, cast, final
from urllib.parse import SplitResult, urlsplit

from buckler.errors import ConfigurationError
from buckler.ip_addresses import is_loopback
from buckler.oauth.claim_paths import ClaimPath, path_of, paths_of

DEFAULT_ALGORITHMS: Final = ("RS256", "PS256", "ES256", "Ed25519", "EdDSA")
KNOWN_ALGORITHMS: Final = (*DEFAULT_ALGORITHMS, "RS384", "RS512", "PS384", "PS512", "ES384", "ES512")
MOST_LEEWAY: Final = 60
_VAGUE_TYPES: Final = ("jwt", "application/jwt", "")
_ACCESS_TYPES: Final = ("at+jwt", "application/at+jwt")

Sign = str | tuple[ClaimPath, str | Iterable[str]]


@final
class Issuer:
    """An issuer of access tokens: Keycloak, Entra, Auth0, or any other by RFC 9068.

    `url` is its name, exactly as its tokens write it in `iss`: a slash more is another issuer. `audience` is what we
    are called there, one name or several. `roles`, `permissions`, `tenant` and `name` say where these stand: a dotted
    path, a tuple of names, or a list of such paths for roles and permissions. `typ` is the type in the header of its
    access tokens; where it is `"JWT"`, `access_claim` must tell them from ID tokens, as a claim that must be there
    (`"scope"`), or one with its values (`("typ", "Bearer")`). `service_claim`, in the same form, marks the tokens of
    programs where the usual signs do not. `jwks_uri` is where the keys are, if not where its metadata says.
    `private=True` lets its host stand in our own network, on loopback also without TLS. `leeway` forgives so many
    seconds of a clock that is ahead. Raises `ConfigurationError`.
    """

    def __init__(
        self,
        url: str,
        *,
        audience: str | Iterable[str],
        roles: ClaimPath | list[ClaimPath] | None = None,
        permissions: ClaimPath | list[ClaimPath] | None = None,
        tenant: ClaimPath | None = None,
        name: ClaimPath = "name",
        typ: str = "at+jwt",
        access_claim: Sign | None = None,
        service_claim: Sign | None = None,
        algorithms: Iterable[str] = DEFAULT_ALGORITHMS,
        jwks_uri: str | None = None,
        private: bool = False,
        leeway: int = 10,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self.private = private
        self.place = _place("url", url, private=private)
        if self.place.query or self.place.fragment:
            raise ConfigurationError(f"Issuer({url!r}): an issuer has no query and no fragment (RFC 8414 section 2).")
        self.url = url
        self.jwks_uri = jwks_uri
        self.keys_place = self.place if jwks_uri is None else _place("jwks_uri", jwks_uri, private=private)
        self.audience = _names("audience", audience)
        self.roles = paths_of("roles", roles)
        self.permissions = paths_of("permissions", permissions)
        self.tenant = None if tenant is None else path_of("tenant", tenant)
        self.name = path_of("name", name)
        self.types = _types(typ, access_claim)
        self.access_claim = None if access_claim is None else ClaimSign("access_claim", access_claim)
        self.service_claim = None if service_claim is None else ClaimSign("service_claim", service_claim)
        self.algorithms = _algorithms(algorithms)
        self.leeway = _seconds(leeway)
        self.ssl_context = ssl_context

    def __repr__(self) -> str:
        return f"Issuer({self.url!r}, audience={sorted(self.audience)})"


@final
class ClaimSign:
    """A claim by which one kind of token is told from another: that it is there, or that it has one of some values."""

    def __init__(self, setting: str, given: object) -> None:
        parts = _parts(given)
        self.path = path_of(setting, parts[0] if len(parts) == 2 else given)
        self.values = _names(setting, parts[1]) if len(parts) == 2 else None

    def stands_in(self, found: frozenset[str]) -> bool:
        """Whether what was found at the path is the sign."""
        return bool(found) if self.values is None else not found.isdisjoint(self.values)


def _parts(given: object) -> tuple[object, ...]:
    return cast("tuple[object, ...]", given) if isinstance(given, tuple) else ()


def _place(setting: str, url: object, *, private: bool) -> SplitResult:
    try:
        place = urlsplit(url if isinstance(url, str) else "")
        host, _ = place.hostname, place.port
    except ValueError:
        host, place = None, urlsplit("")
    plain = isinstance(url, str) and url.isascii() and url.isprintable() and " " not in url
    if not plain or not host or place.username is not None or place.scheme not in ("https", "http"):
        raise ConfigurationError(f"Issuer({setting}={url!r}): write its address, as in 'https://login.example.com/x'.")
    if place.scheme == "http" and not (private and is_loopback(host)):
        raise ConfigurationError(
            f"Issuer({setting}={url!r}): over plain HTTP anybody on the way could hand us keys of their own; use https."
            " Only a server on this machine may do without, for tests: name it by 127.0.0.1 and say private=True."
        )
    return place


def _names(setting: str, given: object) -> frozenset[str]:
    several: list[object] = [given]
    if isinstance(given, Iterable) and not isinstance(given, str):
        several = [*cast("Iterable[object]", given)]
    names = frozenset(each for each in several if isinstance(each, str) and each)
    if not names or len(names) != len(several):
        raise ConfigurationError(
            f"Issuer({setting}={given!r}): write a text, or several; an empty one would match nobody, or anybody."
        )
    return names


def _types(typ: object, access_claim: object) -> frozenset[str]:
    if not isinstance(typ, str):
        raise ConfigurationError(f"Issuer(typ={typ!r}): write the type in the header of its tokens, as in 'at+jwt'.")
    kind = typ.lower()
    if kind in _VAGUE_TYPES and access_claim is None:
        raise ConfigurationError(
            f"Issuer(typ={typ!r}) without access_claim: its ID tokens have the same type, so one that was made to sign"
            " in somewhere would open this API. Name a claim that only access tokens have: access_claim=('typ',"
            " 'Bearer') for Keycloak, ('azpacr', ('0', '1', '2')) for Entra, 'scope' for Auth0; or let the issuer"
            " write 'at+jwt' (RFC 9068 section 2.1)."
        )
    if kind in _ACCESS_TYPES:
        return frozenset(_ACCESS_TYPES)
    return frozenset(_VAGUE_TYPES[:2] if kind in _VAGUE_TYPES else (kind,))


def _algorithms(given: object) -> frozenset[str]:
    names = _names("algorithms", given)
    unknown = sorted(names - frozenset(KNOWN_ALGORITHMS))
    if unknown:
        raise ConfigurationError(
            f"Issuer(algorithms=...): {unknown[0]!r} cannot be taken. HS... would need the secret that signs, and"
            f" 'none' is no signature; choose from {', '.join(KNOWN_ALGORITHMS)}."
        )
    return names


def _seconds(leeway: object) -> int:
    if type(leeway) is not int or not 0 <= leeway <= MOST_LEEWAY:
        raise ConfigurationError(
            f"Issuer(leeway={leeway!r}): 0 to {MOST_LEEWAY} whole seconds; a clock that is further off must be set."
        )
    return leeway
