"""Writing what the guard enforces into the OpenAPI document, from the table of routes.

Each operation gets its security requirement with the permissions it needs, and every refusal it
can meet as a problem document (RFC 9457). FastAPI's description of 422, which promises to send
the input back, is replaced.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from buckler.access.declarations import Duty

SCHEME: Final = "account"
PROBLEM: Final = "BucklerProblem"
"""A name that no model of the app is likely to have."""
_PROBLEM: Final[dict[str, Any]] = {
    "title": "Problem",
    "description": "A refusal, in the form of RFC 9457.",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "description": "A stable name of the kind of refusal."},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 100, "maximum": 599},
        "detail": {"type": "string", "description": "What the caller can do about it."},
        "request_id": {"type": "string", "description": "Names this request in the log."},
        "errors": {
            "type": "array",
            "maxItems": 20,
            "description": "With 422: what did not fit, never what was sent.",
            "items": {
                "type": "object",
                "properties": {"type": {"type": "string"}, "loc": {"type": "array"}, "msg": {"type": "string"}},
            },
        },
    },
}
_WORDS: Final = {
    400: "The request is malformed, or names a host that is not ours",
    401: "No credential, or one that is not good",
    403: "The account may not do that",
    404: "There is no such thing, or it is not the caller's",
    413: "The body is too large",
    422: "The request does not fit",
    429: "Too many requests; Retry-After says when to come back",
}
_WITH_BODY: Final = ("post", "put", "patch")


def describe_duties(
    document: dict[str, Any], duties: Mapping[str, Sequence[Duty]], *, token_url: str | None
) -> dict[str, Any]:
    """The document with the duties of its paths written in. Changes `document` in place and returns it."""
    described = [
        duty
        for path, several in duties.items()
        for duty in several
        for method in sorted(duty.methods or ())
        if _describe(document.get("paths", {}).get(path, {}).get(method.lower()), duty, method.lower())
    ]
    if described:
        _add_components(document, described, token_url)
    return document


def _describe(operation: dict[str, Any] | None, duty: Duty, method: str) -> bool:
    """Whether there is such an operation; then it says what the guard does."""
    if operation is None:
        return False
    statuses = {400}
    if not duty.public:
        operation["security"] = [{SCHEME: sorted(duty.needs)}]
        statuses |= {401, 403} if duty.needs else {401}
    if duty.limits:
        statuses.add(429)
        operation["x-rate-limit"] = sorted(str(limit.rate) for limit in duty.limits)
    if "{" in duty.path:
        statuses.add(404)
    if method in _WITH_BODY:
        statuses.add(413)
    responses = operation.setdefault("responses", {})
    if "422" in responses:
        del responses["422"]
        statuses.add(422)
    for status in sorted(statuses):
        responses.setdefault(str(status), _answer(status))
    return True


def _answer(status: int) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "description": _WORDS[status],
        "content": {"application/problem+json": {"schema": {"$ref": f"#/components/schemas/{PROBLEM}"}}},
    }
    if status == 429:
        answer["headers"] = {
            "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}
        }
    return answer


def _add_components(document: dict[str, Any], duties: Sequence[Duty], token_url: str | None) -> None:
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas[PROBLEM] = _PROBLEM
    for unused in ("HTTPValidationError", "ValidationError"):
        if f"schemas/{unused}'" not in repr(document):
            schemas.pop(unused, None)
    if any(not duty.public for duty in duties):
        components.setdefault("securitySchemes", {})[SCHEME] = _scheme(duties, token_url)


def _scheme(duties: Sequence[Duty], token_url: str | None) -> dict[str, Any]:
    if token_url is None:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    scopes = {need: f"Holds {need}" for duty in duties for need in sorted(duty.needs)}
    return {"type": "oauth2", "flows": {"password": {"tokenUrl": token_url, "scopes": scopes}}}
