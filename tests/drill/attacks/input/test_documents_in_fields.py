"""XML that is taken as a text in a field of a form, and fields that have the name alone."""

from typing import Annotated
from xml.etree import ElementTree as ET

import pytest
from fastapi import FastAPI, Form, HTTPException
from fastapi.responses import HTMLResponse

from buckler.drill.attacks.input import INPUT
from tests.drill.stage import engaged, found


def _parsing(*, expands: bool) -> FastAPI:
    """A form with a document in it, which is read, and one that shows its field as it is."""
    app = FastAPI(openapi_url=None)

    @app.post("/parse", response_class=HTMLResponse)
    def parse(xml: Annotated[str, Form()] = "") -> str:
        if not expands and "<!DOCTYPE" in xml:
            raise HTTPException(400, "no document types")
        try:
            return "".join(f"<li>{each.text}</li>" for each in ET.fromstring(xml))  # noqa: S314
        except ET.ParseError as error:
            return f"<p>{error.code}</p>"

    @app.post("/echo")
    def echo(data: Annotated[str, Form()]) -> dict[str, str]:
        return {"data": data}

    return app


@pytest.mark.parametrize("expands", [True, False])
async def test_entities_are_expanded_in_a_field(expands: bool) -> None:
    """The field is tried as a document would be; one that is only shown is none."""
    async with engaged(_parsing(expands=expands)) as on:
        several = await found(on, *(each for each in INPUT if each.about.id == "D405"))
    assert several == ({("D405", "POST /parse")} if expands else set())
