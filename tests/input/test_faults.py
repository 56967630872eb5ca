"""Whatever is sent into whatever type ends in the value or in words: never a crash, never an echo."""

import json
from typing import Annotated, Any

import pytest
from fastapi import Body, FastAPI
from pydantic import TypeAdapter, ValidationError

from buckler import Public
from buckler import input as room
from buckler.input.faults import FAULTS, fault
from tests.input.naughty import NAUGHTY
from tests.stage import production, protect
from tests.wire import ask

JSON = [("content-type", "application/json")]
KINDS: dict[str, Any] = {
    name: getattr(room, name)
    for name in (
        "Count", "Email", "FileName", "Finite", "Html", "Identifier", "Int32", "Int64", "Key", "Line", "Moment",
        "Money", "Password", "Percent", "ReturnPath", "Text", "Url", "Username", "UuidKey",
    )
}  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_every_type_takes_a_value_or_says_why_not(name: str) -> None:
    """What is taken can be written as JSON and encoded, and is taken again as it is."""
    adapter = TypeAdapter[Any](KINDS[name])
    for sent in NAUGHTY:
        try:
            taken = adapter.validate_python(sent)
        except ValidationError:
            continue
        adapter.dump_json(taken)
        if name != "Password":
            assert adapter.validate_python(taken) == taken


async def test_every_type_answers_422_and_never_500() -> None:
    """Over HTTP, where half characters and numbers without end arrive too."""
    app = FastAPI()
    for name, kind in KINDS.items():
        app.post(f"/{name}", response_model=None)(_taking(kind))
    protect(app, default=Public("a test"), settings=production(client_limit="600000/minute"))
    small = [each for each in NAUGHTY if not isinstance(each, bytes | float) and len(str(each)[:2001]) <= 2000]
    for name in KINDS:
        for each in small:
            answer = await ask(app, "POST", f"/{name}", headers=JSON, body=json.dumps(each).encode())
            assert answer.error is None, (name, ascii(each))
            assert answer.status in (200, 400, 422), (name, ascii(each))


def _taking(kind: Any) -> Any:
    async def take(value: Annotated[Any, Body()]) -> str:
        return "taken"

    take.__annotations__["value"] = Annotated[kind, Body()]
    return take


def test_every_word_is_fit_for_the_public() -> None:
    """Short, one line, and without a place for the value."""
    for kind, words in FAULTS.items():
        assert len(words) <= 200
        assert "{" not in words
        assert words.isprintable()
        assert fault(kind).type == kind
