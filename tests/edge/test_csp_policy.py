"""A policy says what it was given, and one that lets anything run cannot be written."""

import re
from typing import Any

import pytest

from buckler import ConfigurationError, Csp


def test_a_policy_says_all_that_it_was_given() -> None:
    policy = Csp(
        script_src=["'self'", "https://cdn.example.com"],
        style_src=["'sha256-pjbmBLjQUhv/JKoqPSTDxFBvMSW5SuVMHHShHWP2n6o='"],
        img_src=["'self'", "data:", "https:"],
        connect_src=["'self'", "wss://live.example.com:8443"],
        font_src=["'none'"],
        form_action=["'self'", "https://*.example.com"],
        frame_ancestors=["https://portal.example.com"],
        trusted_types=("notes", "default"),
    )
    assert policy.text("abc").decode() == (
        "default-src 'self'; script-src 'self' https://cdn.example.com 'nonce-abc';"
        " style-src 'sha256-pjbmBLjQUhv/JKoqPSTDxFBvMSW5SuVMHHShHWP2n6o=' 'nonce-abc'; img-src 'self' data: https:;"
        " font-src 'none'; connect-src 'self' wss://live.example.com:8443; object-src 'none'; base-uri 'none';"
        " form-action 'self' https://*.example.com; frame-ancestors https://portal.example.com;"
        " require-trusted-types-for 'script'; trusted-types notes default;"
        " report-uri /_buckler/csp-reports; report-to csp"
    )
    assert b"trusted-types 'none'" in Csp(trusted_types=True).text()
    assert b"script-src 'nonce-x';" in Csp(script_src=["'none'"]).text("x")


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"script_src": ["'unsafe-inline'"]}, "every injected script"),
        ({"style_src": ["'self'", "'unsafe-inline'"]}, "every injected script or style"),
        ({"script_src": ["'unsafe-eval'"]}, "a text becomes a script"),
        ({"script_src": ["'unsafe-hashes'"]}, "injected attribute"),
        ({"default_src": ["*"]}, "every site there is"),
        ({"script_src": ["data:"]}, "every place that this scheme reaches"),
        ({"script_src": ["https:"]}, "every place that this scheme reaches"),
        ({"script_src": ["blob:"]}, "every place that this scheme reaches"),
        ({"script_src": ["http://cdn.example.com"]}, "write 'https://cdn.example.com'"),
        ({"connect_src": ["ws://live.example.com"]}, "write 'wss://live.example.com'"),
        ({"script_src": ["cdn.example.com"]}, "'https://cdn.example.com'"),
        ({"script_src": ["https://*"]}, "it is no source"),
        ({"script_src": ["https://cdn.example.com; script-src *"]}, "it is no source"),
        ({"script_src": ["https://cdn.example.com\r\nset-cookie: a=b"]}, "it is no source"),
        ({"img_src": ["https://cdn.example.com:99999"]}, "it is no source"),
        ({"img_src": ["wss://cdn.example.com"]}, "named in connect_src"),
        ({"img_src": ["'sha256-pjbmBLjQUhv/JKoqPSTDxFBvMSW5SuVMHHShHWP2n6o='"]}, "script_src or style_src"),
        ({"script_src": ["'nonce-abc'"]}, "known to everybody"),
        ({"script_src": ["'none'", "'self'"]}, "means nothing"),
        ({"script_src": []}, "a list of sources"),
        ({"script_src": "'self'"}, "a list of sources"),
        ({"script_src": ["self"]}, "quotes of its own: \"'self'\""),
        ({"img_src": ["None"]}, "quotes of its own: \"'none'\""),
        ({"script_src": [1]}, "a source is a text"),
        ({"frame_ancestors": ["data:"]}, "every place that this scheme reaches"),
        ({"trusted_types": False}, "write True"),
        ({"trusted_types": ()}, "write True"),
        ({"trusted_types": "notes"}, "write True"),
        ({"trusted_types": ["*"]}, "write True"),
        ({"report_only": True}, "say in words why"),
        ({"report_only": " "}, "say in words why"),
        ({"reports": "no"}, "it is a switch"),
    ],
)
def test_a_policy_that_lets_anything_run_cannot_be_built(given: dict[str, Any], why: str) -> None:
    """The message names the value, the reason and the remedy."""
    with pytest.raises(ConfigurationError, match=re.escape(why)) as error:
        Csp(**given)
    assert f"Csp({next(iter(given))}=" in str(error.value)


@pytest.mark.parametrize("name", ["object_src", "base_uri"])
def test_two_directives_cannot_be_named_at_all(name: str) -> None:
    with pytest.raises(TypeError):
        Csp(**{name: ["'self'"]})
