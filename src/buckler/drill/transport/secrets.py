"""What may stand in no report: every token, password and cookie that was used, by the name it is shown under."""

import html
import json
import re
from dataclasses import replace
from typing import Final
from urllib.parse import quote, quote_plus

from buckler.drill.transport.answer import Answer, Exchange
from buckler.drill.transport.request import Fields, Request

_SHORTEST: Final = 6
"""Characters. What is shorter stands in texts by chance, and is no secret that lasts."""


def forms_of(text: str) -> frozenset[str]:
    """How a text may stand in a request or an answer: as it is, in an address, a form, JSON, or a page.

    Each also as its bytes in UTF-8 are read one by one, which is how bodies are looked through.
    """
    forms = {text, quote(text, safe=""), quote(text), quote_plus(text), html.escape(text)}
    forms |= {json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1], html.escape(text, quote=False)}
    return frozenset(forms | {form.encode("utf-8", "surrogatepass").decode("latin-1") for form in forms})


def label(name: str) -> str:
    """The name of somebody as a part of the name of a secret."""
    return re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_")


class Secrets:
    """Names for secrets. What is shown is `$NAME`, which a shell fills in again."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def keep(self, secret: str, name: str) -> None:
        """Show `secret` as `$name` from now on."""
        if len(secret) >= _SHORTEST:
            for form in forms_of(secret):
                self._names.setdefault(form, name)

    @property
    def names(self) -> frozenset[str]:
        """Every name in use."""
        return frozenset(self._names.values())

    def hide(self, text: str) -> str:
        """The text with each secret replaced, the longest first: one may stand within another."""
        for secret in sorted(self._names, key=len, reverse=True):
            if secret in text:
                text = text.replace(secret, f"${self._names[secret]}")
        return text

    def hide_in(self, exchange: Exchange) -> Exchange:
        """The exchange as it went over the wire, fit to be shown."""
        return Exchange(self._request(exchange.sent), self._answer(exchange.answer), exchange.who)

    def _request(self, request: Request) -> Request:
        return replace(
            request,
            path=self.hide(request.path),
            query=self.hide(request.query),
            headers=self._fields(request.headers),
            body=self._bytes(request.body),
        )

    def _answer(self, answer: Answer) -> Answer:
        return replace(
            answer,
            headers=self._fields(answer.headers),
            body=self._bytes(answer.body),
            failure=self.hide(answer.failure),
        )

    def _fields(self, fields: Fields) -> Fields:
        return tuple((name, self.hide(value)) for name, value in fields)

    def _bytes(self, body: bytes) -> bytes:
        return self.hide(body.decode("latin-1")).encode("latin-1")
