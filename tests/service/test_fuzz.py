"""Schemathesis, with every check it has, drives every operation of the reference service as two accounts.

No answer is a 5xx, none has a status, a type or a shape that the document does not name, malformed
input is refused and well-formed input is taken, and no answer carries a password or a token of
somebody else. The budget of examples is fixed.
"""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import APIOperation, Case
from schemathesis.specs.openapi.checks import positive_data_acceptance
from starlette.testclient import TestClient

from buckler.asgi import ASGIApp, Receive, Scope, Send
from buckler.service.app import create_app

PASSWORD = "seven green lanterns at dusk"
EXAMPLES = 15
CHOOSES_A_PASSWORD = ("/auth/register", "/auth/first-administrator")
"""Here a value that fits the schema may still be refused: no schema can say that a password is guessable."""
OURS_TO_GIVE = "cursor"
"""A parameter that is taken as we gave it, and no schema can say what we gave."""


class FromEverywhere:
    """Calls an app each time from another address of this machine, so that no limit ends the test early."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._numbers = count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            number = next(self._numbers)
            scope["client"] = (f"127.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}", 1)
        await self._app(scope, receive, send)


class Callers:
    """Two accounts, taking turns."""

    def __init__(self, client: TestClient) -> None:
        self.tokens = [self._sign_in(client, name) for name in ("ada@example.com", "bob@example.com")]
        self._turn = count()

    @staticmethod
    def _sign_in(client: TestClient, name: str) -> str:
        who = {"name": name, "password": PASSWORD}
        assert client.post("/auth/register", json=who).status_code == 201
        return str(client.post("/auth/sign-in", json=who).json()["access_token"])

    def next(self) -> str:
        return self.tokens[next(self._turn) % 2]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ASGIApp]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("BUCKLER_ENVIRONMENT", "development")
        environment.setenv("BUCKLER_DATA", str(tmp_path_factory.mktemp("data")))
        yield FromEverywhere(create_app())


@pytest.fixture(scope="module")
def callers(service: ASGIApp) -> Callers:
    return Callers(TestClient(service))


@pytest.fixture(scope="module")
def document(service: ASGIApp) -> schemathesis.BaseSchema:
    found = schemathesis.openapi.from_asgi("/openapi.json", service)
    # Callers are ours to choose: a cookie that it draws beside their token is one credential too many.
    found.config.generation.with_security_parameters = False
    return found


@pytest.mark.heavy
def test_no_operation_answers_outside_its_document(document: schemathesis.BaseSchema, callers: Callers) -> None:
    """Whatever is sent, the answer is one that the document names, and carries no secret."""
    driven = [_drive(each.ok(), callers) for each in document.get_all_operations()]
    assert len(driven) >= 12


def _drive(operation: APIOperation, callers: Callers) -> None:
    @given(case=operation.as_strategy())
    @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def send(case: Case) -> None:
        headers = {"Authorization": f"Bearer {callers.next()}"}
        response = case.call_and_validate(headers=headers, excluded_checks=_beyond_the_schema(case))
        assert response.status_code < 500
        assert PASSWORD not in response.text
        assert not any(token in response.text for token in callers.tokens)

    send()


def _beyond_the_schema(case: Case) -> list[Any]:
    chosen = case.operation.path in CHOOSES_A_PASSWORD or OURS_TO_GIVE in (case.query or {})
    return [positive_data_acceptance] if chosen else []
