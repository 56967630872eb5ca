"""What leaves is read in one way: by the words of the standard, and by a reader that is not ours."""

from http.cookiejar import parse_ns_headers  # type: ignore[attr-defined]
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from buckler.edge.set_cookie import SetCookie, Unreadable, read_set_cookie

PIECES: Final = (
    "a", "__Host-a", "=", "b", '"', " ", ";", "; ", ",", "\\", "\\073", "\t", "\x00", "\xe4", "Secure", "HttpOnly",
    "Path=/", "Path=/x", "Domain=a.test", "SameSite=Lax", "SameSite=None", "samesite", "Max-Age=0",
    "expires=Thu, 01 Jan 1970",
)  # fmt: skip


def as_a_browser(line: bytes) -> tuple[bytes, bytes, dict[bytes, bytes]]:
    """RFC 6265bis section 5.6, step by step: the last attribute of a name counts."""
    pair, *rest = line.split(b";")
    name, _, value = pair.partition(b"=")
    attributes: dict[bytes, bytes] = {}
    for each in rest:
        key, _, said = each.partition(b"=")
        attributes[key.strip(b" \t").lower()] = said.strip(b" \t")
    attributes.pop(b"", None)
    return name.strip(b" \t"), value.strip(b" \t"), attributes


def readable(line: bytes) -> SetCookie | None:
    try:
        return read_set_cookie(line)
    except Unreadable:
        return None


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.text(max_size=40))
def test_what_leaves_is_what_a_browser_and_another_reader_see(text: str) -> None:
    line = text.encode("utf-8", "surrogatepass")
    found = readable(line)
    if found is None:
        return
    name, value, attributes = as_a_browser(line)
    assert (found.name.encode(), found.size, found.attributes) == (name, len(name) + len(value), attributes)
    ((theirs, its_value), *_), *others = parse_ns_headers([line.decode("ascii")])
    assert others == []
    assert theirs == found.name
    assert (its_value or "").strip('"') == value.decode().strip('"')


@given(st.lists(st.sampled_from(PIECES), max_size=6).map("".join), st.sampled_from(("Secure", "SameSite=Lax")))
def test_what_is_added_is_read_as_added(rest: str, added: str) -> None:
    """Whatever the line ended in: nothing of it runs into what stood there."""
    found = readable(f"a=b; {rest}".encode())
    key, _, value = added.encode().partition(b"=")
    if found is None or key.lower() in found.attributes:
        return
    name, _, attributes = as_a_browser(found.with_attributes((added.encode(),)))
    assert (name, attributes) == (b"a", {**found.attributes, key.lower(): value})
