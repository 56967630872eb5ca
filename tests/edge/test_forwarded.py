"""What proxies forward, read from the right and by its grammar."""

import pytest

from buckler.asgi import Exchange
from buckler.edge.proxies import Proxies
from tests.edge.test_client_address import CLIENT, FORGED, INSIDE, ONE, TWO, chain, client_of, resolve
from tests.wire import HOST


@pytest.mark.parametrize(
    ("written", "address"),
    [
        (f"for={CLIENT}", CLIENT),
        (f'FOR="{CLIENT}:4711";proto=https;by=10.0.0.1', CLIENT),
        (f"proto=https; for={CLIENT} ;host={HOST}", CLIENT),
        ('for="[2001:db8::9]:4711"', "2001:db8::9"),
        ('for="[2001:db8::9]:_x1"', "2001:db8::9"),
        (f'for="[::ffff:{CLIENT}]"', CLIENT),
        ("for=unknown", None),
        ("for=_hidden", None),
        ('for="_hidden"', None),
        ("proto=https", None),
        (f"for={CLIENT};for={FORGED}", None),
        (f"for={CLIENT};;", None),
        (f'for="{CLIENT}', None),
        (f'for="{CLIENT}\\""', None),
        (f"for {CLIENT}", None),
        (f"for = {CLIENT}", None),
        ("", None),
        ("for=", None),
    ],
)
@pytest.mark.parametrize("left", ["", f"for={FORGED}, ", 'for="', 'for="x, ', "\\", 'a="b", for="\\", '])
def test_forwarded_is_read_by_its_grammar(written: str, address: str | None, left: str) -> None:
    """RFC 7239 section 4; a quote that was opened on the left does not swallow the right."""
    if written.count('"') % 2 and '"' in left:
        return
    left = left if not left or left.endswith(", ") else f"{left}, "
    assert client_of(ONE, chain(f"{left}{written}", name="forwarded")) == address
    assert client_of(TWO, chain(f"{left}{written}, for=10.0.0.8", name="forwarded")) == address
    assert client_of(INSIDE, chain(left, f"{written},for=10.0.0.8", name="forwarded")) == address


def test_both_fields_must_agree() -> None:
    """A proxy writes one of them; the other is the client's own until somebody drops it."""
    same = [*chain(f"{FORGED}, {CLIENT}"), *chain(f'for="{CLIENT}:80"', name="forwarded")]
    assert client_of(ONE, same) == CLIENT
    assert client_of(ONE, [*chain(CLIENT), *chain(f"for={FORGED}", name="forwarded")]) is None
    assert client_of(ONE, [*chain(CLIENT), *chain("garbage", name="forwarded")]) is None
    schemes = [*chain(CLIENT), ("forwarded", f"for={CLIENT};proto=https"), ("x-forwarded-proto", "http")]
    assert client_of(ONE, schemes) is None


@pytest.mark.parametrize(
    ("proxies", "said", "secure"),
    [
        (ONE, ["https"], True),
        (ONE, ["HTTPS"], True),
        (ONE, ["wss"], True),
        (ONE, ["http"], False),
        (ONE, ["https, http"], False),
        (ONE, ["https", "http"], False),
        (ONE, ["http, https"], True),
        (ONE, ["garbage, https"], True),
        (ONE, [], False),
        (TWO, ["https"], True),
        (TWO, ["https, https"], True),
        (TWO, ["https, http"], False),
        (TWO, ["http, https"], False),
        (TWO, ["http, https, https"], True),
        (ONE, ["ftp"], None),
        (ONE, [""], None),
        (ONE, ["https,"], None),
        (ONE, ["https;"], None),
    ],
)
def test_the_scheme_is_what_every_proxy_of_ours_says(proxies: Proxies, said: list[str], secure: bool | None) -> None:
    """One value set anew, or one that each proxy appended: a client's own on the left decides nothing."""
    found = resolve(
        proxies, [*chain(f"{CLIENT}, 10.0.0.8" if proxies is TWO else CLIENT), *chain(*said, name="x-forwarded-proto")]
    )
    assert (found.is_secure if isinstance(found, Exchange) else None) is secure


def test_the_scheme_in_forwarded_is_that_of_the_clients_own_element() -> None:
    elements = f"for={FORGED};proto=https, for={CLIENT};proto=http, for=10.0.0.8;proto=https"
    found = resolve(TWO, chain(elements, name="forwarded"))
    assert isinstance(found, Exchange)
    assert (found.client, found.is_secure) == (CLIENT, False)


def test_the_work_for_a_hostile_line_is_bounded() -> None:
    """A million quotes and commas cost no more than the last four thousand of them."""
    for sign in ('"', ",", '",', "=", ";", "\\"):
        assert client_of(INSIDE, chain(sign * 1_000_000, name="forwarded")) is None
        assert client_of(TWO, chain(sign * 1_000_000 + ", for=1.2.3.4, for=10.0.0.1", name="forwarded")) == "1.2.3.4"
