"""Python literals of what a target said: nothing in them runs, and none goes over the end of its line."""

from buckler.drill.reports.repeating.pieces import Named, Piece, Plain


def literal(text: str) -> str:
    """A literal of a text."""
    return _doubly(repr(text))


def expression(pieces: tuple[Piece, ...]) -> str:
    """An expression that puts the pieces together: a text where all are ASCII, else bytes."""
    if is_ascii(pieces):
        return " + ".join(_text(piece) for piece in pieces) or '""'
    return " + ".join(_bytes(piece) for piece in pieces)


def is_ascii(pieces: tuple[Piece, ...]) -> bool:
    """Whether all of it can stand in a text without a word about its encoding."""
    return all(piece.data.isascii() for piece in pieces if isinstance(piece, Plain))


def bytes_expression(pieces: tuple[Piece, ...]) -> str:
    """The same, as bytes in any case."""
    return " + ".join(_bytes(piece) for piece in pieces) or 'b""'


def _text(piece: Piece) -> str:
    if isinstance(piece, Named):
        return f"os.environ[{literal(piece.name)}]"
    if isinstance(piece, Plain):
        return literal(piece.data.decode("ascii"))
    return f"{literal(piece.unit.decode('ascii'))} * {piece.times}"


def _bytes(piece: Piece) -> str:
    if isinstance(piece, Named):
        return f"os.environ[{literal(piece.name)}].encode()"
    if isinstance(piece, Plain):
        return _doubly(repr(piece.data))
    return f"{_doubly(repr(piece.unit))} * {piece.times}"


def _doubly(shown: str) -> str:
    """In double quotes where that needs no escapes, as people write them."""
    start = shown.index("'") if shown.endswith("'") else len(shown)
    if start == len(shown) or '"' in shown:
        return shown
    return f'{shown[:start]}"{shown[start + 1 : -1]}"'
