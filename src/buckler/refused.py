"""Refusing from inside a route or a dependency."""

from starlette.exceptions import HTTPException

from buckler.errors import Refusal


class Refused(HTTPException):
    """Raised where an endpoint's own work ends in a refusal; the edge sends `refusal` as it is."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(
            refusal.status,
            refusal.detail,
            {name.decode("latin-1"): value.decode("latin-1") for name, value in refusal.headers},
        )
        self.refusal = refusal
