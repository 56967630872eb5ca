"""The shapes of Keycloak, Entra v2 and Auth0, and who is behind them."""

from typing import Any

import pytest

from buckler import Principal, Roles
from buckler.oauth.foreign_principals import principal_id
from tests.oauth.callers import accepted, told, whole
from tests.oauth.provider import AUDIENCE, NOW, Provider, provider, signer
from tests.proof import two_sided_async

TENANT = "9188040d-6c67-4c5b-b112-36a304b66dad"
KEYCLOAK: dict[str, Any] = {
    "roles": ["realm_access.roles", ("resource_access", "notes.api", "roles")],
    "permissions": "scope",
    "name": "preferred_username",
    "typ": "JWT",
    "access_claim": ("typ", "Bearer"),
}
ENTRA: dict[str, Any] = {
    "roles": "roles",
    "permissions": "scp",
    "tenant": "tid",
    "typ": "JWT",
    "access_claim": ("azpacr", ("0", "1", "2")),
}
AUTH0: dict[str, Any] = {
    "roles": ("https://notes.example/roles",),
    "permissions": ["permissions", "scope"],
    "typ": "JWT",
    "access_claim": "scope",
}


def keycloak(idp: Provider, **changes: object) -> dict[str, object]:
    return {
        "client_id": None,
        "azp": "web",
        "typ": "Bearer",
        "aud": [AUDIENCE, "account"],
        "realm_access": {"roles": ["reader", "offline_access"]},
        "resource_access": {"notes.api": {"roles": ["writer"]}, "other": {"roles": ["root"]}},
        "scope": "openid profile notes:read",
        "preferred_username": "ada",
        "sid": "s-1",
        **changes,
    }


def entra(idp: Provider, **changes: object) -> dict[str, object]:
    return {
        "client_id": None,
        "jti": None,
        "azp": "11111111-1111-1111-1111-111111111111",
        "azpacr": "0",
        "oid": "o-1",
        "tid": TENANT,
        "name": "Ada",
        "scp": "notes:read notes:write",
        "nbf": NOW,
        "ver": "2.0",
        "uti": "x",
        **changes,
    }


def auth0(idp: Provider, **changes: object) -> dict[str, object]:
    return {
        "client_id": None,
        "jti": None,
        "sub": "auth0|64",
        "azp": "web",
        "aud": [AUDIENCE, "https://acme.auth0.com/userinfo"],
        "scope": "openid notes:read",
        "permissions": ["notes:write"],
        "https://notes.example/roles": ["reader"],
        **changes,
    }


SHAPES = {"keycloak": (KEYCLOAK, keycloak), "entra": (ENTRA, entra), "auth0": (AUTH0, auth0)}


async def caller(kind: str, known: Roles | None = None, **changes: object) -> Principal:
    """Whoever a token of that kind is about. Both of Entra and Auth0 publish keys without `alg` or with it."""
    agreed, claims = SHAPES[kind]
    key = signer("k1", "RS256")
    async with provider(path="/realms/x", signers=[key]) as idp:
        callers = whole(idp.agreed(**agreed), roles=known)
        found = await callers.authenticate(idp.token(header={"typ": "JWT"}, **claims(idp, **changes)))
        assert found is not None
        assert found.issuer == idp.url
        assert found.id == principal_id(found.kind, idp.url, found.subject)
        return found


async def test_keycloak() -> None:
    """Roles of the realm and of one client, whose name has a dot; scopes as permissions."""
    ada = await caller("keycloak", Roles({"reader": {"reports:read"}, "writer": {"reports:write"}, "root": {"*"}}))
    assert (ada.name, ada.kind, ada.subject, ada.tenant) == ("ada", "person", "u-1", "")
    assert ada.roles == {"reader", "offline_access", "writer"}
    assert ada.permissions == {"openid", "profile", "notes:read", "reports:read", "reports:write"}
    assert (ada.credential_id, ada.expires_at) == ("t-1", NOW + 600)


async def test_entra() -> None:
    """Scopes in `scp`, a tenant, no `jti`: then a digest of the token stands in its place."""
    ada = await caller("entra")
    assert (ada.name, ada.kind, ada.tenant) == ("Ada", "person", TENANT)
    assert ada.permissions == {"notes:read", "notes:write"}
    assert len(ada.credential_id) == 43


async def test_auth0() -> None:
    """A claim whose name is a URL; permissions as a list and as words."""
    ada = await caller("auth0")
    assert (ada.name, ada.kind, ada.subject) == ("auth0|64", "person", "auth0|64")
    assert ada.roles == {"reader"}
    assert ada.permissions == {"openid", "notes:read", "notes:write"}


PROGRAMS: list[tuple[str, dict[str, object]]] = [
    ("keycloak", {"client_id": "job", "azp": "job", "preferred_username": "service-account-job"}),
    ("keycloak", {"azp": "Job", "preferred_username": "service-account-job"}),
    ("keycloak", {"sub": "web"}),
    ("entra", {"scp": None, "idtyp": "app", "roles": ["reader"]}),
    ("entra", {"scp": None, "oid": "u-1", "roles": ["reader"]}),
    ("entra", {"sub": "11111111-1111-1111-1111-111111111111"}),
    ("auth0", {"sub": "web@clients"}),
    ("auth0", {"gty": "client-credentials"}),
]


@pytest.mark.parametrize(("kind", "changes"), PROGRAMS)
async def test_a_program_is_no_person(kind: str, changes: dict[str, object]) -> None:
    """And never has the id of one, also where it took a person's `sub` for its name (RFC 9700 section 4.15)."""
    program = await caller(kind, **changes)
    assert program.kind == "service"
    assert program.id != principal_id("person", program.issuer, program.subject)


async def test_a_sign_of_programs_can_be_named() -> None:
    """For an issuer with one of its own."""
    async with provider() as idp:
        callers = whole(idp.agreed(service_claim=("kind", "robot")))
        robot, person = [await callers.authenticate(idp.token(kind=kind)) for kind in ("robot", "human")]
        assert robot is not None
        assert person is not None
        assert (robot.kind, person.kind) == ("service", "person")


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("keycloak", {"typ": "ID"}),
        ("keycloak", {"typ": "Refresh"}),
        ("keycloak", {"typ": None}),
        ("entra", {"azpacr": None, "scp": None, "nonce": "n"}),
        ("auth0", {"scope": None, "nonce": "n"}),
    ],
)
async def test_an_id_token_of_theirs_is_no_access_token(kind: str, changes: dict[str, object]) -> None:
    """Though signed by the same key, for the same audience, under the same `typ`."""
    agreed, claims = SHAPES[kind]
    async with provider() as idp:
        issuer = idp.agreed(**agreed)
        token = idp.token(header={"typ": "JWT"}, **claims(idp, **changes))
        assert await told(whole(issuer), token) == "the claim that tells access tokens apart is not there"


@pytest.mark.parametrize("roles", [None, 1, {"a": 1}, ["reader", 1], [["reader"]], True, ""])
async def test_a_claim_of_a_wrong_type_counts_for_nothing(roles: object) -> None:
    """At the end of a path, and on the way."""
    for place in ({"roles": roles}, roles, [{"roles": ["reader"]}]):
        ada = await caller("keycloak", realm_access=place, resource_access=roles, scope=roles)
        assert (ada.roles, ada.permissions) == (frozenset(), frozenset())


async def test_a_role_with_a_blank_is_one_role() -> None:
    """A text alone is one name; the words of a scope are several."""
    ada = await caller("entra", roles="Global Admin", scp=" a  b ")
    assert (ada.roles, ada.permissions) == ({"Global Admin"}, {"a", "b"})


@pytest.mark.parametrize("name", ["a\nb", "a\x00b", "x" * 255, "\u202e" * 70])
async def test_what_is_shown_of_a_caller_is_one_line_and_bounded(name: str) -> None:
    """A name is made so; as the name of a role or a permission it counts for nothing."""
    long = name if "\n" in name or "\x00" in name else "r" * 1001
    ada = await caller("entra", name=name, roles=[long, "reader"], scp=f"{long} notes:read")
    assert 0 < len(ada.name) <= 254
    assert ada.name.isprintable()
    assert (ada.roles, ada.permissions) == ({"reader"}, {"notes:read"})
    nameless = await caller("entra", name=None, sub=name)
    assert nameless.name == ada.name
    assert nameless.id == principal_id(nameless.kind, nameless.issuer, name)


async def test_a_star_from_elsewhere_grants_nothing() -> None:
    """Everything is ours to give: by a role of ours."""
    ada = await caller("entra", scp="* a", roles=["admin"])
    assert not ada.may("b")
    assert (await caller("entra", Roles({"admin": {"*"}}), roles=["admin"])).may("b")


async def test_a_subject_of_one_issuer_is_nobody_at_another() -> None:
    """The same `sub` gives another id, under several issuers at once."""
    async with provider() as idp, provider() as other:
        callers = whole(idp.agreed(), other.agreed())
        found = [await callers.authenticate(each.token()) for each in (idp, other)]
        assert [each.subject for each in found if each] == ["u-1", "u-1"]
        assert len({each.id for each in found if each}) == 2
    assert principal_id("person", "https://a", "b c") != principal_id("person", "https://a b", "c")


async def test_a_token_for_the_one_is_none_for_the_other() -> None:
    """Each issuer has an audience of its own: two_sided by agreeing on both."""
    async with provider() as idp, provider() as other:
        token = idp.token(aud="b")

        async def attack(audience: str) -> bool:
            return await accepted(whole(idp.agreed(audience=audience), other.agreed(audience="b")), token)

        await two_sided_async(attack, whole="a", twin="b")
