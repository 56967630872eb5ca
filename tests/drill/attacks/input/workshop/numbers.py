"""Routes that fail at numbers and letters that nobody thought of."""

import json
import sqlite3
from typing import Annotated, Any

from fastapi import Body, FastAPI, HTTPException, Request
from fastapi.responses import Response

PARTS = ("wheel", "axle", "handle")


def add_to(app: FastAPI, flaws: frozenset[str]) -> None:
    """Add them."""
    database = sqlite3.connect(":memory:", check_same_thread=False)
    database.execute("CREATE TABLE numbers (number INT)")

    @app.post("/numbers")
    def keep(number: Annotated[int, Body(embed=True)]) -> dict[str, int]:
        if "overflow" not in flaws and not -(2**31) <= number < 2**31:
            raise HTTPException(422, "too great")
        database.execute("INSERT INTO numbers VALUES (?)", (number,))
        return {"number": 1}

    @app.post("/echo")
    def echo(text: Annotated[Any, Body(embed=True)]) -> Response:
        told = str(text) if "surrogate" in flaws else str(text).encode("utf-8", "replace").decode()
        return Response(told.encode(), media_type="text/plain")

    @app.get("/parts/{number}")
    def part(number: int) -> dict[str, str]:
        if "traces" not in flaws and not 0 <= number < len(PARTS):
            raise HTTPException(404)
        return {"part": PARTS[number]}

    @app.post("/raw")
    async def raw(request: Request) -> dict[str, int]:
        try:
            return {"length": len(json.loads(await request.body()))}
        except (ValueError, TypeError, RecursionError):
            raise HTTPException(422) from None
