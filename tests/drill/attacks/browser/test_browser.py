"""Attacks through browsers, each seen to find a planted flaw and to find nothing without it."""

import pytest

from buckler.drill.arriving.entering import gather
from buckler.drill.attack import EVERYWHERE, Finding
from buckler.drill.attacks.browser import BROWSER
from buckler.drill.attacks.browser.cookie_flags import flaws, lifetime
from buckler.drill.attacks.browser.forgery import ELSEWHERE, forged
from buckler.drill.attacks.browser.open_redirect import leaves_for
from buckler.drill.attacks.browser.policy_of_page import is_framed_by_anybody, weak
from buckler.drill.attacks.browser.set_cookie import set_cookies
from buckler.drill.attacks.browser.stored_answers import may_be_shared
from buckler.drill.report import Report
from buckler.drill.run import attack_all
from buckler.drill.transport.answer import Answer
from buckler.drill.transport.request import Request
from tests.drill.attacks.browser.club import club
from tests.drill.stage import engaged

PLANTED = {
    "csrf": {("D601", "POST /wishes", "high"), ("D601", "POST /login", "medium")},
    "csrf-json": {("D601", "POST /api/wishes", "high")},
    "sibling": {("D601", EVERYWHERE, "low")},
    "link": {("D601", "GET /wishes/{wish_id}/cancel", "low")},
    "cors": {("D602", EVERYWHERE, "high")},
    "null": {("D602", EVERYWHERE, "medium")},
    "flags": {("D603", EVERYWHERE, "medium")},
    "no-csp": {("D604", EVERYWHERE, "medium")},
    "csp": {("D604", EVERYWHERE, "medium")},
    "headers": {("D605", EVERYWHERE, "low")},
    "redirect": {("D606", "POST /login", "medium")},
    "half": {("D606", "POST /login", "medium")},
    "framing": {("D607", EVERYWHERE, "low")},
    "stored": {("D608", EVERYWHERE, "medium")},
    "silent": {("D608", EVERYWHERE, "low")},
}


async def report_of(*flaws: str) -> Report:
    """What this family says of the club with one flaw, with people who came by its own door."""
    async with engaged(club(*flaws)) as on:
        on.cast = await gather(on)
        return await attack_all(on, BROWSER, "club")


def found(report: Report) -> set[tuple[str, str, str]]:
    """The findings, with how bad they are."""
    return {
        (each.attack.id, each.verdict.route, each.severity)
        for each in report.judged
        if isinstance(each.verdict, Finding)
    }


@pytest.mark.parametrize("flaw", PLANTED)
async def test_a_planted_flaw_is_found(flaw: str) -> None:
    """Each flaw is found where it was planted, by the attack that is named for it, and no other attack finds any."""
    assert found(await report_of(flaw)) == PLANTED[flaw]


@pytest.mark.parametrize("flaw", [flaw for flaw in PLANTED if flaw != "headers"])
async def test_a_planted_flaw_is_found_where_each_answer_is_a_200(flaw: str) -> None:
    """A refusal in an envelope is one; headers that are missing on errors alone are no flaw of such an app."""
    assert found(await report_of(flaw, "envelope")) == PLANTED[flaw]


async def test_nothing_is_found_where_each_answer_is_a_200_and_nothing_is_wrong() -> None:
    """And nothing is left out for it."""
    report = await report_of("envelope")
    assert found(report) == set()
    assert report.counts["untested"] == 0


@pytest.mark.parametrize("flaw", ["none", "star"])
async def test_nothing_is_found_where_nothing_is_wrong(flaw: str) -> None:
    """The same app without a flaw: nothing. What everybody may read without credentials is nothing to find."""
    report = await report_of(flaw)
    assert found(report) == set()
    assert report.counts["untested"] == 0


@pytest.mark.parametrize(
    ("location", "leaves"),
    [
        ("https://evil.example/x", True),
        ("//evil.example", True),
        ("/\\evil.example", True),
        ("\\\\evil.example", True),
        ("/\t/evil.example", True),
        ("http:evil.example", True),
        ("https:evil.example", False),  # of the same scheme it is a path (WHATWG URL, special relative or authority)
        ("https:///evil.example", True),
        ("https://app.example@evil.example/", True),
        ("https://app.example.evil.example/", True),
        ("https://evil.example.app.example/", False),
        ("/evil.example", False),
        ("/?next=https://evil.example", False),
        ("%2f%2fevil.example", False),
        ("https://app.example/evil.example", False),
        ("", False),
    ],
)
def test_a_location_is_read_as_browsers_read_it(location: str, leaves: bool) -> None:
    """Where it leads is what counts, and not what stands in it."""
    assert leaves_for(location, "https://app.example") is leaves


@pytest.mark.parametrize(
    ("policy", "flawed"),
    [
        ("default-src 'none'", False),
        ("default-src 'self'; base-uri 'none'", False),
        ("default-src 'self'", True),
        ("default-src 'self'; base-uri 'none'; script-src 'unsafe-inline'", True),
        ("default-src 'self'; base-uri 'none'; script-src 'unsafe-inline' 'nonce-abc'", False),
        ("default-src 'self'; base-uri 'none'; script-src https:", True),
        ("default-src 'self'; base-uri 'none'; script-src https: 'strict-dynamic' 'nonce-abc'", False),
        ("default-src 'self'; base-uri 'none'; script-src 'self' data:", True),
        ("script-src 'self'; base-uri 'none'", True),
        ("script-src 'self'; script-src *; object-src 'none'; base-uri 'none'", False),
        ("img-src 'self'", True),
        ("", True),
    ],
)
def test_a_policy_is_read_as_browsers_read_it(policy: str, flawed: bool) -> None:
    """Scripts that may run from anywhere or from the page are a flaw; what a nonce takes back is none."""
    assert bool(weak(Answer(200, (("Content-Security-Policy", policy),)))) is flawed


def test_the_strictest_of_several_policies_counts() -> None:
    """What one forbids is forbidden; one that only reports forbids nothing."""
    strict, lax = ("Content-Security-Policy", "default-src 'none'"), ("Content-Security-Policy", "default-src *")
    reporting = ("Content-Security-Policy-Report-Only", "default-src 'none'")
    assert not weak(Answer(200, (lax, strict)))
    assert weak(Answer(200, (lax, reporting)))


@pytest.mark.parametrize(
    ("fields", "framed"),
    [
        ((), True),
        ((("X-Frame-Options", "SAMEORIGIN"),), False),
        ((("X-Frame-Options", "ALLOW-FROM https://a.example"),), True),
        ((("Content-Security-Policy", "frame-ancestors 'self'"),), False),
        ((("Content-Security-Policy", "frame-ancestors *"), ("X-Frame-Options", "DENY")), True),
    ],
)
def test_frames_are_kept_out_as_browsers_do(fields: tuple[tuple[str, str], ...], framed: bool) -> None:
    """`frame-ancestors` counts before X-Frame-Options, of which two values are left."""
    assert is_framed_by_anybody(Answer(200, fields)) is framed


@pytest.mark.parametrize(
    ("line", "crosses", "follows"),
    [
        ("a=1; Secure; SameSite=None", True, True),
        ("a=1; SameSite=None", False, False),
        ("a=1", True, True),
        ("a=1; samesite=LAX", False, True),
        ("a=1; SameSite=Strict", False, False),
        ("__Host-a=1; Path=/; SameSite=None", False, False),
        ("__Host-a=1; Path=/; Secure; SameSite=None", True, True),
        ("__Host-a=1; Path=/; Secure; Domain=a.example; SameSite=None", False, False),
    ],
)
def test_a_cookie_travels_as_browsers_send_it(line: str, crosses: bool, follows: bool) -> None:
    """With a request of another site, and with a link that leads from there."""
    (cookie,) = set_cookies(Answer(200, (("Set-Cookie", line),))).values()
    assert (cookie.travels(), cookie.travels(top_level_get=True)) == (crosses, follows)


def test_what_is_wrong_with_a_cookie_is_told() -> None:
    """Each attribute that is missing is named once, and a life that is too long."""
    (bad,) = set_cookies(Answer(200, (("Set-Cookie", "a=1; Max-Age=99999999"),))).values()
    (good,) = set_cookies(Answer(200, (("Set-Cookie", "a=1; Secure; HttpOnly; SameSite=Lax"),))).values()
    (old,) = set_cookies(Answer(200, (("Set-Cookie", "a=1; Expires=Fri, 01 Jan 2100 00:00:00 GMT"),))).values()
    assert [grave for _, grave in flaws(bad, secure=True)] == [True, True, False, False]
    assert list(flaws(good, secure=True)) == []
    assert lifetime(old) > lifetime(bad)


def test_a_foreign_page_adds_nothing_that_needs_a_preflight() -> None:
    """Its requests have a type that forms have, or none, and no field of a script."""
    sent = Request("POST", "/a", headers=(("Content-Type", "application/json"), ("X-CSRF", "1")), body=b"{}")
    several = [request for _, request in forged(sent, ELSEWHERE)]
    assert [request.header("content-type") for request in several] == ["text/plain", None]
    assert all(request.header("x-csrf") is None and request.body == b"{}" for request in several)


@pytest.mark.parametrize(
    ("said", "shared"),
    [
        ("public", True),
        ("max-age=60", True),
        ("s-maxage=5", True),
        ("max-age=0", False),
        ("private, max-age=60", False),
        ("no-store", False),
        ("no-cache", False),
        ("", False),
    ],
)
def test_what_proxies_may_keep(said: str, shared: bool) -> None:
    """What is public or lives, unless it is private or has to be asked for again."""
    assert may_be_shared(Answer(200, (("Cache-Control", said),))) is shared
