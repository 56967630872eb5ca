"""`/.well-known/jwks.json`: the public keys that verify our tokens (RFC 7517 section 5)."""

from collections.abc import Callable
from typing import Final

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from buckler.access.declarations.declaring import Public
from buckler.identity.installation.signing_keys import MAX_AGE
from buckler.identity.opened import Opened

_PUBLISHED: Final = {"Cache-Control": f"public, max-age={MAX_AGE}"}


class KeyRoutes:
    """The endpoint."""

    def __init__(self, opened: Callable[[], Opened]) -> None:
        self._opened = opened

    def add_to(self, router: APIRouter) -> None:
        """Its one route."""
        router.add_api_route(
            "/.well-known/jwks.json",
            self.keys,
            methods=["GET"],
            response_class=JSONResponse,
            dependencies=[Public("the public keys that verify our tokens")],
        )

    async def keys(self) -> JSONResponse:
        """The public keys that verify our tokens (RFC 7517 section 5)."""
        return JSONResponse(self._opened().ring.document(), headers=_PUBLISHED)
