"""Routes that read files and addresses."""

import xml.sax
from io import BytesIO
from pathlib import Path
from tempfile import gettempdir
from typing import Annotated, Any
from urllib.request import urlopen
from xml.parsers import expat
from xml.sax.handler import ContentHandler, feature_external_ges

from fastapi import Body, FastAPI, HTTPException, Request

from tests.drill.attacks.input.workshop.values import Line, Text

XML_BODY: dict[str, Any] = {"requestBody": {"content": {"application/xml": {"schema": {"type": "string"}}}}}


def add_to(app: FastAPI, flaws: frozenset[str]) -> None:
    """Add them."""
    hooks: dict[int, str] = {}

    @app.get("/logs")
    def logs(name: Line = "app") -> dict[str, str]:
        try:
            text = (Path(gettempdir()) / f"{name}.log").read_text(errors="replace") if "path" in flaws else ""
        except (OSError, ValueError):
            text = ""
        return {"text": text}

    @app.post("/describe", openapi_extra=XML_BODY)
    async def describe(request: Request) -> dict[str, str]:
        try:
            return {"name": _text_of(await request.body(), flaws)}
        except (xml.sax.SAXException, expat.ExpatError, ValueError, OSError):
            raise HTTPException(422, "no XML") from None

    @app.post("/try")
    def fetch(url: Annotated[Text, Body(embed=True)]) -> dict[str, bool]:
        return {"there": "fetch" in flaws and _is_there(url)}

    @app.post("/hooks", status_code=201)
    def keep(url: Annotated[Text, Body(embed=True)]) -> dict[str, int]:
        hooks[len(hooks) + 1] = url
        return {"id": len(hooks)}

    @app.post("/hooks/{hook_id}/ring")
    def ring(hook_id: int) -> dict[str, str]:
        if hook_id not in hooks:
            raise HTTPException(404)
        if "fetch-later" in flaws:
            _is_there(hooks[hook_id])
        return {"rung": "yes"}


def _is_there(url: str) -> bool:
    try:
        with urlopen(url, timeout=1) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (OSError, ValueError):
        return False


def _text_of(document: bytes, flaws: frozenset[str]) -> str:
    """The text of all elements."""
    found: list[str] = []
    if "files-in-xml" in flaws:
        handler = ContentHandler()
        handler.characters = found.append  # type: ignore[method-assign]
        parser = xml.sax.make_parser()  # noqa: S317
        parser.setFeature(feature_external_ges, True)
        parser.setContentHandler(handler)
        parser.parse(BytesIO(document))
        return "".join(found)
    reader = expat.ParserCreate()
    reader.CharacterDataHandler = found.append
    if "entities" not in flaws:
        reader.StartDoctypeDeclHandler = _refuse
    reader.Parse(document, True)
    return "".join(found)


def _refuse(*_: object) -> None:
    """No document type is taken."""
    raise ValueError
