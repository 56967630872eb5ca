"""Who asks, and what the routes have in common."""

from typing import Annotated

from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from tests.drill.targets.tools.records import Operator, Records

BEARER = HTTPBearer(auto_error=False)


class Strict(BaseModel):
    """What is taken from outside: these fields and no others."""

    model_config = ConfigDict(extra="forbid")


def _printable(text: str) -> str:
    if any((ord(each) < 32 and each not in "\n\t\r") or 0xD800 <= ord(each) < 0xE000 for each in text):
        raise ValueError("no control characters")
    return text


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("one line of text")
    return text


Line = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_one_line)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=4000), AfterValidator(_printable)]
Password = Annotated[str, StringConstraints(min_length=1, max_length=128), AfterValidator(_printable)]
Id = Annotated[int, Field(ge=1, le=2**53)]


def flaws_of(request: Request) -> frozenset[str]:
    """What is flawed in this app."""
    flawed: frozenset[str] = request.app.state.flawed
    return flawed


def records_of(request: Request) -> Records:
    """What this app knows."""
    records: Records = request.app.state.records
    return records


def address_of(request: Request) -> str:
    """Where a request comes from."""
    return request.client.host if request.client else ""


def refused(status: int, detail: str) -> HTTPException:
    """What is said to whoever may not."""
    extra = {401: {"www-authenticate": "Bearer"}, 429: {"retry-after": "60"}}
    return HTTPException(status, detail, extra.get(status))


def operator(
    request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)] = None
) -> Operator:
    """Who asks."""
    me = records_of(request).who(given.credentials) if given is not None else None
    if me is None or (me.disabled and "alive-after-disabling" not in flaws_of(request)):
        raise refused(401, "Sign in first.")
    return me


def admin(me: Annotated[Operator, Depends(operator)]) -> Operator:
    """Administrators only."""
    if me.role != "admin":
        raise refused(403, "For administrators.")
    return me


Flaws = Annotated[frozenset[str], Depends(flaws_of)]
Desk = Annotated[Records, Depends(records_of)]
Me = Annotated[Operator, Depends(operator)]
