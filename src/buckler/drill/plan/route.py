"""One way into an app: a method and a path, what it takes and what it answers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import quote

from buckler.drill.plan.schema import NO_SCHEMA, Schema
from buckler.drill.transport.request import SAFE

Place = Literal["path", "query", "header", "cookie", "body", "form"]
PARAMETER: Final = re.compile(r"\{([^{}:]+)(?::[^{}]*)?\}")
_NOT_ASCII: Final = re.compile(r"[^\x21-\x7e]+")
_WIPES: Final = re.compile(
    r"/(create|init|reset|re-?seed|seed|populate|drop|wipe|truncate|flush|purge|rebuild|restore)[_-]?(the[_-])?"
    r"(db|database|data|tables?|all|everything|store|demo)/?$"
    r"|/(db|database|data|demo)[/_-](create|init|reset|re-?seed|seed|populate|drop|wipe|truncate|flush|purge|restore)/?$"
    r"|/(re-?seed|wipe|factory-?_?reset|shut-?_?down|reboot)/?$",
    re.IGNORECASE,
)
_WIPES_WHEN_READ: Final = re.compile(
    r"/(del|delete|remove|clear|erase|destroy|empty|wipe|purge|drop|truncate|flush|clean)"
    r"([_-]?(all|everything)|[_-](all[_-])?(the[_-])?[a-z]*[a-rt-z]s)/?$"
    r"|/(wipe|purge|truncate)/?$",
    re.IGNORECASE,
)
"""What takes away many at once, and needs nobody to fill anything in."""
_DOCUMENTATION: Final = ("swagger_ui_html", "swagger_ui_redirect", "redoc_html", "openapi")
_RESETS: Final = re.compile(r"/(reset|seed|populate|restore|restart)/?$", re.IGNORECASE)

JSON: Final = "application/json"
FORM: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"


@dataclass(frozen=True, slots=True)
class Slot:
    """One place for a value in a request. In a body `way` leads to it, and elsewhere it is the one name."""

    place: Place
    way: tuple[str, ...]
    schema: Schema = field(default_factory=dict[str, object], compare=False, hash=False)
    required: bool = True

    @property
    def name(self) -> str:
        """The innermost name, which says what the value is. The first of a list is called as the list is."""
        return next((step for step in reversed(self.way) if not step.isdigit()), "")

    def __str__(self) -> str:
        return f"{self.place} {'.'.join(self.way)}".strip()


@dataclass(frozen=True, slots=True)
class Body:
    """What a route takes as its body."""

    media: str
    schema: Schema = field(default_factory=dict[str, object], compare=False, hash=False)
    required: bool = True


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path template, with what a document or the app says of them."""

    method: str
    path: str
    parameters: tuple[Slot, ...] = ()
    """Those of path, query, header and cookie."""
    body: Body | None = None
    answers: Mapping[str, Schema] = field(default_factory=dict[str, Schema], compare=False, hash=False)
    """What is answered, by status. A schema is empty where none is given."""
    secured: bool | None = None
    """Whether the document asks for a credential here; None where it asks for none anywhere."""
    documented: bool = True
    """Whether the app's own document shows it."""
    name: str = ""
    summary: str = ""
    tags: tuple[str, ...] = ()
    media: str = ""
    """The media type of a good answer; empty where nobody says."""

    @property
    def key(self) -> str:
        """How it is named in plans and reports."""
        return f"{self.method} {self.path}"

    @property
    def is_safe(self) -> bool:
        """Whether it should change nothing."""
        return self.method in SAFE

    @property
    def wipes(self) -> bool:
        """Whether by its name it takes what everybody has, accounts among it: whatever is asked after it is lost."""
        if self.params or any(slot.place == "query" for slot in self.parameters):
            return False
        if self.body is not None:
            return False
        # A page that is read at such a path may be a form; an answer in JSON is none.
        resets = bool(_RESETS.search(self.path)) and (self.method not in SAFE or self.media == JSON)
        many = self.method == "GET" and bool(_WIPES_WHEN_READ.search(self.path))
        return resets or many or bool(_WIPES.search(self.path))

    @property
    def is_documentation(self) -> bool:
        """Whether it serves the interactive documents, by the names that FastAPI gives them, or their usual paths."""
        return self.name in _DOCUMENTATION or self.path in ("/docs", "/redoc", "/openapi.json", "/docs/oauth2-redirect")

    @property
    def params(self) -> tuple[str, ...]:
        """The names in its path, in their order."""
        return tuple(PARAMETER.findall(self.path))

    @property
    def segments(self) -> tuple[str, ...]:
        """The path in parts; a parameter is `{name}`, without its converter."""
        return tuple(part for part in PARAMETER.sub(r"{\1}", self.path).split("/") if part)

    @property
    def words(self) -> str:
        """Everything that says what it is for, in small letters."""
        return " ".join((self.path, self.name, self.summary, *self.tags)).lower()

    def answer(self) -> Schema:
        """The schema of a good answer; empty where there is none."""
        return next((schema for status, schema in sorted(self.answers.items()) if status.startswith("2")), NO_SCHEMA)


def as_sent(part: str) -> str:
    """A fixed part of a path as it stands in a request line, where nothing is but ASCII (RFC 9112 section 3.2)."""
    return _NOT_ASCII.sub(lambda found: quote(found[0], safe="", errors="surrogatepass"), part)


def in_order(route: Route) -> tuple[Slot, ...]:
    """The parameters of a route, those of the path first and as they stand there."""
    inside = {slot.name: slot for slot in route.parameters if slot.place == "path"}
    path = tuple(inside.get(name) or Slot("path", (name,)) for name in route.params)
    return path + tuple(slot for slot in route.parameters if slot.place != "path")
