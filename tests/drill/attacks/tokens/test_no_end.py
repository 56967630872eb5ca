"""Signed tokens that are good for ever, since nothing in them could end them."""

import secrets
from collections.abc import Mapping
from hmac import compare_digest
from typing import Annotated

import pytest
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordBearer, OAuth2PasswordRequestForm

from buckler.clock import SystemClock
from buckler.drill.arriving.entering import gather
from buckler.drill.attack import Finding
from buckler.drill.attacks.tokens.unbound_claims import ATTACK as D206
from buckler.drill.plan.options import Given, Options
from buckler.drill.run import attack_all
from buckler.drill.transport.compact import read_compact, with_secret
from tests.drill.stage import engaged

PASSWORDS = {"johndoe": "secret-of-john", "alice": "secret-of-alice"}
TOLD = Options(identities=tuple(Given(name, "", name, password) for name, password in PASSWORDS.items()))


def tutorial(more: Mapping[str, object]) -> FastAPI:
    """Signs in by a form, and gives a signed token with the name and these claims."""
    app, scheme, secret = FastAPI(), OAuth2PasswordBearer("token"), secrets.token_bytes(32)

    def signed(claims: Mapping[str, object]) -> str:
        return with_secret({"alg": "HS256", "typ": "JWT"}, claims, secret)

    def caller(token: Annotated[str, Depends(scheme)]) -> str:
        parts = read_compact(token)
        if parts is None or not compare_digest(signed(parts.claims), token):
            raise HTTPException(401)
        return str(parts.claims["sub"])

    @app.post("/token")
    def sign_in(form: Annotated[OAuth2PasswordRequestForm, Depends()]) -> dict[str, str]:
        if PASSWORDS.get(form.username) != form.password:
            raise HTTPException(400, "Incorrect username or password")
        return {"access_token": signed({"sub": form.username, **more}), "token_type": "bearer"}

    @app.get("/users/me")
    def me(who: Annotated[str, Depends(caller)]) -> dict[str, str]:
        return {"username": who}

    return app


async def _found(more: Mapping[str, object]) -> list[str]:
    async with engaged(tutorial(more)) as on:
        on.cast = await gather(on, TOLD)
        report = await attack_all(on, (D206,), "tutorial")
    return [each.verdict.words for each in report.judged if isinstance(each.verdict, Finding)]


@pytest.mark.parametrize("more", [{}, {"role": "user"}])
async def test_a_token_without_an_end_is_found(more: Mapping[str, object]) -> None:
    """Nobody has to know what signs it."""
    (words,) = await _found(more)
    assert "for ever" in words


@pytest.mark.parametrize("more", [{"exp": 900}, {"iat": 0}, {"jti": "5f2c"}, {"sid": "91"}])
async def test_what_may_be_ended_is_not_said_to_be_good_for_ever(more: Mapping[str, object]) -> None:
    """It has an end, or tells when it was given or of which session it is, so the app can end it."""
    now = int(SystemClock.now())
    assert await _found({name: value + now if isinstance(value, int) else value for name, value in more.items()}) == []
