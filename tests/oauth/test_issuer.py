"""What can be agreed about an issuer, and what never."""

from typing import Any

import pytest

from buckler import ConfigurationError, Issuer
from buckler.oauth.issuer import DEFAULT_ALGORITHMS, KNOWN_ALGORITHMS
from buckler.oauth.signatures import ALGORITHMS

URL = "https://login.example.com/realms/x"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"url": "http://login.example.com"}, "over plain HTTP"),
        ({"url": "http://127.0.0.1:8080"}, "over plain HTTP"),
        ({"url": "http://login.example.com", "private": True}, "over plain HTTP"),
        ({"url": "file:///etc/passwd"}, "write its address"),
        ({"url": "login.example.com"}, "write its address"),
        ({"url": "https://"}, "write its address"),
        ({"url": "https://u:p@login.example.com"}, "write its address"),
        ({"url": "https://login.example.com:99999"}, "write its address"),
        ({"url": "https://login.example.com/a b"}, "write its address"),
        ({"url": "https://lögin.example.com"}, "write its address"),
        ({"url": None}, "write its address"),
        ({"url": URL + "?x=1"}, "no query and no fragment"),
        ({"url": URL + "#x"}, "no query and no fragment"),
        ({"jwks_uri": "http://login.example.com/jwks"}, "over plain HTTP"),
        ({"jwks_uri": "file:///etc/passwd"}, "write its address"),
        ({"audience": ""}, "write a text"),
        ({"audience": []}, "write a text"),
        ({"audience": ["a", ""]}, "write a text"),
        ({"audience": ["a", 1]}, "write a text"),
        ({"audience": None}, "write a text"),
        ({"typ": "JWT"}, "without access_claim"),
        ({"typ": "jwt"}, "without access_claim"),
        ({"typ": "application/JWT"}, "without access_claim"),
        ({"typ": ""}, "without access_claim"),
        ({"typ": None}, "write the type"),
        ({"typ": "JWT", "access_claim": ("typ", "")}, "write a text"),
        ({"typ": "JWT", "access_claim": ""}, "leads to no claim"),
        ({"algorithms": []}, "write a text"),
        ({"algorithms": ["HS256"]}, "cannot be taken"),
        ({"algorithms": ["none"]}, "cannot be taken"),
        ({"algorithms": ["es256"]}, "cannot be taken"),
        ({"roles": ""}, "leads to no claim"),
        ({"roles": "a..b"}, "leads to no claim"),
        ({"roles": ()}, "leads to no claim"),
        ({"roles": ("a", 1)}, "leads to no claim"),
        ({"roles": ["a"] * 9}, "at most 8"),
        ({"tenant": 1}, "leads to no claim"),
        ({"name": None}, "leads to no claim"),
        ({"leeway": 61}, "0 to 60"),
        ({"leeway": -1}, "0 to 60"),
        ({"leeway": True}, "0 to 60"),
        ({"leeway": 1.5}, "0 to 60"),
    ],
)
def test_what_can_never_work_cannot_be_made(given: dict[str, Any], words: str) -> None:
    """The text says why."""
    url = given.pop("url", URL)
    with pytest.raises(ConfigurationError, match=words):
        Issuer(url, **{"audience": "a", **given})


def test_a_short_agreement_is_a_strict_one() -> None:
    """RFC 9068, asymmetric algorithms, nothing from the claims."""
    issuer = Issuer(URL, audience="a")
    assert issuer.types == {"at+jwt", "application/at+jwt"}
    assert issuer.algorithms == {"RS256", "PS256", "ES256", "Ed25519", "EdDSA"} == {*DEFAULT_ALGORITHMS}
    assert (issuer.roles, issuer.permissions, issuer.tenant, issuer.leeway) == ((), (), None, 10)
    assert repr(issuer) == f"Issuer({URL!r}, audience=['a'])"
    assert {*KNOWN_ALGORITHMS} == {*ALGORITHMS}


def test_another_type_is_that_type_and_no_other() -> None:
    """A name of the issuer's own needs no sign; `JWT` has two spellings."""
    assert Issuer(URL, audience="a", typ="acme+JWT").types == {"acme+jwt"}
    assert Issuer(URL, audience="a", typ="JWT", access_claim="scope").types == {"jwt", "application/jwt"}


def test_plain_http_is_for_this_machine_alone() -> None:
    """And said twice."""
    for url in ("http://127.0.0.1:1", "http://[::1]:1"):
        assert Issuer(url, audience="a", private=True).url == url
