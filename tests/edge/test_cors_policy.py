"""A policy that lets in too many, or nobody, cannot be made; nor can an app start with one in its middleware."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from buckler import Buckler, ConfigurationError, Cors, Public, StartRefused
from buckler.edge.foreign_origins import Readers, Trust
from buckler.install_arguments import readers_of
from tests.stage import production

FRONT = "https://front.example.test"


@pytest.mark.parametrize(
    "origin",
    [
        "https://app.example.com",
        "https://app.example.com:8443",
        "http://localhost:5173",
        "http://127.0.0.1:3000",
        "http://[::1]:3000",
        "https://xn--bcher-kva.example",
        "*",
    ],
)
def test_an_origin_stands_as_a_browser_sends_it(origin: str) -> None:
    assert Cors([origin]).origins == (origin,)


@pytest.mark.parametrize(
    ("origin", "told"),
    [
        ("null", "sandboxed frame"),
        ("", "write scheme, host"),
        ("app.example.com", "write scheme, host"),
        ("https://", "write scheme, host"),
        ("ftp://app.example.com", "write scheme, host"),
        ("capacitor://localhost", "write scheme, host"),
        ("https://*.example.com", "no patterns"),
        (r"https://.*\.example\.com", "no patterns"),
        ("^https://app", "no patterns"),
        ("https://app.example.com/", "write 'https://app.example.com'"),
        ("https://app.example.com/x", "write 'https://app.example.com'"),
        ("https://app.example.com?x", "write scheme, host"),
        ("https://app.example.com.", "write scheme, host"),
        ("https://app..example.com", "write scheme, host"),
        ("https://-app.example.com", "write scheme, host"),
        ("https://App.example.com", "'https://app.example.com'"),
        ("HTTPS://app.example.com", "'https://app.example.com'"),
        ("https://app.example.com:443", "write 'https://app.example.com'"),
        ("http://localhost:80", "write 'http://localhost'"),
        ("https://app.example.com:08443", "write scheme, host"),
        ("https://app.example.com:99999", "highest port"),
        ("https://ada:word@app.example.com", "before the @"),
        ("https://b\u00fccher.example", "punycode"),
        ("https://127.1", "one short form"),
        ("https://0177.0.0.1", "one short form"),
        ("https://1.2.3.256", "one short form"),
        ("https://example.1", "one short form"),
        ("https://[0:0:0:0:0:0:0:1]", "one short form"),
        ("https://[::ffff]", None),
        (" https://app.example.com", "write scheme, host"),
        ("https://app.example.com, https://b.example.com", "write scheme, host"),
    ],
)
def test_an_origin_that_no_browser_sends_is_refused(origin: str, told: str | None) -> None:
    """With how it is written, where that can be said."""
    if told is None:
        assert Cors([origin]).origins == (origin,)
        return
    with pytest.raises(ConfigurationError) as refused:
        Cors([origin])
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Cors(["*"], credentials=True), "every page there is"),
        (lambda: Cors(["*", FRONT]), "'*' is every origin"),
        (lambda: Cors(FRONT), "write a list"),
        (lambda: Cors([1]), "is no text"),  # type: ignore[list-item]
        (lambda: Cors([FRONT], credentials="yes"), "it is a switch"),  # type: ignore[arg-type]
        (lambda: Cors([FRONT], methods=["put"]), "in capitals"),
        (lambda: Cors([FRONT], methods=["*"]), "in capitals"),
        (lambda: Cors([FRONT], methods=["TRACE"]), "no method that a page may send"),
        (lambda: Cors([FRONT], methods=["A B"]), "no method"),
        (lambda: Cors([FRONT], headers=["*"]), "no field"),
        (lambda: Cors([FRONT], headers=["Cookie"]), "no field"),
        (lambda: Cors([FRONT], headers=["x:y"]), "no field"),
        (lambda: Cors([FRONT], expose=["Set-Cookie"]), "no field"),
        (lambda: Cors([FRONT], expose=["x\r\ny"]), "no field"),
        (lambda: Cors([FRONT], max_age=-1), "from 0 to 86400"),
        (lambda: Cors([FRONT], max_age=90_000), "from 0 to 86400"),
        (lambda: Cors([FRONT], max_age=True), "from 0 to 86400"),
    ],
)
def test_what_would_match_too_much_or_nothing_cannot_be_made(make: Callable[[], Cors], told: str) -> None:
    with pytest.raises(ConfigurationError, match=told.replace("*", r"\*")):
        make()


@pytest.mark.parametrize(
    ("cors", "more", "told"),
    [
        ({"allow_origins": [FRONT]}, "", "write cors=Cors"),
        ([FRONT], "", "write cors=Cors"),
        (Cors(["http://localhost:5173"]), "", "is plain HTTP"),
        (Cors([FRONT], credentials=True), "*", "every page there is"),
        (Cors(["*"]), FRONT, "'\\*' is every origin"),
    ],
)
def test_what_code_and_operator_say_is_judged_together(cors: Any, more: str, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        Buckler(FastAPI(), settings=production(cors_origins=more), cors=cors)


def app_with(**options: Any) -> FastAPI:
    app = FastAPI(dependencies=[Public("a test")])
    app.add_middleware(CORSMiddleware, **{"allow_credentials": True, **options})
    return app


@pytest.mark.parametrize(
    "options",
    [
        {"allow_origins": ["*"]},
        {"allow_origins": [FRONT, "*"]},
        {"allow_origins": ["null"]},
        {"allow_origin_regex": ".*"},
        {"allow_origin_regex": "https?://.*"},
        {"allow_origin_regex": "https://.+"},
        {"allow_origin_regex": r"https://[^/]+"},
        {"allow_origin_regex": r".*\.test|.*\.example"},
        {"allow_origin_regex": r"https://[\w.-]+\.com"},
        {"allow_origin_regex": "null|https://front.example.test"},
    ],
)
@pytest.mark.parametrize("inside", [False, True])
async def test_middleware_that_lets_every_page_in_with_cookies_does_not_start(
    options: dict[str, Any], inside: bool
) -> None:
    """In the app itself and in one that is mounted in it; told with an origin that got in."""
    app = FastAPI()
    app.mount("/sub", app_with(**options))
    with pytest.raises(StartRefused, match=r"lets pages of .* read the app with the cookies"):
        await Buckler(app if inside else app_with(**options), settings=production()).start()


@pytest.mark.parametrize(
    "options",
    [
        {"allow_origins": ["*"], "allow_credentials": False},
        {"allow_origin_regex": ".*", "allow_credentials": False},
        {"allow_origins": [FRONT]},
        {"allow_origin_regex": r"https://[a-z]+\.front\.example\.test"},
        {"allow_origin_regex": r"http://localhost:\d+"},
    ],
)
async def test_other_middleware_stays(options: dict[str, Any]) -> None:
    await Buckler(app_with(**options), settings=production()).start()


async def test_two_policies_do_not_start() -> None:
    with pytest.raises(StartRefused, match="two policies"):
        await Buckler(app_with(allow_origins=[FRONT]), settings=production(), cors=Cors([FRONT])).start()


@pytest.mark.parametrize("given", [Cors(), Cors([], credentials=True)])
def test_one_without_an_origin_is_refused_unless_the_operator_names_one(given: Cors) -> None:
    """It would change nothing, though somebody believes it. The operator's origins have its credentials as well."""
    with pytest.raises(ConfigurationError, match=r"cors=Cors\(\) names no origin"):
        readers_of(given, production(), accounts=False, console=None)
    named = readers_of(given, production(cors_origins=FRONT), accounts=False, console=None)
    assert trust(named, FRONT) is (Trust.FULL if given.credentials else Trust.LISTED)


def trust(readers: Readers, origin: str) -> Trust:
    return readers.trust_in(origin.encode("latin-1"))


def learned(**options: Any) -> Readers:
    readers = Readers()
    readers.learn(app_with(**options).user_middleware)
    return readers


def test_who_is_trusted_to_send() -> None:
    """As a page of ours only an origin that is listed by itself, with credentials; never one that anybody may have."""
    nobody, yes, bare, asked = Trust.NONE, Trust.FULL, Trust.LISTED, Trust.ASKED
    assert trust(Readers(), FRONT) == nobody
    assert trust(Readers(Cors([FRONT], credentials=True)), FRONT) == yes
    assert trust(Readers(Cors([FRONT])), FRONT) == bare
    assert trust(Readers(Cors(["*"])), FRONT) == asked
    assert trust(Readers(Cors([FRONT], credentials=True)), f"{FRONT}.evil.test") == nobody
    assert trust(Readers(Cors([FRONT], credentials=True)), "*") == nobody
    assert trust(learned(allow_origins=[FRONT]), FRONT) == yes
    assert trust(learned(allow_origins=[FRONT], allow_credentials=False), FRONT) == bare
    assert trust(learned(allow_origins=["*"], allow_credentials=False), "https://any.test") == asked
    assert trust(learned(allow_origins=["*"], allow_credentials=False), "null") == nobody
    assert trust(learned(allow_origins=["*"], allow_credentials=False), "*") == asked
    assert trust(learned(allow_origin_regex=r"https://.*\.example\.test"), FRONT) == asked
    assert trust(learned(allow_origins=[FRONT]), "https://evil.test") == nobody
    assert trust(learned(allow_origins=["*"], allow_credentials=False), "https://" + "a" * 400) == nobody
