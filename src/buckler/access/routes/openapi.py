"""Writing what the guard enforces into the OpenAPI document, from the table of routes.

Each operation gets its security requirement with the permissions it needs, and every refusal it
can meet as a problem document (RFC 9457). Refusals are written once, under `components.responses`,
each with an example, so that no reader has to make one up from a pattern. FastAPI's description of 422,
which promises to send the input back, is replaced.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from buckler.access.declarations.declaration import Duty
from buckler.access.fields.words import add_words
from buckler.access.guard.tallies import policy_names
from buckler.access.ownership.documented import describe_objects
from buckler.errors import phrase

SCHEME: Final = "account"
COOKIE_SCHEME: Final = "SessionCookie"
PROBLEM: Final = "BucklerProblem"
"""A name that no model of the app is likely to have."""
_LINE: Final = r"^[^\x00-\x1f\x7f]*$"
"""One line of text, without control characters."""
_REQUEST_ID: Final = "0d0b6f1c2c1f4b7a9a52f8f1f3a8c9de"
_ERRORS: Final = [
    {"type": "string_too_long", "loc": ["body", "title"], "msg": "String should have at most 200 characters"}
]
_PROBLEM: Final[dict[str, Any]] = {
    "title": "Problem",
    "description": "A refusal, in the form of RFC 9457.",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {
            "type": "string",
            "maxLength": 100,
            "pattern": "^urn:buckler:problem:[a-z0-9-]+$",
            "description": "A stable name of the kind of refusal.",
            "examples": ["urn:buckler:problem:sign-in-required"],
        },
        "title": {"type": "string", "maxLength": 100, "pattern": _LINE, "examples": ["Unauthorized"]},
        "status": {"type": "integer", "format": "int32", "minimum": 100, "maximum": 599, "examples": [401]},
        "detail": {
            "type": "string",
            "maxLength": 1000,
            "description": "What the caller can do about it.",
            "examples": ["Sign in first: this route needs an access token."],
        },
        "request_id": {
            "type": "string",
            "maxLength": 32,
            "pattern": "^[0-9a-f]*$",
            "description": "Names this request in the log.",
            "examples": [_REQUEST_ID],
        },
        "errors": {
            "type": "array",
            "maxItems": 20,
            "description": "With 422: what did not fit, never what was sent.",
            "items": {
                "type": "object",
                "properties": {
                    "type": {"type": "string", "maxLength": 200, "pattern": _LINE},
                    "loc": {"type": "array", "maxItems": 8, "items": {}},
                    "msg": {"type": "string", "maxLength": 200, "pattern": _LINE},
                },
            },
            "examples": [_ERRORS],
        },
        "info": {"description": "What the app itself says of a refusal in more than a text, in a form of its own."},
    },
    "examples": [
        {
            "type": "urn:buckler:problem:sign-in-required",
            "title": "Unauthorized",
            "status": 401,
            "detail": "Sign in first: this route needs an access token.",
            "request_id": _REQUEST_ID,
        }
    ],
}
_WORDS: Final = {
    400: "The request is malformed, or names a host that is not ours",
    401: "No credential, or one that is not good",
    403: "The account may not do that",
    404: "There is no such thing, or it is not the caller's",
    408: "The body came too slowly",
    413: "The body is too large",
    414: "The address is too long",
    415: "The body is of a type or an encoding that is not taken here",
    422: "The request does not fit",
    429: "Too many requests; Retry-After says when to come back",
    431: "The header fields are too many or too long",
    500: "Something broke here; the log knows it by the request's id",
    503: "Not ready, or too busy; Retry-After may say when to come back",
}
_EXAMPLES: Final = {
    400: ("host-unknown", "This service does not answer to that host."),
    401: ("sign-in-required", "Sign in first: this route needs an access token."),
    403: ("forbidden", "This account may not do that."),
    404: ("http-404", "Not Found."),
    408: ("body-too-slow", "The body came too slowly."),
    413: ("body-too-large", "The body is larger than the 1048576 bytes that this route takes."),
    414: ("target-too-long", "The path and query are longer than this service takes."),
    415: ("encoding-unsupported", "This route does not take a body in that Content-Encoding."),
    422: ("invalid-input", "The request does not fit what this route takes."),
    429: ("route-limited", "Too many requests; try again after the time in Retry-After."),
    431: ("head-too-large", "The header fields are larger than this service takes."),
    500: ("http-500", "Internal Server Error."),
    503: ("not-started", "This service could not start; its log says why."),
}
"""Of the refusals with a status, one: its code and its words."""
_ALWAYS: Final = (400, 414, 429, 431, 500, 503)
"""What any operation can meet, before its route is known or after."""
_OF_A_BODY: Final = (408, 413, 415)
_QUOTA_FIELDS: Final[dict[str, Any]] = {
    "Retry-After": {
        "description": "Seconds to wait.",
        "schema": {"type": "integer", "format": "int32", "minimum": 1, "maximum": 2_147_483_647, "examples": [12]},
    },
    "RateLimit-Policy": {
        "description": "Each policy by its name: the quota q in w seconds. Absent where a quota is not told.",
        "schema": {"type": "string", "maxLength": 1000, "pattern": _LINE, "examples": ['"5/minute";q=5;w=60']},
    },
    "RateLimit": {
        "description": "What is left of each: r at once, and more after t seconds.",
        "schema": {"type": "string", "maxLength": 1000, "pattern": _LINE, "examples": ['"5/minute";r=0;t=12']},
    },
}
_QUOTA_FIELDS_ALONE: Final = {name: field for name, field in _QUOTA_FIELDS.items() if name != "Retry-After"}
_TOKENS: Final = "A token in Authorization: Bearer. One of our own is a JWT, and is judged as RFC8725 advises."
_COOKIES: Final = (
    "A session that a browser keeps. What changes something brings its token besides, in X-CSRF-Token or as the first"
    " field, csrf_token, of a form."
)
_WITH_BODY: Final = ("post", "put", "patch")


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request may bring, beside a bearer token that comes from elsewhere."""

    token_url: str | None = None
    """Where the documentation page gets a token; None where it does not."""
    cookie: str = ""
    """The name of the cookie that is a credential too; empty for none."""


def describe_duties(
    document: dict[str, Any], duties: Mapping[str, Sequence[Duty]], *, credentials: Credentials
) -> dict[str, Any]:
    """The document with the duties of its paths written in. Changes `document` in place and returns it."""
    described = [
        duty
        for path, several in duties.items()
        for duty in several
        for method in sorted(duty.methods or ())
        if _describe(document.get("paths", {}).get(path, {}).get(method.lower()), duty, method.lower(), credentials)
    ]
    if described:
        _add_components(document, described, credentials)
    return document


def _describe(operation: dict[str, Any] | None, duty: Duty, method: str, credentials: Credentials) -> bool:
    """Whether there is such an operation; then it says what the guard does."""
    if operation is None:
        return False
    statuses = {*_ALWAYS, *_of_rights(duty)}
    if not duty.public:
        operation["security"] = [{SCHEME: sorted(duty.needs)}, *([{COOKIE_SCHEME: []}] if credentials.cookie else ())]
    describe_objects(operation, duty)
    policies = _policies(duty)
    if policies:
        operation["x-rate-limit"] = policies
    if "{" in duty.path:
        statuses.add(404)
    if method in _WITH_BODY:
        statuses.update(_OF_A_BODY)
        if duty.max_body is not None:
            operation["x-max-body-bytes"] = duty.max_body
    responses = operation.setdefault("responses", {})
    if "422" in responses:
        del responses["422"]
        statuses.add(422)
    for status in sorted(statuses):
        responses.setdefault(str(status), {"$ref": f"#/components/responses/{PROBLEM}{status}"})
    for status, answer in responses.items():
        _add_quota(status, answer)
    return True


def _of_rights(duty: Duty) -> set[int]:
    """What who lacks a right can meet: of the route, or of a field that it sends."""
    found = set[int]() if duty.public else {401}
    if duty.needs or any(use.way == "input" and use.write is not None for use in duty.fields):
        found.add(403)
    return found


def _answer(status: int) -> dict[str, Any]:
    """What `components.responses` says of a status."""
    code, detail = _EXAMPLES[status]
    example: dict[str, Any] = {
        "type": f"urn:buckler:problem:{code}",
        "title": phrase(status),
        "status": status,
        "detail": detail,
        "request_id": _REQUEST_ID,
    }
    if status == 422:
        example["errors"] = _ERRORS
    schema = {"$ref": f"#/components/schemas/{PROBLEM}"}
    answer: dict[str, Any] = {
        "description": _WORDS[status],
        "content": {"application/problem+json": {"schema": schema, "example": example}},
    }
    _add_quota(str(status), answer)
    return answer


def _add_quota(status: str, answer: dict[str, Any]) -> None:
    """The fields of a quota stand on every answer but 5xx, where callers are told of one; with 429 the wait as well."""
    if "$ref" not in answer and status[:1] in "24":
        told = _QUOTA_FIELDS if status == "429" else _QUOTA_FIELDS_ALONE
        answer["headers"] = {**told, **answer.get("headers", {})}


def _policies(duty: Duty) -> list[dict[str, Any]]:
    """The limits that callers are told of, in the words of their declarations."""
    limits = [limit for limit in duty.limits if limit.budget.per == "request"]
    return [
        {
            "policy": name,
            "rate": str(limit.budget.rate),
            "by": limit.budget.counted(public=duty.public),
            "cost": limit.cost,
        }
        for limit, name in zip(limits, policy_names(limits), strict=True)
        if limit.told
    ]


def _add_components(document: dict[str, Any], duties: Sequence[Duty], credentials: Credentials) -> None:
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    add_words(document)
    schemas[PROBLEM] = _PROBLEM
    written = repr(document)
    components.setdefault("responses", {}).update(
        {f"{PROBLEM}{status}": _answer(status) for status in _WORDS if f"responses/{PROBLEM}{status}'" in written}
    )
    for unused in ("HTTPValidationError", "ValidationError"):
        if f"schemas/{unused}'" not in repr(document):
            schemas.pop(unused, None)
    if any(not duty.public for duty in duties):
        schemes = components.setdefault("securitySchemes", {})
        schemes[SCHEME] = _scheme(duties, credentials.token_url)
        if credentials.cookie:
            schemes[COOKIE_SCHEME] = {
                "type": "apiKey", "in": "cookie", "name": credentials.cookie, "description": _COOKIES,
            }  # fmt: skip


def _scheme(duties: Sequence[Duty], token_url: str | None) -> dict[str, Any]:
    if token_url is None:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": _TOKENS}
    scopes = {need: f"Holds {need}" for duty in duties for need in sorted(duty.needs)}
    return {
        "type": "oauth2",
        "description": _TOKENS,
        "flows": {"password": {"tokenUrl": token_url, "scopes": scopes}},
    }
