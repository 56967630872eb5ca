"""A request as one line for a shell (POSIX): it sends the same bytes, and `$NAME` is filled in by the shell.

Everything else is quoted: what was sent to the target never runs on the machine of whoever repeats it.
"""

import re
from typing import Final

from buckler.drill.reports.repeating.pieces import MOST, Named, Piece, Plain, pieces_of, pieces_of_body, weight, wire
from buckler.drill.transport.request import Request, Run

_BARE: Final = re.compile(r"[A-Za-z0-9_@%+=:,./-]+")
_LOUD: Final = frozenset('"\\$`!')
"""What a shell reads within double quotes; the exclamation mark where a person types (bash, zsh)."""
_ODD_TARGET: Final = re.compile(r"[^\x21-\x7e]|#")
"""What curl would refuse or keep to itself in a URL."""


def curl_line(request: Request, origin: str, names: frozenset[str]) -> str:
    """The line. Where it cannot say everything, a comment after it says so."""
    body = pieces_of_body(request, names)
    if request.left or weight(body) > MOST:
        return f"{_command(request, origin, names, ())} # and a body of {request.length} bytes"
    return _command(request, origin, names, body)


def filled_in(line: str, names: frozenset[str]) -> str:
    """A line that was written by hand, with `$NAME` taken out of its single quotes so that the shell fills it in."""
    for name in sorted(names, key=len, reverse=True):
        line = re.sub(rf"\${re.escape(name)}(?![A-Za-z0-9_])", lambda match: f"'\"{match[0]}\"'", line)
    return line


def _command(request: Request, origin: str, names: frozenset[str], body: tuple[Piece, ...]) -> str:
    parts = ["curl", *_asking(request), *_url(request, origin, names)]
    for name, value in _fields(request):
        parts += ["-H", _word(pieces_of(wire(f"{name}: {value}" if value else f"{name};"), names))]
    if body and request.header("content-type") is None:
        parts += ["-H", "Content-Type:"]
    if not body:
        return " ".join(parts)
    if all(isinstance(piece, Named) or (isinstance(piece, Plain) and _is_text(piece.data)) for piece in body):
        return " ".join([*parts, "--data-raw", _word(body)])
    return f"{_written(body)} | {' '.join([*parts, '--data-binary', '@-'])}"


def _asking(request: Request) -> tuple[str, ...]:
    if request.method == "HEAD":
        return ("--head",)
    return (
        ("-i",)
        if request.method == "GET" and not request.length
        else ("-i", "-X", _word(pieces_of(wire(request.method), frozenset())))
    )


def _url(request: Request, origin: str, names: frozenset[str]) -> tuple[str, ...]:
    target = request.target
    if not target.startswith("/") or _ODD_TARGET.search(target):
        return (
            "--request-target",
            _word(pieces_of(wire(target), names)),
            _word(pieces_of(wire(f"{origin}/"), frozenset())),
        )
    flags = ["--path-as-is"] if "/." in request.path else []
    flags += ["-g"] if set(target) & set("[]{}") else []
    return *flags, _word(pieces_of(wire(origin + target), names))


def _fields(request: Request) -> tuple[tuple[str, str], ...]:
    """All but the right length of the body, which curl writes by itself."""
    own = ("content-length", str(request.length))
    return tuple((name, value) for name, value in request.headers if (name.lower(), value) != own)


def _word(pieces: tuple[Piece, ...]) -> str:
    """One argument."""
    plain = all(isinstance(piece, Plain) and _is_text(piece.data) for piece in pieces)
    if plain:
        return _quoted(b"".join(piece.data for piece in pieces if isinstance(piece, Plain)).decode())
    quiet = all(
        isinstance(piece, Named) or (isinstance(piece, Plain) and _is_text(piece.data) and not _loud(piece.data))
        for piece in pieces
    )
    return _doubly_quoted(pieces) if quiet else "".join(_part(piece) for piece in pieces)


def _doubly_quoted(pieces: tuple[Piece, ...]) -> str:
    texts: list[str] = []
    for place, piece in enumerate(pieces):
        after = pieces[place + 1] if place + 1 < len(pieces) else None
        goes_on = isinstance(after, Plain) and re.match(rb"[A-Za-z0-9_]", after.data)
        if isinstance(piece, Named):
            texts.append(f"${{{piece.name}}}" if goes_on else f"${piece.name}")
        elif isinstance(piece, Plain):
            texts.append(piece.data.decode())
    return f'"{"".join(texts)}"'


def _part(piece: Piece) -> str:
    if isinstance(piece, Named):
        return f'"${piece.name}"'
    if isinstance(piece, Run):
        return f'"$({_repeated(piece)})"'
    return _quoted(piece.data.decode()) if _is_text(piece.data) else f"\"$(printf '{_format(piece.data)}')\""


def _written(body: tuple[Piece, ...]) -> str:
    """A command that writes the body, byte by byte."""
    steps: list[str] = []
    for piece in body:
        if isinstance(piece, Run):
            steps.append(_repeated(piece))
        elif isinstance(piece, Named):
            steps.append(f'printf %s "${piece.name}"')
        else:
            steps.append(f"printf '{_format(piece.data)}'")
    return steps[0] if len(steps) == 1 else f"{{ {'; '.join(steps)}; }}"


def _repeated(run: Run) -> str:
    unit = _quoted(run.unit.decode())
    guard = "-- " if run.unit.startswith(b"-") else ""
    return f"yes {guard}{unit} | head -n {run.times} | tr -d '\\n'"


def _format(data: bytes) -> str:
    """For `printf`, within single quotes: what is not plainly a character stands by its number."""
    shown = re.sub(rb"[^\x20-\x7e]|['!\\]|^-", lambda match: b"\\%03o" % match[0][0], data)
    return shown.replace(b"%", b"%%").decode()


def _quoted(text: str) -> str:
    if _BARE.fullmatch(text):
        return text
    return "'" + text.replace("'", "'\\''") + "'"


def _is_text(data: bytes) -> bool:
    try:
        return data.decode().isprintable()
    except UnicodeDecodeError:
        return False


def _loud(data: bytes) -> bool:
    return bool(set(data.decode()) & _LOUD)
