"""The catalogue for people: a line for each attack on a terminal, and a page of the documents."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from buckler.drill.attack import FAMILIES, About, Attack, Family

_ABOUT: Final[Mapping[Family, str]] = {
    "access": "Who gets what: every route, as everybody who takes part, also with what belongs to somebody else.",
    "tokens": "What a caller shows: forged, too old, of another kind, or ended already.",
    "accounts": "How people come in: what strangers learn, how often they may guess, and whom they can lock out.",
    "input": "What is sent: every place for a value, filled with what an interpreter behind it would take for orders.",
    "resources": "How much one caller may take, and what happens when he asks twice at the same moment.",
    "browser": "What a page of another site can have a browser do, and what an answer lets a browser do.",
    "wire": "What the server makes of bytes that no client sends. Only where a server is named by its URL.",
}
_HEAD: Final = """# Attacks of the drill

What `buckler drill --list --format markdown` prints. An id stays what it is; baselines and reports name attacks by it.
`--only` and `--skip` take ids and families: `buckler drill main:app --only access --skip D110`.
"""


def as_table(attacks: Iterable[Attack], *, markdown: bool = False) -> str:
    """A line for each attack: id, family, severity and name; as Markdown a page with all that is known of each."""
    return _page(tuple(attacks)) if markdown else _lines(attacks)


def _lines(attacks: Iterable[Attack]) -> str:
    rows = [(each.about.id, each.about.family, each.about.severity, each.about.name) for each in attacks]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    return "".join(
        "  ".join([*(text.ljust(width) for text, width in zip(row, widths, strict=False)), row[3]]) + "\n"
        for row in rows
    )


def _page(attacks: tuple[Attack, ...]) -> str:
    parts = [_HEAD]
    for family in FAMILIES:
        abouts = [each.about for each in attacks if each.about.family == family]
        if abouts:
            parts += [f"## {family}\n\n{_ABOUT[family]}\n", "\n".join(_contents(abouts))]
            parts += ["\n".join(_section(about)) for about in abouts]
    return "\n".join(parts)


def _contents(abouts: list[About]) -> Iterator[str]:
    """The attacks of a family at one glance."""
    yield "| id | attack | severity |"
    yield "|---|---|---|"
    for about in abouts:
        yield f"| [{about.id}](#{_anchor(about)}) | {_cell(about.name)} | {about.severity} |"
    yield ""


def _section(about: About) -> Iterator[str]:
    yield f"### {about.id} {about.name}"
    yield ""
    yield f"- **Sends**: {about.sends}"
    yield f"- **A finding proves**: {about.proves}"
    yield f"- **What to do**: {about.fix}"
    yield f"- {about.severity.capitalize()}; {', '.join(_standards(about))}"
    yield ""


def _standards(about: About) -> Iterator[str]:
    yield from (f"CWE-{number}" for number in about.cwe)
    yield from (f"OWASP {each}:2023" for each in about.owasp)
    yield from (f"ASVS {each}" for each in about.asvs)


def _anchor(about: About) -> str:
    """What renderers make of the heading: letters, digits and hyphens, with blanks as hyphens."""
    kept = "".join(each for each in f"{about.id} {about.name}".lower() if each.isalnum() or each in " -_")
    return kept.replace(" ", "-")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
