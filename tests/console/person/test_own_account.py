"""The pages of whoever is signed in: overview, profile, sessions; changing and leaving."""

import json
from collections.abc import Callable

import pytest
import pytest_asyncio

from buckler.console import forms
from buckler.identity.account_store import AccountChanged
from buckler.identity.owners.own_password import OwnPassword
from buckler.identity.passwords.shedding import Busy
from buckler.identity.sessions.browser_sessions import COOKIE
from tests.console.visit import BEA, PASSWORD, ConsoleHouse, Shown, Visitor
from tests.proof import two_sided_async

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROFILE, SESSIONS = "/console/profile", "/console/sessions"
NEW = "quiet walrus mends the clock"


@pytest_asyncio.fixture(loop_scope="module")
async def ada(house: ConsoleHouse) -> Visitor:
    """Somebody who is signed in."""
    return await house.person()


async def test_the_overview_tells_of_oneself_and_of_what_happened(house: ConsoleHouse, ada: Visitor) -> None:
    """Failed sign-ins too, which may be somebody else's."""
    await house.visitor().sign_in(ada.name, "another otter plays the harp")
    await house.opened.keeper._journal.flush()
    page = await ada.get("/console")
    for words in (ada.name, "reader", "Signed in", "Sign-in failed", "Firefox on Linux", "Account made"):
        assert words in page.words
    assert ("a", "page") in {(tag, said.get("aria-current")) for tag, said in page.attributes}


async def test_another_password_ends_every_other_session(house: ConsoleHouse, ada: Visitor) -> None:
    """This browser has a new one; the old cookie is worth nothing (ASVS 7.2.4, 7.4.3)."""
    other = house.visitor(name=ada.name)
    await other.sign_in()
    old = ada.client.cookies[COOKIE]
    page = await ada.send(await ada.get(f"{PROFILE}/password"), f"{PROFILE}/password", current=PASSWORD, new=NEW)
    assert (page.path, page.status) == (f"{PROFILE}?said=password", 200)
    assert ada.client.cookies[COOKIE] != old
    assert not await other.is_in()
    assert (await ada.sign_in(password=NEW)).path == "/console"


@pytest.mark.parametrize(
    ("current", "new", "status", "field"),
    [
        ("another otter plays the harp", NEW, 403, "current"),
        (PASSWORD, "short", 422, "new"),
        ("", NEW, 422, "current"),
        (PASSWORD, "x" * 300, 422, "new"),
    ],
)
async def test_a_password_that_cannot_be_changed_says_why(
    ada: Visitor, current: str, new: str, status: int, field: str
) -> None:
    """Beside the field that is wrong, and with no password in it."""
    page = await ada.send(await ada.get(f"{PROFILE}/password"), f"{PROFILE}/password", current=current, new=new)
    assert page.status == status
    assert f"#{field}" in page.links
    assert PASSWORD not in page.answer.text
    assert NEW not in page.answer.text


async def test_another_address_counts_once_it_is_proved(house: ConsoleHouse, ada: Visitor) -> None:
    """And one signs in with it from then on."""
    page = await ada.send(await ada.get(f"{PROFILE}/address"), f"{PROFILE}/address", address=BEA, password=PASSWORD)
    assert page.path == f"{PROFILE}/address/confirm?said=address-code"
    code = await house.code("address")
    page = await ada.send(page, f"{PROFILE}/address/confirm", code=code)
    assert BEA in page.words
    assert (await ada.sign_in(BEA)).path == "/console"


async def test_all_that_is_kept_can_be_taken_away(ada: Visitor) -> None:
    """As a file, which no browser keeps."""
    answer = await ada.client.get(f"{PROFILE}/export")
    assert answer.headers["content-disposition"] == 'attachment; filename="my-data.json"'
    assert answer.headers["cache-control"] == "no-store"
    assert json.loads(answer.text)["name"] == ada.name


async def test_an_account_is_erased_with_its_password_and_when_it_is_meant(house: ConsoleHouse, ada: Visitor) -> None:
    """Nothing happens before."""
    page = await ada.get(f"{PROFILE}/erase")
    page = await ada.send(page, f"{PROFILE}/erase", password=PASSWORD)
    assert page.status == 422
    page = await ada.send(page, f"{PROFILE}/erase", password="another otter plays the harp", sure="yes")
    assert page.status == 403
    page = await ada.send(page, f"{PROFILE}/erase", password=PASSWORD, sure="yes")
    assert "are erased" in page.words
    assert COOKIE not in ada.client.cookies
    assert (await ada.sign_in()).status == 403


async def test_the_last_administrator_stays(house: ConsoleHouse) -> None:
    """And reads why."""
    visitor = await house.person("admin")
    page = await visitor.get(f"{PROFILE}/erase")
    page = await visitor.send(page, f"{PROFILE}/erase", password=PASSWORD, sure="yes")
    assert page.status == 409
    assert "Nobody would administrate" in page.words


async def test_one_session_is_ended_and_the_others_go_on(house: ConsoleHouse, ada: Visitor) -> None:
    """Somebody else's is as one that is not there."""
    other = house.visitor(name=ada.name)
    await other.sign_in()
    bea = await house.person()
    page = await ada.get(SESSIONS)
    ends = [each.action for each in page.forms if each.action.endswith("/end")]
    assert len(ends) == 2
    theirs = next(each.action for each in (await bea.get(SESSIONS)).forms if each.action.endswith("/end"))
    page = await ada.post(theirs, page.form(ends[0]).fields)
    assert "had ended already" in page.words
    assert (await bea.get("/console")).status == 200
    page = await ada.send(page, ends[1])
    assert "The session has ended." in page.words
    assert not await other.is_in()
    left = [each.action for each in page.forms if each.action.endswith("/end")]
    page = await ada.send(page, left[0])
    assert page.path == "/console/sign-in?said=signed-out"


async def test_all_others_and_all_are_ended(house: ConsoleHouse, ada: Visitor) -> None:
    """With one button each."""
    other = house.visitor(name=ada.name)
    await other.sign_in()
    page = await ada.send(await ada.get(SESSIONS), f"{SESSIONS}/end-others")
    assert "All your other sessions have ended." in page.words
    assert not await other.is_in()
    page = await ada.send(page, f"{SESSIONS}/end-all")
    assert "You are signed out on every device." in page.words
    assert COOKIE not in ada.client.cookies


async def test_devices_are_forgotten(house: ConsoleHouse, ada: Visitor) -> None:
    """All at once; the session goes on, and the log has it."""
    page = await ada.get(SESSIONS)
    assert "Forget all devices" in page.words
    page = await ada.send(page, f"{SESSIONS}/forget-devices")
    assert "All devices are forgotten." in page.words
    assert "None is known." in page.words
    assert "Account changed" in (await ada.get("/console")).words


async def test_what_goes_wrong_inside_is_told_on_the_form(
    house: ConsoleHouse, ada: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too much at once, and an account that changed under way."""

    async def busy(*_: object) -> None:
        raise Busy("Too many at once.")

    async def changed(*_: object) -> None:
        raise AccountChanged("It changed.")

    page = await ada.get(f"{PROFILE}/password")
    for raised, status, words in ((busy, 429, "Try again in a moment."), (changed, 403, "Sign in again.")):
        monkeypatch.setattr(OwnPassword, "change", raised)
        again = await ada.send(page, f"{PROFILE}/password", current=PASSWORD, new=NEW)
        assert (again.status, words in again.words) == (status, True)


async def test_signing_out_stands_on_every_page(ada: Visitor) -> None:
    """Where one looks for it (ASVS 7.4.4)."""
    for path in ("/console", PROFILE, SESSIONS, f"{PROFILE}/password", f"{PROFILE}/erase", f"{PROFILE}/address"):
        page = await ada.get(path)
        assert page.status == 200
        assert page.form("/console/sign-out").fields["csrf_token"]


async def test_a_stale_form_says_so_and_keeps_what_was_typed(ada: Visitor) -> None:
    """The token of an earlier session, of nobody, and a second one: nothing is done, and no password comes back."""
    page = await ada.get(f"{PROFILE}/address")
    typed = {"address": BEA, "password": PASSWORD}
    await ada.sign_in()
    fields = page.form(f"{PROFILE}/address").fields
    for sent in (fields, {"csrf_token": "x"}, {}, {"csrf_token": ""}):
        stale = await ada.post(f"{PROFILE}/address", {**sent, **typed})
        assert stale.status == 422
        assert "This form was out of date" in stale.words
        assert stale.value("address") == BEA
        assert PASSWORD not in stale.answer.text
    good = await ada.send(stale, f"{PROFILE}/address", **typed)
    assert good.path == f"{PROFILE}/address/confirm?said=address-code"


@pytest.mark.asvs("3.5.1")
async def test_a_form_that_is_not_of_this_session_does_nothing(
    house: ConsoleHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of whoever names no site from which it comes: without the token of the session nobody is signed out."""

    async def signs_out(judges: Callable[..., bool]) -> bool:
        monkeypatch.setattr(forms, "_is_current", judges)
        ada = await house.person()
        await ada.post("/console/sign-out", {"csrf_token": "x"})
        return not await ada.is_in()

    await two_sided_async(signs_out, whole=forms._is_current, twin=lambda *_: True)


async def test_the_log_knows_no_less_of_it_than_by_the_api(ada: Visitor, caplog: pytest.LogCaptureFixture) -> None:
    """Each refusal that a form tells has its event."""
    await ada.send(await ada.get(f"{PROFILE}/password"), f"{PROFILE}/password", current=PASSWORD, new="short")
    assert '"event":"input_validation_fail"' in caplog.text
    page = await ada.get(f"{PROFILE}/address/confirm")
    await ada.send(page, f"{PROFILE}/address/confirm", code="7K2M4-R2D9X-WBT3H-NVC6J-PZ0A1K")
    assert '"refusal":"code-refused"' in caplog.text
    assert "7K2M4" not in caplog.text


async def test_a_stale_button_does_nothing(house: ConsoleHouse, ada: Visitor) -> None:
    """Neither signing out nor ending sessions, and the page says so."""
    for path in ("/console/sign-out", f"{SESSIONS}/end-all", f"{SESSIONS}/end-others", f"{SESSIONS}/{'0' * 32}/end"):
        page = await ada.post(path, {"csrf_token": "x"})
        assert "out of date" in page.words, path
    assert (await ada.get("/console")).status == 200


BAD: tuple[tuple[bytes, str], ...] = (
    (b"", "application/x-www-form-urlencoded"),
    (b"name=%ff%fe&password=x", "application/x-www-form-urlencoded"),
    (b"name=a&name=b&password=x", "application/x-www-form-urlencoded"),
    (b"&".join(b"f%d=1" % number for number in range(300)), "application/x-www-form-urlencoded"),
    (b'{"name": "a"}', "application/json"),
    (b"\x00\x01\x02", "application/octet-stream"),
    (b"name=a", "text/plain"),
    (b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\na\r\n--x--\r\n', "multipart/form-data; boundary=x"),
    (b"name=" + b"a" * 5000 + b"&password=x", "application/x-www-form-urlencoded"),
    (b"name=a%00b&password=%00", "application/x-www-form-urlencoded"),
    (b"is_admin=true&name=a&password=x", "application/x-www-form-urlencoded"),
    (b"name=" + b"a" * 20_000, "application/x-www-form-urlencoded"),
)


@pytest.mark.parametrize(("body", "kind"), BAD)
async def test_garbage_is_an_error_of_the_form_and_never_ours(ada: Visitor, body: bytes, kind: str) -> None:
    """On forms for everybody, on one of somebody who is signed in, and on a button."""
    for path in (
        "/console/sign-in", "/console/confirm", "/console/first-administrator", f"{PROFILE}/password",
        f"{SESSIONS}/x/end",
    ):  # fmt: skip
        answer = await ada.client.post(path, content=body, headers={"content-type": kind})
        assert answer.status_code < 500, (path, answer.text)
        if answer.status_code == 422:
            assert "notice bad" in Shown(answer).answer.text
    assert (await ada.get("/console")).status == 200


async def test_a_query_puts_no_words_on_a_page(ada: Visitor) -> None:
    """`said` names one of our sentences or nothing."""
    for said in ("<b>you won</b>", "you+won", "x" * 5000, "%ff", "erased&said=password"):
        page = await ada.get(f"/console?said={said}")
        assert page.status == 200
        assert "won" not in page.words


async def test_the_password_is_asked_for_no_more_often_than_by_the_api(ada: Visitor) -> None:
    """Ten times a minute, over all the forms together."""
    page = await ada.get(f"{PROFILE}/password")
    for _ in range(10):
        page = await ada.send(page, f"{PROFILE}/password", current="another otter plays the harp", new=NEW)
    answer = await ada.client.post(f"{PROFILE}/erase", data=page.form(f"{PROFILE}/password").fields)
    assert answer.status_code == 429
