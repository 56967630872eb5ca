"""What an administrator does to an account by its page."""

import re

from buckler.identity.administration.administration import OPERATOR
from buckler.identity.sessions.browser_sessions import COOKIE
from tests.console.administration.people import ADA, BEA, CARL, PASSWORD, ConsoleHouse, Shown, Visitor, signed_in

WRONG = "another otter plays the harp"


async def page_of(visitor: Visitor, account: str) -> Shown:
    return await visitor.get(f"/console/accounts/{account}")


def to(account: str, step: str) -> str:
    return f"/console/accounts/{account}/{step}"


async def is_in(visitor: Visitor) -> bool:
    return (await visitor.get("/console")).path == "/console"


async def test_an_account_is_disabled_and_enabled(house: ConsoleHouse) -> None:
    """Whoever is signed in with it is out at once, nobody signs in, and the log has who did it."""
    ada, bea = await signed_in(house, ADA, "admin"), await signed_in(house, BEA)
    account = await id_of(house, BEA)
    page = await page_of(ada, account)
    assert f"Yes, disable {BEA} Cancel" in page.words  # a way back from it, too
    done = await ada.send(page, to(account, "disable"))
    assert done.path == f"/console/accounts/{account}?said=account-disabled"
    assert "The account is disabled." in done.words
    assert not await is_in(bea)
    assert "wrong" in (await bea.sign_in(BEA)).words
    log = await ada.get(f"/console/log?account={account}&event=authz_admin")
    assert f"by {ADA}" in log.words
    assert "An administrator acted: disabled the account" in log.words
    updated = await ada.get(f"/console/log?account={account}&event=user_updated")
    assert "The account was disabled" in updated.words
    assert re.search(r"data-utc>\d+ [A-Z][a-z]+ \d{4}, \d\d:\d\d:\d\d UTC<", updated.answer.text)
    again = await ada.send(done, to(account, "enable"))
    assert "may sign in again" in again.words
    assert (await bea.sign_in(BEA)).path == "/console"


async def test_an_account_is_signed_out_everywhere(house: ConsoleHouse) -> None:
    """Its owner can sign in again; whoever pressed the button stays."""
    ada, bea = await signed_in(house, ADA, "admin"), await signed_in(house, BEA)
    account = await id_of(house, BEA)
    page = await page_of(ada, account)
    assert "Firefox on Linux" in page.words
    done = await ada.send(page, to(account, "end-sessions"))
    assert "signed out everywhere" in done.words
    assert "Signed in nowhere." in done.words
    assert (await is_in(ada), await is_in(bea)) == (True, False)


async def test_roles_need_the_password_once_more(house: ConsoleHouse) -> None:
    """A wrong one changes nothing, says so beside its field, and keeps nothing of itself; the right one does."""
    ada = await signed_in(house, ADA, "admin")
    account = await house.account(BEA)
    page = await page_of(ada, account)
    fields = {"shown": "reader", "roles": ["reader", "support"]}
    refused = await ada.post(to(account, "roles"), {**token(page), **fields, "password": WRONG})
    assert refused.status == 403
    assert "This is not the password of your account." in refused.words
    assert WRONG not in refused.answer.text
    assert await roles_of(house, account) == {"reader"}
    done = await ada.post(to(account, "roles"), {**token(page), **fields, "password": PASSWORD})
    assert "roles of the account have been changed" in done.words
    assert await roles_of(house, account) == {"reader", "support"}
    assert "The account was given support" in (await ada.get(f"/console/log?account={account}")).words


async def test_what_somebody_else_changed_meanwhile_stays(house: ConsoleHouse) -> None:
    """The page gives and takes what was changed on it, and not the whole of what it showed."""
    ada = await signed_in(house, ADA, "admin")
    account = await house.account(BEA)
    old = await page_of(ada, account)
    await house.opened.administration.set_roles(OPERATOR, account, ["reader", "auditor"])
    fields = {**token(old), "shown": "reader", "roles": "support", "password": PASSWORD}
    await ada.post(to(account, "roles"), fields)
    assert await roles_of(house, account) == {"auditor", "support"}


async def test_nobody_acts_beyond_his_own_rights(house: ConsoleHouse) -> None:
    """Neither by the page, which offers nothing of it, nor by what is sent all the same (ASVS 8.2.1)."""
    support = await signed_in(house, CARL, "support")
    boss, guest = await house.account(ADA, "admin"), await house.account(BEA)
    page = await page_of(support, boss)
    assert "permissions that you do not have" in page.words
    assert not [each for each in page.forms if "/console/accounts/" in each.action]
    own = token(await page_of(support, guest))
    for step in ("disable", "end-sessions"):
        refused = await support.post(to(boss, step), own)
        assert refused.status == 403
        assert "beyond your own rights" in refused.words
    fields = {"shown": "reader", "roles": "admin", "password": PASSWORD}
    refused = await support.post(to(guest, "roles"), {**own, **fields})
    assert (refused.status, await roles_of(house, guest)) == (403, {"reader"})
    assert "events:read" not in page.words  # and what is beyond is not even listed as a choice to somebody who may not


async def test_nobody_acts_on_himself_and_the_last_administrator_stays(house: ConsoleHouse) -> None:
    """One raises nobody by oneself, and one administrator cannot take the last other one away with support's help."""
    ada = await signed_in(house, ADA, "admin")
    own = await id_of(house, ADA)
    guest = await house.account(BEA)
    page = await page_of(ada, own)
    assert "another administrator has to" in page.words
    assert not [each for each in page.forms if "/console/accounts/" in each.action]
    sent = {**token(await page_of(ada, guest)), "shown": "admin", "password": PASSWORD}
    for step, fields in (("roles", sent), ("disable", token(await page_of(ada, guest)))):
        refused = await ada.post(to(own, step), fields)
        assert refused.status == 403
        assert "about yourself" in refused.words
    assert await roles_of(house, own) == {"admin"}


async def test_a_form_of_another_session_does_nothing(house: ConsoleHouse) -> None:
    """Neither without a token nor with one from before: it is told, and the page is there again (ASVS 3.5.1)."""
    ada, bea = await signed_in(house, ADA, "admin"), await signed_in(house, BEA)
    account = await id_of(house, BEA)
    old = token(await page_of(ada, account))
    ada.client.cookies.delete(COOKIE)
    await ada.sign_in()
    for fields in (old, {}, {"csrf_token": "x" * 43}):
        for step in ("disable", "end-sessions", "roles"):
            answer = await ada.post(to(account, step), {**fields, "shown": "reader", "password": PASSWORD})
            assert answer.status in (403, 422)
            assert "was out of date" in answer.words
    assert await is_in(bea)
    assert await roles_of(house, account) == {"reader"}


GARBAGE = (b"\xff\xfe", b"roles=%ff", b"a=b&" * 200, b"csrf_token=", b"roles", b"{}", b"roles=" + b"x" * 20_000)


async def test_garbage_is_never_an_error(house: ConsoleHouse) -> None:
    """It is refused, and nothing happens."""
    ada = await signed_in(house, ADA, "admin")
    account = await house.account(BEA)
    headers = {"content-type": "application/x-www-form-urlencoded"}
    for body in GARBAGE:
        for step in ("roles", "disable"):
            answer = await ada.client.post(to(account, step), content=body, headers=headers)
            assert 400 <= answer.status_code < 500
    assert await roles_of(house, account) == {"reader"}


async def test_markup_in_what_people_write_is_text(house: ConsoleHouse) -> None:
    """What a client calls itself, and names, on every page that shows them (ASVS 1.2.1)."""
    ada = await signed_in(house, ADA, "admin")
    bea = house.visitor()
    account = await house.account(BEA)
    bea.client.headers["user-agent"] = '"><img src=x onerror=alert(1)>'
    await bea.sign_in(BEA)
    page = await page_of(ada, account)
    assert "<img src=x" not in page.answer.text
    assert "&lt;img src=x" in page.answer.text
    found = await ada.get("/console/accounts?find=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
    assert found.value("find") == '"><script>alert(1)</script>'
    assert "<script>alert" not in found.answer.text


async def test_somebody_is_invited(house: ConsoleHouse) -> None:
    """The letter leaves, the code makes the account with the roles that were chosen; not without the password."""
    ada = await signed_in(house, ADA, "admin")
    page = await ada.get("/console/accounts/invite")
    fields = {**token(page), "address": BEA, "roles": ["reader", "auditor"]}
    refused = await ada.post("/console/accounts/invite", {**fields, "password": WRONG})
    assert (refused.status, refused.value("address")) == (403, BEA)
    assert not house.mailer.letters
    done = await ada.post("/console/accounts/invite", {**fields, "password": PASSWORD})
    assert done.path == "/console/accounts?said=invited"
    account = await house.opened.confirmation.confirm(await house.code("invite"), PASSWORD, None)
    assert account.roles == {"reader", "auditor"}
    taken = await ada.post("/console/accounts/invite", {**fields, "password": PASSWORD})
    assert taken.status == 409
    assert "looks the same" in taken.words


def token(page: Shown) -> dict[str, str]:
    """The token of the forms of a page."""
    found = page.value("csrf_token")
    assert found
    return {"csrf_token": found}


async def id_of(house: ConsoleHouse, name: str) -> str:
    found = await house.opened.administration.accounts.named(name)
    assert found is not None
    return found.id


async def roles_of(house: ConsoleHouse, account: str) -> set[str]:
    found = await house.opened.administration.accounts.find(account)
    assert found is not None
    return set(found.roles)
