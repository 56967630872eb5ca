"""Apps on stage: the reference service and the examples, each with its data in a folder of the test."""

from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from buckler.drill.people.cast import Cast
from buckler.drill.people.identity import Identity
from buckler.drill.plan.declared import Truth
from buckler.drill.transport.answer import Answer
from buckler.drill.transport.asgi import InProcess, started
from buckler.drill.transport.request import Request
from buckler.drill.transport.secrets import Secrets
from buckler.service.app import create_app
from buckler.staging import Rehearsal, staged, truths_of

EXAMPLES = Path(__file__).parents[2] / "examples"


@dataclass(frozen=True)
class Stage:
    """One app with everybody who was brought before it."""

    app: FastAPI
    carrier: InProcess
    cast: Cast
    truth: Truth
    secrets: Secrets

    async def ask(self, who: Identity, method: str, path: str, **headers: str) -> Answer:
        """A request as somebody sends it."""
        request = who.sign(Request(method, path, headers=tuple(headers.items())))
        return await self.carrier.carry(request, address=who.address, within=10)


@contextmanager
def development_in(folder: Path, **settings: str) -> Generator[None, None, None]:
    """The environment that a drill makes for an app."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("BUCKLER_ENVIRONMENT", "development")
        environment.setenv("BUCKLER_DATA", str(folder))
        for name, value in settings.items():
            environment.setenv(name, value)
        yield


def built(name: str) -> FastAPI:
    """The reference service, or an example."""
    if name == "service":
        return create_app()
    spec = spec_from_file_location(f"staged_{name}", EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module: Any = module_from_spec(spec)
    spec.loader.exec_module(module)
    app: FastAPI = module.app
    return app


@asynccontextmanager
async def on_stage(app: FastAPI, folder: Path, policy: Mapping[str, Any] | None = None) -> AsyncGenerator[Stage]:
    """The app while it runs, with its cast."""
    secrets = Secrets()
    async with started(app) as carrier, staged(app, carrier, Rehearsal(folder), secrets) as cast:
        yield Stage(app, carrier, cast, truths_of(app, policy).truth, secrets)
