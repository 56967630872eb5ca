"""What `Accepts` was given: a size, and the encodings that a route decodes by itself."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final, cast

from buckler.access.declarations.declaration import Acceptance
from buckler.errors import ConfigurationError
from buckler.input.byte_counts import bytes_in

_CODINGS: Final = ("aes128gcm", "br", "compress", "dcb", "dcz", "deflate", "exi", "gzip", "pack200-gzip", "zstd")
"""The content codings that are registered (RFC 9110 section 8.4.1); any other is a spelling mistake."""


def acceptance(max_body: object, encodings: object, where: str) -> Acceptance:
    """Read what `Accepts` was given."""
    if max_body is None and encodings is None:
        raise ConfigurationError("it says nothing; write max_body='10 MB', or encodings=('gzip',).")
    size = None if max_body is None else bytes_in(max_body)
    return Acceptance(size, None if encodings is None else _encodings(encodings), where)


def _encodings(names: object) -> frozenset[bytes]:
    if not isinstance(names, list | tuple | set | frozenset):
        raise ConfigurationError("encodings is a list of names, as in encodings=('gzip',).")
    listed = list(cast("Iterable[object]", names))
    for place, name in enumerate(listed):
        if name not in _CODINGS:
            raise ConfigurationError(_no_coding(name))
        if name in listed[:place]:
            raise ConfigurationError(f"{name!r} stands there twice; once is enough, and the other may be a mistake.")
    return frozenset(str(name).encode("ascii") for name in listed)


def _no_coding(name: object) -> str:
    if name == "identity":
        return "'identity' is no content coding, but the lack of one: such a body is always taken. Leave it away."
    like = get_close_matches(name.lower(), _CODINGS, n=1) if isinstance(name, str) else []
    remedy = f" Did you mean {like[0]!r}?" if like else ""
    return f"{name!r} is no content coding: the registered ones are {', '.join(_CODINGS)}.{remedy}"
