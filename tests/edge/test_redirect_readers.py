"""What the judge of redirects lets through leads here, whoever reads it: a browser, `urllib` or `httpx2`."""

import re
from urllib.parse import urljoin, urlsplit

import httpx2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from buckler.asgi import Exchange
from buckler.edge.redirects import REFUSED, Redirects
from tests.stage import ORIGIN
from tests.wire import HOST

PAY, PORTED = "https://pay.example.com", "https://id.example.com:8443"


def judge() -> tuple[Redirects, Exchange]:
    scope = {"type": "http", "method": "GET", "scheme": "https", "headers": [(b"host", HOST.encode())]}
    return Redirects([ORIGIN, PAY, PORTED], [HOST]), Exchange(scope, None)


NASTY = st.text(alphabet=list("/\\:@?#.%&;=ahtps \t\n\x00\u00e9\uff0f[]443"), max_size=12)
PIECES = st.lists(
    st.one_of(st.sampled_from([HOST, "https:", "//", "/", "\\", "evil.test", "@", ":443", "pay.example.com"]), NASTY),
    max_size=6,
).map("".join)
ALLOWED = {ORIGIN, PAY, PORTED}


@given(PIECES)
@example(f"https://{HOST}\\@evil.test")
@example("/\t\\evil.test")
def test_what_is_let_through_leads_here_in_the_eyes_of_three_readers(value: str) -> None:
    """A browser (as WHATWG describes it), `urllib` and `httpx2` agree on the origin of everything that passes."""
    defence, exchange = judge()
    start = {"status": 302, "headers": [(b"location", value.encode())]}
    if defence.depart(exchange, start) is REFUSED:
        return
    base = f"{ORIGIN}/dir/page?x=1"
    assert browser_origin(value, ORIGIN) in ALLOWED
    assert origin_of(urljoin(base, value)) in ALLOWED
    joined = httpx2.URL(base).join(value)
    assert f"{joined.scheme}://{joined.netloc.decode()}" in ALLOWED


def origin_of(url: str) -> str:
    parts = urlsplit(url)
    assert parts.username is None
    port = "" if parts.port in (None, 443) else f":{parts.port}"
    return f"{parts.scheme}://{parts.hostname}{port}"


def browser_origin(reference: str, base: str) -> str:
    """The origin of a reference as WHATWG's parser reads it, for a base whose scheme is https (URL, section 4.4)."""
    text = re.sub(r"[\t\n\r]", "", reference.strip("".join(map(chr, range(33)))))
    found = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", text)
    scheme = found[1].lower() if found else "https"
    rest = text[found.end() :] if found else text
    if scheme not in ("http", "https"):
        return f"{scheme}:"
    slashes = len(rest) - len(rest.lstrip("/\\"))
    if (found is None or scheme == "https") and slashes < 2 and not (found and slashes == 0 and rest):
        return base
    authority = re.split(r"[/\\?#]", rest.lstrip("/\\"), maxsplit=1)[0].rpartition("@")[2].lower()
    name, _, port = authority.partition(":")
    return f"{scheme}://{name}" + (f":{int(port)}" if port not in ("", "443") else "")


@pytest.mark.parametrize(
    "value", ["//evil.test", "/\\evil.test", "\\\\evil.test", "https:///evil.test", "/\t/evil.test"]
)
def test_the_reader_of_the_test_sees_what_a_browser_sees(value: str) -> None:
    """It must be able to fail."""
    assert browser_origin(value, ORIGIN) == "https://evil.test"
