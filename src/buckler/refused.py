"""Refusing from inside a route or a dependency."""

from starlette.exceptions import HTTPException

from buckler.errors import Refusal


class Refused(HTTPException):
    """What `find`, `change` and `remove` of `Owned` raise where the caller sees no such object: it answers 404.

    Let it go through, and `refusal` is sent as it is, with its code; or catch it, to answer otherwise. It is an
    `HTTPException`, with `status_code` and `detail`.
    """

    reason: str | None = None
    """Why, for the log alone."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(
            refusal.status,
            refusal.detail,
            {name.decode("latin-1"): value.decode("latin-1") for name, value in refusal.headers},
        )
        self.refusal = refusal
