"""What may stand in no report: every token, password and cookie that was used, by the name it is shown under."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final, Self

from buckler.drill.transport.answer import NOTHING, Answer, Exchange
from buckler.drill.transport.folding import kept
from buckler.drill.transport.issued import held_in, is_known_anywhere, issued_in
from buckler.drill.transport.request import Fields, Request, Run
from buckler.drill.transport.written import Written, forms_of

_SHORTEST: Final = 6
"""Characters. What is shorter stands in texts by chance, and is shown by its name in the place of a secret alone."""
_MOST: Final = 4_000
"""Secrets that have no name of their own, and more than one answer has: the newest are known."""
ISSUED: Final = "ISSUED"
"""What the app gave out, and nobody asked for by name."""
_SECRET: Final = re.compile(r"pass|pwd|pw(?![a-z])|token|secret|key|pin|code", re.IGNORECASE)
_IN_FORM: Final = rf"((?:^|&)[^=&]*(?:{_SECRET.pattern})[^=&]*=){{}}(?=&|$)"
_IN_JSON: Final = rf'("[^"]*(?:{_SECRET.pattern})[^"]*"\s*:\s*"){{}}(?=")'


def label(name: str) -> str:
    """The name of somebody as a part of the name of a secret."""
    return re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_")


def _beside(name: str, value: str) -> re.Pattern[str]:
    """Where a page tells the environment: `NAME=value`, or as JSON and Python write it; and within an address."""
    text, variable = re.escape(value), re.escape(name.removesuffix("_PASSWORD"))
    before = rf"\b{variable}(?:_PASSWORD)?(?:&quot;|&#x27;|[\"'])?\s*[=:]\s*(?:&quot;|&#x27;|[\"'])?"
    return re.compile(rf"({before}|://[^\s/:@]*:){text}(?![\w-])")


_Named = tuple[Written, str]


class Secrets:
    """Names for secrets. What is shown is `$NAME`, which a shell fills in again."""

    def __init__(self) -> None:
        self._names: dict[str, _Named] = {}
        self._issued: dict[str, _Named] = {}
        self._held: dict[str, _Named] = {}
        self._beside: dict[str, re.Pattern[str]] = {}
        self._short: dict[str, str] = {}
        self._used: set[str] = set()

    @classmethod
    def of_environment(cls, environment: Mapping[str, str]) -> Self:
        """With those that a shell holds, by the names of the variables."""
        made = cls()
        for name, value in held_in(environment):
            if is_known_anywhere(value):
                made._held.setdefault(value, (Written(value), name))
            else:
                made._beside[name] = _beside(name, value)
        return made

    def learn(self, answer: Answer) -> None:
        """Show what the app gives out as `$ISSUED`, but for what has or gets a name of its own."""
        for value in issued_in(answer):
            # Last, as the newest.
            self._issued[value] = self._issued.pop(value) if value in self._issued else (Written(value), ISSUED)
        while len(self._issued) > _MOST:
            del self._issued[next(iter(self._issued))]

    def keep(self, secret: str, name: str) -> None:
        """Show `secret` as `$name` from now on."""
        if len(secret) >= _SHORTEST:
            self._names.setdefault(secret, (Written(secret), name))
        elif secret:
            self._short.setdefault(secret, name)

    @property
    def names(self) -> frozenset[str]:
        """Every name in use: of those that were given aside, the ones that were shown."""
        return frozenset((*(name for _, name in self._names.values()), *self._short.values(), *self._used))

    def hide(self, text: str) -> str:
        """The text with each secret replaced, the longest first: one may stand within another."""
        for secret, name in self._in(text):
            if secret in text:
                text = text.replace(secret, f"${name}")
                self._used.add(name)
        for name, place in self._beside.items():
            text, number = place.subn(rf"\g<1>${name}", text)
            self._used |= {name} if number else set()
        return text

    def hide_failure(self, text: str) -> str:
        """What an app failed with, without what it tells by that."""
        self.learn(Answer(NOTHING, failure=text))
        return self.hide(text)

    def _in(self, text: str) -> list[tuple[str, str]]:
        """The forms that may stand in it, with their names. Of two that are written alike the first keeps its name."""
        known = (self._issued, self._held, self._names)
        named = (each for kind in known for each in reversed(tuple(kind.values())))
        found = {form: name for secret, name in named if secret.may_stand_in(text) for form in secret.forms}
        return sorted(found.items(), key=lambda each: len(each[0]), reverse=True)

    def hide_in(self, exchange: Exchange) -> Exchange:
        """The exchange as it went over the wire, fit to be shown.

        What it gives out is known by itself, however much was given out since it was learned.
        """
        self.learn(exchange.answer)
        # Bounded before it is looked through: a body of megabytes would be, once for each form of each secret.
        short = kept(exchange)
        return Exchange(self._request(short.sent), self._answer(short.answer), short.who)

    def _request(self, request: Request) -> Request:
        return replace(
            request,
            path=self.hide(request.path),
            query=self._placed(self.hide(request.query)),
            headers=tuple((name, self._shown(name, value)) for name, value in self._fields(request.headers)),
            body=self._part(request.body, is_cut=bool(request.left) and not request.rest),
            rest=tuple(
                each if isinstance(each, Run) else self._part(each, is_cut=bool(request.left)) for each in request.rest
            ),
        )

    def _shown(self, name: str, value: str) -> str:
        """A header without a short secret: such a one is known by the place that it stands in, and by that alone."""
        for secret, called in self._short.items():
            if name.lower() == "authorization" or _SECRET.search(name):
                value = re.sub(rf"(^|\s){re.escape(secret)}$", rf"\g<1>${called}", value)
            elif name.lower() == "cookie":
                value = re.sub(rf"={re.escape(secret)}(?=;|$)", f"=${called}", value)
        return value

    def _placed(self, text: str) -> str:
        """A form or a body in JSON, as `_shown`: in a field that is called as secrets are."""
        for secret, called in self._short.items():
            forms = f"(?:{'|'.join(map(re.escape, sorted(forms_of(secret))))})"
            for place in (_IN_FORM, _IN_JSON):
                text = re.sub(place.format(forms), rf"\g<1>${called}", text, flags=re.IGNORECASE)
        return text

    def _answer(self, answer: Answer) -> Answer:
        return replace(
            answer,
            headers=self._fields(answer.headers),
            body=self._bytes(answer.body, is_cut=bool(answer.left)),
            failure=self.hide(answer.failure),
        )

    def _fields(self, fields: Fields) -> Fields:
        return tuple((name, self.hide(value)) for name, value in fields)

    def _part(self, body: bytes, *, is_cut: bool) -> bytes:
        return self._placed(self._bytes(body, is_cut=is_cut).decode("latin-1")).encode("latin-1")

    def _bytes(self, body: bytes, *, is_cut: bool) -> bytes:
        text = self.hide(body.decode("latin-1"))
        # The cut may go through a secret: what may be the first half of the longest one is not shown.
        known = (*self._issued.values(), *self._held.values(), *self._names.values()) if is_cut else ()
        most = max((secret.most for secret, _ in known), default=0)
        return text[: max(len(text) - most, 0)].encode("latin-1")
