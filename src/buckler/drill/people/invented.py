"""People who do not exist: a name, an address and a password that most apps take, and others for those that do not.

Each kind is tried in its order, and only the kind that an app refused goes on to the next: a name of letters and
digits, an address, letters alone; a long password of every sort of character, a short one, one without symbols,
a number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from buckler.drill.drafting.patterns import fits
from buckler.drill.people.entry import Part
from buckler.drill.plan.schema import Schema
from buckler.randomness import identifier

Kind = Part
KINDS: Final[tuple[Kind, ...]] = ("name", "email", "password")
_HOSTS: Final = ("example.com", "example.org", "example.net")
_STYLES: Final[Mapping[Kind, int]] = {"name": 8, "email": 3, "password": 6}
"""How many there are of each kind."""
_LETTERS: Final = str.maketrans("0123456789", "ghjkmnpqrs")


@dataclass(frozen=True, slots=True)
class Person:
    """One of them, with the place in the list of each kind."""

    seed: str
    styles: Mapping[Kind, int] = field(default_factory=dict[Kind, int])

    @classmethod
    def anew(cls, styles: Mapping[Kind, int]) -> "Person":
        """Somebody nobody met before, in the styles that were taken the last time."""
        return cls(identifier(), styles)

    def otherwise(self, kinds: Sequence[Kind]) -> "Person":
        """Somebody else, of the next style of these kinds."""
        return replace(
            Person.anew(self.styles), styles={**self.styles, **{kind: self.styles.get(kind, 0) + 1 for kind in kinds}}
        )

    def name(self, schema: Schema) -> str:
        """What the person is called."""
        digits = str(int(self.seed[:12], 16))
        several = (
            f"drill{self.seed[:8]}",
            self.email({}),
            f"drill{self.seed[:8].translate(_LETTERS)}",
            f"Drill {self.seed[:6].translate(_LETTERS).capitalize()}",
            f"d{self.seed[:5].translate(_LETTERS)}",
            f"+4420{digits[:8].zfill(8)}",
            f"0{digits[:9].zfill(9)}",
            digits[:8].zfill(8),
        )
        return _chosen(several, schema, self.styles.get("name", 0))

    def email(self, schema: Schema) -> str:
        """Where letters to the person would go: nowhere, these hosts are for examples (RFC 2606)."""
        several = [f"drill.{self.seed[:8]}@{host}" for host in _HOSTS]
        return _chosen(several, schema, self.styles.get("email", 0))

    def password(self, schema: Schema) -> str:
        """A password nobody would guess."""
        word = self.seed[8:20].translate(_LETTERS)
        digits = str(int(self.seed[16:], 16))
        several = (
            f"Quartz-{word[:6]}-Lantern{digits[:3]}!{word[6:]}",
            f"Q{word[:6]}-{digits[:3]}!",
            f"Q{word[:6]}{digits[:5]}",
            f"Quartz lantern {word} by {digits[:4]} rivers_!",
            digits[:6],
            digits[:4],
        )
        return _chosen(several, schema, self.styles.get("password", 0))

    @property
    def is_exhausted(self) -> bool:
        """Whether nothing new is left to try."""
        return any(self.styles.get(kind, 0) >= most for kind, most in _STYLES.items())


def _chosen(several: Sequence[str], schema: Schema, style: int) -> str:
    """The one of this style among those that the schema allows; of all where it allows none."""
    fitting = [each for each in several if _fits(each, schema)] or list(several)
    return fitting[style % len(fitting)]


def _fits(text: str, schema: Schema) -> bool:
    pattern = schema.get("pattern")
    if isinstance(pattern, str) and fits(pattern, text) is False:
        return False
    if schema.get("format") == "email" and "@" not in text:
        return False
    return int(schema.get("minLength", 0)) <= len(text) <= int(schema.get("maxLength", 1000))
