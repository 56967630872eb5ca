"""The secrets that are tried first, and the spellings of a public key."""

import json
from base64 import b64encode
from importlib.resources import files

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from fastapi import FastAPI, Request, Response
from jwt.algorithms import RSAAlgorithm
from starlette.middleware.sessions import SessionMiddleware

from buckler.drill.attack import Finding, NotApplicable
from buckler.drill.attacks.tokens.keys import OwnKey, from_jwk, from_pem
from buckler.drill.attacks.tokens.published_keys import published_keys
from buckler.drill.attacks.tokens.weak_secret import ATTACK
from buckler.drill.attacks.tokens.well_known import candidates, cracked, described
from buckler.drill.people.cast import Cast
from buckler.drill.people.identity import ANONYMOUS, Identity
from buckler.drill.preparing.valid import draft_for
from buckler.drill.run import attack_all
from buckler.drill.transport.compact import read_compact, with_secret
from tests.drill.attacks.tokens.desk import key_pair, public_pem
from tests.drill.stage import engaged


def test_the_list_has_each_secret_once() -> None:
    """A few hundred, without an empty line."""
    lines = files("buckler.drill.attacks.tokens").joinpath("well_known_secrets.txt").read_text("utf-8").splitlines()
    assert len(lines) == len(set(lines)) > 300
    assert all(line.strip() for line in lines)


@pytest.mark.parametrize("secret", ["changeme", "secret-change-me", "bookshop-secret", "q7", "", "4711"])
@pytest.mark.parametrize("algorithm", ["HS256", "HS512"])
@pytest.mark.filterwarnings("ignore")
async def test_what_people_choose_is_found(secret: str, algorithm: str) -> None:
    """Words of the list, made longer, of the title, and short ones; and a report never tells them."""
    parts = read_compact(with_secret({"alg": algorithm, "typ": "JWT"}, {"sub": "ada"}, secret.encode()))
    assert parts is not None
    async with engaged(FastAPI(title="Bookshop API")) as on:
        assert cracked(on, parts) == secret.encode()
    assert not secret or secret not in described(secret.encode())


async def test_a_secret_of_random_letters_is_not_found() -> None:
    """Nor is anything found of a token that no secret signs."""
    strong = read_compact(jwt.encode({"sub": "ada"}, "9f" * 32 + "x", "HS256"))
    by_key = read_compact(jwt.encode({"sub": "ada"}, key_pair(), "RS256"))
    assert strong is not None
    assert by_key is not None
    async with engaged(FastAPI()) as on:
        assert cracked(on, strong) is None
        assert cracked(on, by_key) is None
    assert sum(1 for _ in candidates("Bookshop API")) < 200_000


def test_a_public_key_has_many_spellings() -> None:
    """As it is handed out, PEM with and without its line end, DER, SSH; and of RSA the older PEM and the modulus."""
    found = from_pem(public_pem())
    assert found is not None
    spellings = dict(found.spellings())
    assert spellings["PEM"] == public_pem().encode()
    assert spellings["SSH"].startswith(b"ssh-rsa ")
    assert b"BEGIN RSA PUBLIC KEY" in spellings["PEM of PKCS #1"]
    assert len(set(spellings.values())) >= 7


@pytest.mark.parametrize("text", ["", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"])
def test_what_is_no_key_is_none(text: str) -> None:
    """Neither as PEM nor as JWK."""
    assert from_pem(text) is None
    assert from_jwk({"kty": "RSA", "n": text[:1], "e": "AQAB"}) is None
    assert from_jwk({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}) is None
    assert from_jwk({"kty": "oct", "k": "AA"}) is None


def test_an_own_key_signs_what_its_jwk_verifies() -> None:
    """By RS256; and its certificate is one of its key."""
    own = OwnKey()
    token = own.signed({"typ": "JWT"}, {"sub": "ada"})
    assert jwt.decode(token, jwt.PyJWK(dict(own.jwk)).key, ["RS256"]) == {"sub": "ada"}
    pem = f"-----BEGIN CERTIFICATE-----\n{own.certificate()}\n-----END CERTIFICATE-----\n"
    certified = from_pem(pem)
    assert certified is not None
    assert certified.key == own.private.public_key()


async def test_keys_are_found_where_an_issuer_says() -> None:
    """Its description names the set, which has keys of several kinds; each is found once."""
    app = FastAPI()
    rsa = RSAAlgorithm.to_jwk(key_pair().public_key(), as_dict=True)
    numbers = generate_private_key(SECP256R1()).public_key().public_numbers()
    x, y = (b64encode(each.to_bytes(32), b"-_").rstrip(b"=").decode() for each in (numbers.x, numbers.y))

    @app.get("/.well-known/openid-configuration")
    def described() -> dict[str, str]:
        return {"jwks_uri": "https://localhost/keys-of-ours"}

    @app.get("/keys-of-ours")
    def keys() -> Response:
        several = [rsa, {"kty": "EC", "crv": "P-256", "x": x, "y": y}]
        return Response(json.dumps({"keys": several}), media_type="application/json")

    async with engaged(app) as on:
        found = await published_keys(on, ANONYMOUS)
    assert [type(each.key).__name__ for each in found] == ["RSAPublicKey", "ECPublicKey"]
    assert found[0].key == key_pair().public_key()


@pytest.mark.parametrize("secret", ["some-random-string", "Zb6-Qm2_tYw9RkXcv4Hn7LdPs0FgJu3E"])
async def test_the_cookie_of_sessions_is_tried_too(secret: str) -> None:
    """Of Starlette's middleware: it counts where a cookie that was signed anew is let in."""
    app = FastAPI()
    app.add_middleware(SessionMiddleware, secret_key=secret)

    @app.get("/enter")
    def enter(request: Request) -> str:
        request.session["who"] = "ada"
        return "welcome"

    @app.get("/me")
    def me(request: Request) -> Response:
        return Response(request.session.get("who"), 200 if "who" in request.session else 401)

    async with engaged(app) as on:
        answer = (await on.ask(draft_for(on, on.routes[0], ANONYMOUS).request())).answer
        pair = (answer.header("set-cookie") or "").partition(";")[0]
        ada = Identity("ada", "", (("Cookie", pair),), tokens={"session": pair.partition("=")[2]})
        on.cast = Cast(people=(ada,))
        (judged,) = (await attack_all(on, [ATTACK], "app")).judged
    assert type(judged.verdict) is (Finding if "random" in secret else NotApplicable)
