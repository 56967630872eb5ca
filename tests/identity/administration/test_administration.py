"""Who administrates acts within his own rights, never on himself, and somebody always does."""

import asyncio
from pathlib import Path

import pytest

from buckler.access.declarations.roles import Roles
from buckler.identity.administration.administration import (
    OPERATOR,
    AccountMissing,
    Acting,
    Administration,
    RoleRefused,
    UnknownRole,
)
from buckler.identity.administration.last_administrator import LastAdministrator
from tests.identity.house import PASSWORD
from tests.identity.office import ROLES, Careless, Lax, Mild, Office, Vain
from tests.proof import two_sided_async


async def test_accounts_are_listed_searched_and_shown(tmp_path: Path) -> None:
    """In pages, by the beginning of a name; no answer has a secret in it."""
    async with Office(tmp_path) as office:
        desk = await office.hire("desk", "desk")
        for name in ("bert", "anna", "anton"):
            await office.hire(name)
        first = (await office.get("/auth/accounts?size=2", desk)).json()
        assert [each["name"] for each in first["items"]] == ["anna", "anton"]
        rest = (await office.get(f"/auth/accounts?size=2&cursor={first['next']}", desk)).json()
        assert [each["name"] for each in rest["items"]] == ["bert", "desk"]
        found = await office.get("/auth/accounts?name.starts_with=an", desk)
        assert [each["name"] for each in found.json()["items"]] == ["anna", "anton"]
        one = await office.get(f"/auth/accounts/{office.ids['anna']}", desk)
        members = ["created_at", "disabled_at", "email", "id", "last_sign_in_at", "name", "roles"]
        assert sorted(one.json()) == members
        assert (await office.get("/auth/accounts?password_sealed=x", desk)).status_code == 422


async def test_who_lacks_the_permission_learns_of_no_account(tmp_path: Path) -> None:
    """One that exists and one that does not answer alike, on every route and method."""
    async with Office(tmp_path) as office:
        nobody, other = await office.hire("alice"), await office.hire("bob")
        assert other
        for method, path in (
            ("GET", "/auth/accounts/{}"),
            ("POST", "/auth/accounts/{}/disable"),
            ("POST", "/auth/accounts/{}/enable"),
            ("DELETE", "/auth/accounts/{}/sessions"),
            ("PUT", "/auth/accounts/{}/roles"),
        ):
            answers = [await office.ask(method, path.format(it), nobody) for it in (office.ids["bob"], "missing")]
            told = [{**answer.json(), "request_id": ""} for answer in answers]
            assert told[0] == told[1]
            assert [answer.status_code for answer in answers] == [403, 403]
            assert (await office.ask(method, path.format("missing"), None)).status_code == 401


async def test_what_is_not_there_is_missing_to_who_may_know(tmp_path: Path) -> None:
    """404, from each route."""
    async with Office(tmp_path) as office:
        boss = await office.hire("boss", "admin")
        for method, path, members in (
            ("GET", "", {}),
            ("POST", "/disable", {}),
            ("POST", "/enable", {}),
            ("DELETE", "/sessions", {}),
            ("PUT", "/roles", {"roles": ["reader"]}),
        ):
            answer = await office.ask(method, f"/auth/accounts/missing{path}", boss, **members)
            assert (answer.status_code, answer.json()["type"]) == (404, "urn:buckler:problem:account-missing")


async def test_routes_stand_where_a_role_has_their_permission(tmp_path: Path) -> None:
    """Where none has, there are none; `*` has all of them."""

    async def paths(name: str, roles: Roles) -> set[str]:
        office = Office(tmp_path / name, roles=roles)
        return {path.removeprefix("/auth/accounts") for path in office.app.openapi()["paths"] if "accounts" in path}

    writing = {"/{account}/disable", "/{account}/enable", "/{account}/sessions"}
    assert await paths("none", Roles({"reader": {"reports:read"}})) == set()
    assert await paths("read", Roles({"desk": {"accounts:read"}})) == {"", "/{account}"}
    assert await paths("write", Roles({"desk": {"accounts:write"}})) == writing
    assert await paths("roles", Roles({"desk": {"accounts:roles"}})) == {"/{account}/roles"}
    assert await paths("all", Roles({"admin": {"*"}})) == {"", "/{account}", "/{account}/roles", *writing}


@pytest.mark.asvs("8.2.1")
async def test_nobody_grants_what_he_has_not(tmp_path: Path) -> None:
    """A role beyond the own rights is neither given nor taken."""

    async def attack(kind: type[Administration]) -> bool:
        async with Office(tmp_path / kind.__name__, kind) as office:
            granter = await office.hire("granter", "granter")
            await office.hire("friend")
            answer = await office.ask(
                "PUT", f"/auth/accounts/{office.ids['friend']}/roles", granter, roles=["admin", "reader"]
            )
            if answer.status_code != 200:
                assert (answer.status_code, answer.json()["type"]) == (403, "urn:buckler:problem:role-refused")
            return "admin" in await office.roles_of("friend")

    await two_sided_async(attack, whole=Administration, twin=Lax)


async def test_nobody_touches_who_has_more(tmp_path: Path) -> None:
    """The desk disables no administrator, ends none of its sessions, takes none of its roles."""

    async def attack(kind: type[Administration]) -> bool:
        async with Office(tmp_path / kind.__name__, kind) as office:
            await office.hire("other", "admin")
            await office.hire("boss", "admin")
            desk = await office.hire("desk", "desk", "granter")
            at = f"/auth/accounts/{office.ids['boss']}"
            statuses = [
                (await office.ask("DELETE", f"{at}/sessions", desk)).status_code,
                (await office.ask("PUT", f"{at}/roles", desk, roles=[])).status_code,
                (await office.ask("POST", f"{at}/disable", desk)).status_code,
            ]
            assert statuses in ([204, 200, 204], [403, 403, 403])
            return statuses[0] == 204

    await two_sided_async(attack, whole=Administration, twin=Lax)


@pytest.mark.asvs("8.3.2")
async def test_nobody_raises_himself(tmp_path: Path) -> None:
    """Not even with roles that he could give to others."""

    async def attack(kind: type[Administration]) -> bool:
        async with Office(tmp_path / kind.__name__, kind) as office:
            boss = await office.hire("boss", "admin")
            at = f"/auth/accounts/{office.ids['boss']}/roles"
            answer = await office.ask("PUT", at, boss, roles=["admin", "desk"])
            return answer.status_code == 200

    await two_sided_async(attack, whole=Administration, twin=Vain)


async def test_the_last_administrator_stays(tmp_path: Path) -> None:
    """It cannot be disabled, nor lose its role; a disabled one does not stand in for it."""

    async def attack(kind: type[Administration]) -> bool:
        async with Office(tmp_path / kind.__name__, kind) as office:
            await office.hire("gone", "admin")
            await office.hire("boss", "admin")
            await office.administration.disable(OPERATOR, office.ids["gone"])
            try:
                await office.administration.change_roles(OPERATOR, office.ids["boss"], (), ["admin"])
            except LastAdministrator:
                with pytest.raises(LastAdministrator):
                    await office.administration.disable(OPERATOR, office.ids["boss"])
                return False
            return "admin" not in await office.roles_of("boss")

    await two_sided_async(attack, whole=Administration, twin=Careless)


async def test_of_two_administrators_who_end_each_other_one_is_left(tmp_path: Path) -> None:
    """At once, by requests, in two processes' worth of connections."""

    async def attack(kind: type[Administration]) -> bool:
        async with Office(tmp_path / kind.__name__, kind) as office:
            tokens = {name: await office.hire(name, "admin") for name in ("one", "two")}
            pairs = (("one", "two"), ("two", "one"))
            answers = await asyncio.gather(
                *(office.ask("POST", f"/auth/accounts/{office.ids[b]}/disable", tokens[a]) for a, b in pairs)
            )
            assert 204 in {answer.status_code for answer in answers}
            left = [each for each in await office.administration.accounts.everybody() if each.disabled_at is None]
            return not left

    class Wild(Careless, Vain):
        """Neither keeps the last one nor looks at who acts again."""

    async with Office(tmp_path / "operator") as office:
        for name in ("one", "two"):
            await office.hire(name, "admin")
        steps = [office.administration.disable(OPERATOR, office.ids[name]) for name in ("one", "two")]
        outcomes = await asyncio.gather(*steps, return_exceptions=True)
        assert sorted(type(each).__name__ for each in outcomes) == ["LastAdministrator", "NoneType"]
    await two_sided_async(attack, whole=Administration, twin=Wild)


async def test_rights_that_were_taken_meanwhile_are_not_used(tmp_path: Path) -> None:
    """The request was admitted; before its turn in the database came, its own rights were gone."""

    async def attack(kind: type[Administration]) -> bool:
        async with Office(tmp_path / kind.__name__, kind) as office:
            await office.hire("desk", "desk")
            await office.hire("alice")
            acting = Acting(office.ids["desk"], ROLES.permissions({"desk"}), version=1)
            await office.administration.change_roles(OPERATOR, office.ids["desk"], (), ["desk"])
            try:
                await office.administration.disable(acting, office.ids["alice"])
            except RoleRefused:
                return False
            return True

    await two_sided_async(attack, whole=Administration, twin=Vain)


@pytest.mark.asvs("8.3.2")
async def test_a_role_that_is_taken_ends_tokens_and_one_that_is_given_ends_nothing(tmp_path: Path) -> None:
    """The next request with an old token is 401; a refresh yields less."""
    async with Office(tmp_path) as office:
        boss = await office.hire("boss", "admin")
        await office.register("alice")
        alice = (await office.sign_in("alice")).json()
        at = f"/auth/accounts/{(await office.get('/auth/me', alice['access_token'])).json()['id']}"
        given = await office.ask("PUT", f"{at}/roles", boss, roles=["desk", "reader"])
        assert given.json() == {"roles": ["desk", "reader"]}
        assert (await office.get("/auth/me", alice["access_token"])).status_code == 200
        more = (await office.post("/auth/refresh", refresh_token=alice["refresh_token"])).json()
        assert (await office.get("/auth/accounts", more["access_token"])).status_code == 200
        assert (await office.ask("PUT", f"{at}/roles", boss, roles=["reader"])).status_code == 200
        assert (await office.get("/auth/me", more["access_token"])).status_code == 401
        less = (await office.post("/auth/refresh", refresh_token=more["refresh_token"])).json()
        assert (await office.get("/auth/accounts", less["access_token"])).status_code == 403
        assert (await office.get("/auth/me", less["access_token"])).json()["roles"] == ["reader"]


async def test_who_is_disabled_has_nothing_left_until_enabled(tmp_path: Path) -> None:
    """Access, refresh and sign-in; enabling gives back none of the old tokens."""
    async with Office(tmp_path) as office:
        boss = await office.hire("boss", "admin")
        await office.hire("alice")
        alice = (await office.sign_in("alice")).json()
        at = f"/auth/accounts/{office.ids['alice']}"
        for _ in range(2):
            assert (await office.ask("POST", f"{at}/disable", boss)).status_code == 204
        assert (await office.get("/auth/me", alice["access_token"])).status_code == 401
        assert (await office.post("/auth/refresh", refresh_token=alice["refresh_token"])).status_code == 401
        assert (await office.sign_in("alice")).status_code == 401
        for _ in range(2):
            assert (await office.ask("POST", f"{at}/enable", boss)).status_code == 204
        assert (await office.get("/auth/me", alice["access_token"])).status_code == 401
        assert (await office.post("/auth/refresh", refresh_token=alice["refresh_token"])).status_code == 401
        assert (await office.sign_in("alice")).status_code == 200


async def test_an_administrator_ends_the_sessions_of_an_account(tmp_path: Path) -> None:
    """All of them, with their tokens; it may sign in again at once."""
    async with Office(tmp_path) as office:
        boss = await office.hire("boss", "admin")
        alice = await office.hire("alice")
        ended = await office.ask("DELETE", f"/auth/accounts/{office.ids['alice']}/sessions", boss)
        assert ended.status_code == 204
        assert (await office.get("/auth/me", alice)).status_code == 401
        assert (await office.sign_in("alice")).status_code == 200


@pytest.mark.asvs("7.4.2")
async def test_disabling_an_account_ends_what_it_had(tmp_path: Path) -> None:
    """Its access token is dead at once; on the twin whoever is inside stays there."""

    async def attack(office: Office) -> bool:
        boss, alice = await office.hire("boss", "admin"), await office.hire("alice")
        assert (await office.ask("POST", f"/auth/accounts/{office.ids['alice']}/disable", boss)).status_code == 204
        return (await office.get("/auth/me", alice)).status_code == 200

    async with Office(tmp_path / "whole") as whole, Office(tmp_path / "twin", Mild) as twin:
        await two_sided_async(attack, whole=whole, twin=twin)


@pytest.mark.asvs("7.4.5")
async def test_an_administrator_signs_anybody_out(tmp_path: Path) -> None:
    """Every session, and so every token, of another account."""

    async def attack(office: Office) -> bool:
        boss, alice = await office.hire("boss", "admin"), await office.hire("alice")
        await office.ask("DELETE", f"/auth/accounts/{office.ids['alice']}/sessions", boss)
        return (await office.get("/auth/me", alice)).status_code == 200

    async with Office(tmp_path / "whole") as whole, Office(tmp_path / "twin", Mild) as twin:
        await two_sided_async(attack, whole=whole, twin=twin)


async def test_unknown_roles_are_refused_with_those_there_are(tmp_path: Path) -> None:
    """Given ones; one that is held and is no role of the app any more can be taken."""
    async with Office(tmp_path) as office:
        boss = await office.hire("boss", "admin")
        await office.hire("alice")
        at = f"/auth/accounts/{office.ids['alice']}/roles"
        answer = await office.ask("PUT", at, boss, roles=["raeder"])
        assert answer.status_code == 422
        assert "admin, desk, granter, reader" in answer.json()["detail"]
        with pytest.raises(UnknownRole, match="no roles here"):
            Administration(Roles({}), "admin", *[None] * 4).judge(OPERATOR, ["x"])  # type: ignore[arg-type]
        with pytest.raises(AccountMissing):
            await office.administration.enable(OPERATOR, "missing")
    retired = Roles({"admin": {"*"}})
    async with Office(tmp_path, roles=retired) as later:
        held = (await later.administration.accounts.everybody())[0]
        assert held.roles == ["reader"]
        assert await later.administration.set_roles(OPERATOR, held.id, []) == set()


async def test_every_change_is_an_event(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Who did what to whom; nothing changed tells nothing."""
    caplog.set_level("INFO", "buckler.events")
    async with Office(tmp_path) as office:
        await office.hire("alice")
        caplog.clear()
        administration, alice = office.administration, office.ids["alice"]
        await administration.change_roles(OPERATOR, alice, ["desk"], ["reader"])
        await administration.change_roles(OPERATOR, alice, ["desk"], ())
        await administration.disable(OPERATOR, alice)
        await administration.enable(OPERATOR, alice)
        await administration.end_sessions(OPERATOR, alice)
        # What the service tells of itself meanwhile, as of its keys, is about no account.
        lines = [record.getMessage() for record in caplog.records if '"account"' in record.getMessage()]
        told = [line for line in lines if "authz_admin" not in line]
    kinds = ["privilege_permissions_changed", "user_updated", "user_updated", "authn_token_revoked"]
    assert [kind in line for kind, line in zip(kinds, told, strict=False)] == [True] * 4
    assert '"given":["desk"],"taken":["reader"]' in told[0]
    assert all(f'"account":"{alice}","by":"operator"' in line for line in told[:4])
    assert PASSWORD not in caplog.text
