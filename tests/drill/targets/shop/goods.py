"""Routes of goods: lists, searches, a description read from XML."""

import asyncio
import sqlite3
import xml.sax
from typing import Annotated, Any
from xml.parsers import expat
from xml.sax.handler import ContentHandler, feature_external_ges

from fastapi import APIRouter, HTTPException, Path, Query, Request
from pydantic import BaseModel

from tests.drill.targets.careful.texts import Line
from tests.drill.targets.shop.callers import SignedIn
from tests.drill.targets.shop.store import Store

XML_BODY = {"requestBody": {"required": True, "content": {"application/xml": {"schema": {"type": "string"}}}}}
DEEPEST = 20


class Product(BaseModel):
    """Something to buy."""

    id: int
    name: str
    category: str
    price: int


class BadXml(Exception):
    """Not well-formed, too deep, or with a document type."""


class Goods:
    """The routes, with what they need."""

    def __init__(self, store: Store, flawed: frozenset[str]) -> None:
        self.store = store
        self.flawed = flawed
        self._described = described_with_entities if "xml-with-entities" in flawed else described

    def router(self) -> APIRouter:
        """All of them."""
        router = APIRouter(prefix="/products", tags=["goods"])
        router.get("")(self.any_page if "pages-of-any-size" in self.flawed else self.page)
        router.get("/search")(self.search_spliced if "search-by-spliced-sql" in self.flawed else self.search)
        router.post("/describe", openapi_extra=XML_BODY)(self.describe)
        router.get("/{product_id}")(self.one)
        return router

    async def page(
        self, limit: Annotated[int, Query(ge=1, le=100)] = 20, offset: Annotated[int, Query(ge=0, le=10_000)] = 0
    ) -> list[Product]:
        """Some of the goods."""
        return self._rows("SELECT * FROM products ORDER BY id LIMIT ? OFFSET ?", limit, offset)

    async def any_page(
        self, limit: Annotated[int, Query(ge=1, le=10**9)] = 20, offset: Annotated[int, Query(ge=0, le=10**9)] = 0
    ) -> list[Product]:
        """Some of the goods."""
        return self._rows("SELECT * FROM products ORDER BY id LIMIT ? OFFSET ?", limit, offset)

    async def search(self, q: Line) -> list[Product]:
        """Goods whose name has this text in it."""
        plain = q.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return self._rows("SELECT * FROM products WHERE name LIKE ? ESCAPE '\\' ORDER BY id LIMIT 50", f"%{plain}%")

    async def search_spliced(self, q: Line) -> list[Product]:
        """Goods whose name has this text in it."""
        return self._rows(f"SELECT * FROM products WHERE name LIKE '%{q}%' ORDER BY id LIMIT 50")  # noqa: S608

    async def one(self, product_id: Annotated[int, Path(ge=1, le=10**9)]) -> Product:
        """One of the goods."""
        if rows := self._rows("SELECT * FROM products WHERE id = ?", product_id):
            return rows[0]
        raise HTTPException(404, "No such product")

    async def describe(self, request: Request, caller: SignedIn) -> dict[str, str]:
        """What the XML of a supplier says of a product, for a look before it is taken."""
        try:
            fields = await asyncio.to_thread(self._described, await request.body())
        except (xml.sax.SAXException, expat.ExpatError, BadXml, OSError, ValueError) as error:
            raise HTTPException(422, "Not a description") from error
        return {name: fields.get(name, "")[:4000] for name in ("name", "description")}

    def _rows(self, statement: str, *values: Any) -> list[Product]:
        cursor = self.store.goods.cursor()
        cursor.row_factory = sqlite3.Row
        return [Product(**dict(row)) for row in cursor.execute(statement, values)]


class Fields(ContentHandler):
    """The text of each element, by its name."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self.path: list[str] = []

    def startElement(self, name: str, attrs: Any) -> None:  # noqa: N802
        """One begins."""
        self.path.append(name)
        if len(self.path) > DEEPEST:
            raise BadXml

    def endElement(self, name: str) -> None:  # noqa: N802
        """One ends."""
        self.path.pop()

    def characters(self, content: str) -> None:
        """Text of the one that began last."""
        if self.path:
            self.found[self.path[-1]] = self.found.get(self.path[-1], "") + content


def described_with_entities(document: bytes) -> dict[str, str]:
    """With whatever the document type defines."""
    fields = Fields()
    parser = xml.sax.make_parser()  # noqa: S317
    parser.setFeature(feature_external_ges, True)
    parser.setContentHandler(fields)
    parser.feed(document)  # type: ignore[attr-defined]
    parser.close()  # type: ignore[attr-defined]
    return fields.found


def described(document: bytes) -> dict[str, str]:
    """Without document types: none is needed."""
    fields = Fields()
    parser = expat.ParserCreate()
    parser.StartElementHandler = fields.startElement
    parser.EndElementHandler = fields.endElement
    parser.CharacterDataHandler = fields.characters
    parser.StartDoctypeDeclHandler = refuse_doctype
    parser.Parse(document, True)
    return fields.found


def refuse_doctype(*_: Any) -> None:
    """Entities are defined there."""
    raise BadXml
