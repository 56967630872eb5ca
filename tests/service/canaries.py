"""Canaries: texts that stand nowhere else, each with the places where it may come up, and the search for them.

A text is found as it is, in any case, and as hexadecimal or Base64 of either alphabet, wherever it begins in that.
"""

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import count

_OTHER_ALPHABET = bytes.maketrans(b"+/", b"-_")
_SONG = b"Cnry"
"""How every canary that is planted begins: where that is not, none of them is."""
_PLANTED = re.compile(_SONG.lower() + b"[0-9]{4}qz")


@dataclass(frozen=True)
class Canary:
    """`allowed` are patterns of sinks. Of one that was planted `value` is the part that is its own."""

    name: str
    value: bytes
    allowed: tuple[str, ...] = ()

    def may_be_in(self, sink: str) -> bool:
        return any(fnmatchcase(sink, pattern) for pattern in self.allowed)


@dataclass
class Aviary:
    """Every canary. `sinks` is what was looked into: a name and its bytes."""

    planted: dict[bytes, Canary] = field(default_factory=dict[bytes, Canary])
    minded: list[Canary] = field(default_factory=list[Canary])
    sinks: list[tuple[str, bytes]] = field(default_factory=list[tuple[str, bytes]])
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def plant(self, name: str, *allowed: str, before: str = "", after: str = "") -> str:
        """A new text, which may come up in the sinks of these patterns alone."""
        number = next(self._numbers) * 7919 % 9973
        mark = b"%s%04dqz" % (_SONG, number)
        assert mark.lower() not in self.planted
        self.planted[mark.lower()] = Canary(name, mark, allowed)
        return before + mark.decode() + after

    def mind(self, name: str, value: str | bytes, *allowed: str) -> None:
        """A secret that was made elsewhere."""
        self.minded.append(Canary(name, value.encode() if isinstance(value, str) else value, allowed))

    def leaks(self) -> list[str]:
        """Which canary came up where it may not."""
        return sorted({f"{bird.name} in {sink}" for bird, sink in self.found() if not bird.may_be_in(sink)})

    def found(self) -> Iterator[tuple[Canary, str]]:
        """Each canary with a sink in which it came up."""
        for sink, content in self.sinks:
            low = content.lower()
            yield from ((bird, sink) for bird in self.minded if _is_in(bird.value, content, low))
            yield from ((self.planted[mark], sink) for mark in set(_PLANTED.findall(low)) if mark in self.planted)
            if any(each in content for each in coded(_SONG)):
                birds: Iterable[Canary] = self.planted.values()
                yield from ((bird, sink) for bird in birds if any(each in content for each in coded(bird.value)))


def _is_in(value: bytes, content: bytes, low: bytes) -> bool:
    return value.lower() in low or any(each in content for each in coded(value))


def coded(value: bytes) -> set[bytes]:
    """How a value may be written that nobody reads as it stands."""
    forms = set[bytes]()
    for text in {value, value.lower()}:
        forms |= {text.hex().encode(), text.hex().upper().encode()}
        for shift in range(3):
            whole = b64encode(bytes(shift) + text).rstrip(b"=")
            # The first and the last character tell of neighbours too.
            core = whole[-(-shift * 8 // 6) : len(whole) - 1]
            forms |= {core, core.translate(_OTHER_ALPHABET)}
    return forms
