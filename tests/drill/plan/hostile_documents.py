"""Documents that cost without end where nobody counts, and those that are of no sensible kind."""

from typing import Any, Final


def document(**more: object) -> dict[str, Any]:
    """One that is read, with something else in it."""
    return {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {}, **more}


def taking(schema: object, schemas: dict[str, object] | None = None, **more: object) -> dict[str, Any]:
    """One with a route that takes such a body."""
    operation = {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}, **more}
    return document(paths={"/x": {"post": operation}}, components={"schemas": schemas or {}})


def _to(name: str) -> dict[str, object]:
    return {"$ref": f"#/components/schemas/{name}"}


def _doubling(word: str, levels: int) -> dict[str, object]:
    """Each level names the next one twice."""
    known: dict[str, object] = {"L0": {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}}
    for level in range(1, levels):
        below = _to(f"L{level - 1}")
        fields = {f"f{each}": below for each in range(10)}
        known[f"L{level}"] = (
            {"type": "object", "properties": fields, "required": list(fields)}
            if word == "properties"
            else {word: [below, below]}
        )
    return known


def _deep(levels: int) -> dict[str, object]:
    inner: dict[str, object] = {"type": "string"}
    for _ in range(levels):
        inner = {"type": "object", "properties": {"a": inner}, "required": ["a"]}
    return inner


_ONESELF: Final = {
    "type": "object",
    "properties": {"one": _to("A"), "other": _to("A"), "third": _to("A")},
    "required": ["one", "other", "third"],
}
COSTLY: Final[dict[str, dict[str, Any]]] = {
    "allOf that doubles": taking(_to("L39"), _doubling("allOf", 40)),
    "anyOf that doubles": taking(_to("L39"), _doubling("anyOf", 40)),
    "fields that multiply": taking(_to("L39"), _doubling("properties", 40)),
    "allOf of itself": taking(_to("A"), {"A": {"allOf": [_to("A"), _to("A")]}}),
    "anyOf of itself": taking(_to("A"), {"A": {"anyOf": [_to("A"), _to("A")]}}),
    "needs itself": taking(_to("A"), {"A": _ONESELF}),
    "a list of itself": taking(_to("A"), {"A": {"type": "array", "items": _to("A"), "minItems": 50}}),
    "a reference to itself": taking(_to("A"), {"A": _to("A")}),
    "references in a row": taking(_to("R0"), {f"R{n}": _to(f"R{n + 1}") for n in range(5_000)}),
    "a billion items": taking({"type": "array", "items": {"type": "string"}, "minItems": 10**9}),
    "a billion characters": taking({"type": "string", "minLength": 10**9, "maxLength": 10**10}),
    "a billion fields": taking({"type": "object", "minProperties": 10**9}),
    "lists in lists": taking(
        {"type": "array", "minItems": 99, "items": {"type": "array", "minItems": 99, "items": {}}}
    ),
    "many fields": taking({"type": "object", "properties": {f"f{n}": {"type": "string"} for n in range(30_000)}}),
    "a large enum": taking({"type": "string", "enum": [f"word {n}" for n in range(200_000)]}),
    "a pattern that backtracks": taking({"type": "string", "pattern": "^(a+)+$", "example": "a" * 60 + "!"}),
    "a giant pattern": taking({"type": "string", "pattern": "((((x{999}){999}){999}){999})"}),
    "deep schemas": taking(_deep(300)),
    "a deep example": taking({"type": "object", "example": _deep(300)}),
    "a number beyond all": taking({"type": "number", "minimum": float("inf"), "multipleOf": 5e-324}),
    "a whole number beyond all": taking({"type": "integer", "minimum": 10**5000, "multipleOf": 0.1}),
    "many alternatives": taking(
        {"properties": {f"f{n}": {} for n in range(5_000)}, "anyOf": [{"type": "object"}] * 5_000}
    ),
}
ODD: Final[dict[str, dict[str, Any]]] = {
    **{
        f"{word} is {value!r}": document(**{word: value})
        for word in ("paths", "components", "servers", "info", "security", "tags")
        for value in (None, [], {}, 7, "text", [None], [7], {"/x": None}, {"/x": []})
    },
    **{
        f"{word} of a schema is {value!r}": taking({"type": "object", "properties": {"a": {}}, word: value})
        for word in (
            *("type", "properties", "required", "items", "enum", "examples", "example", "allOf", "anyOf", "oneOf"),
            *("minLength", "maxLength", "minItems", "minimum", "maximum", "multipleOf", "pattern", "format", "$ref"),
            *("additionalProperties", "prefixItems", "minProperties", "default", "const", "exclusiveMinimum"),
        )
        for value in (None, [], {}, 7, -1, 0, 0.5, "text", True, [None], [7], {"a": 7}, {"a": None}, float("nan"))
    },
    **{
        f"{word} of a text is {value!r}": taking({"type": "string", word: value})
        for word in ("minLength", "maxLength", "pattern", "format", "enum", "type")
        for value in (None, [], {}, -1, 0.5, "text", True, [7], float("inf"), "(", "\ud800")
    },
    **{
        f"{word} of an operation is {value!r}": taking({}, **{word: value})
        for word in ("parameters", "requestBody", "responses", "tags", "security", "operationId", "summary")
        for value in (None, [], {}, 7, "text", [None], [7], [{}], {"200": None}, {"content": []}, {"content": {"a": 7}})
    },
    **{
        f"a parameter is {value!r}": taking({}, parameters=[value])
        for value in (
            None,
            7,
            {"in": "query"},
            {"in": 7, "name": 8},
            {"in": "query", "name": "q", "schema": 7},
            {"in": "query", "name": "\ud800", "schema": {"type": "string", "example": "\udfff"}},
            {"in": "header", "name": "X: y\r\nX-More", "schema": {"type": "string"}},
            {"in": "header", "name": "ü", "schema": {"type": "string", "example": "\u2603\n"}},
            {"in": "cookie", "name": "a;b", "schema": {"type": "string"}},
            {"in": "query", "name": "q", "content": {"a": 7}},
            {"$ref": 7},
            {"$ref": "#"},
            {"$ref": "#/"},
        )
    },
    "a path of surrogates": document(paths={"/\ud800/{\udfff}": {"get": {}}}),
    "a path of odd braces": document(paths={"/{}/{a/{b}}/{{c}}": {"get": {}}}),
    "a path that is a number": document(paths={7: {"get": {}}}),
    "a status that is a number": taking({}, responses={200: {"content": {None: {}}}}),
    "names that are none": taking({"properties": {7: {}, None: {}, "": {}, True: {}}}),
    "required names that are none": taking({"properties": {"a": {}}, "required": [7, None, ["a"]]}),
    "a field of a surrogate": taking({"properties": {"\ud800": {"type": "string"}}, "required": ["\ud800"]}),
}
SERVERS: Final[list[tuple[object, str]]] = [
    ("https://a.test/v1/", "/v1"),
    ("/v1", "/v1"),
    ("v1", "/v1"),
    ("./", ""),
    ("https://a.test", ""),
    ("https://{host}:8443/{base}", "/api"),
    ("https://a.test/{unknown}", ""),
    ("//elsewhere.test/v1", "/v1"),
    ("https://a.test//elsewhere.test/v1", ""),
    ("https://a.test/v1?x=1#y", "/v1"),
    ("http://[", ""),
    ("https://a.test/a b", ""),
    (7, ""),
    (None, ""),
    ("", ""),
]
"""The address of a server, and the path that all others stand below."""
