"""A request as it is sent, letter by letter."""

from dataclasses import dataclass, replace
from typing import Final

SAFE: Final = frozenset(("GET", "HEAD", "OPTIONS"))
"""Methods that change nothing where the app keeps the rules (RFC 9110 section 9.2.1)."""

Fields = tuple[tuple[str, str], ...]
"""Header fields in their order; one name may come several times."""


@dataclass(frozen=True, slots=True)
class Run:
    """Printable characters, many times over."""

    unit: bytes
    times: int


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `path` and `query` are as they stand in the request line, percent-encoded."""

    method: str
    path: str
    query: str = ""
    headers: Fields = ()
    body: bytes = b""
    rest: tuple[bytes | Run, ...] = ()
    """What goes on behind `body`, where a report keeps a long one in few words. Such a request is not sent again."""
    left: int = 0
    """How many bytes of its end are not kept."""

    @property
    def length(self) -> int:
        """How many bytes the body has, or had where it is kept in few words."""
        told = (len(each.unit) * each.times if isinstance(each, Run) else len(each) for each in self.rest)
        return len(self.body) + sum(told) + self.left

    def beginning(self, most: int) -> bytes:
        """So many bytes of the body."""
        begun = self.body[:most]
        for each in self.rest:
            more = most - len(begun)
            begun += (each.unit * min(each.times, more) if isinstance(each, Run) else each)[:more]
        return begun

    @property
    def target(self) -> str:
        """What stands in the request line (RFC 9112 section 3.2)."""
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def is_safe(self) -> bool:
        """Whether it asks for nothing but an answer."""
        return self.method in SAFE

    def header(self, name: str) -> str | None:
        """The first field of this name, or None."""
        wanted = name.lower()
        return next((value for field, value in self.headers if field.lower() == wanted), None)

    def with_headers(self, *fields: tuple[str, str]) -> "Request":
        """The same request with these fields in the place of those of their names."""
        names = {name.lower() for name, _ in fields}
        kept = tuple(field for field in self.headers if field[0].lower() not in names)
        return replace(self, headers=kept + fields)

    def with_more(self, *fields: tuple[str, str]) -> "Request":
        """The same request with these fields beside those that are there."""
        return replace(self, headers=self.headers + fields)

    def without(self, *names: str) -> "Request":
        """The same request without fields of these names."""
        gone = {name.lower() for name in names}
        return replace(self, headers=tuple(field for field in self.headers if field[0].lower() not in gone))

    def signed(self, fields: Fields) -> "Request":
        """The same request with what a caller shows. Its own cookies stay beside those of the caller.

        An `Origin` of its own stays alone: it says which page sends the request, not who.
        """
        signed = self
        for name, value in fields:
            if name.lower() == "origin" and self.header(name) is not None:
                continue
            own = signed.header(name) if name.lower() == "cookie" else None
            signed = signed.with_headers((name, f"{value}; {own}" if own else value))
        return signed
