"""The sections around the findings: the verdict, the way around, what is not known, and what was noted."""

from typing import Final

from buckler.drill.attack import SEVERITIES
from buckler.drill.report import Report
from buckler.drill.reports.found import ReportedFinding, found_in
from buckler.drill.reports.outcome import Word, by_severity, outcome_of, rate
from buckler.drill.reports.page.coverage import CoverageGrid, name_of
from buckler.drill.reports.page.element import NONE, Html, Inside, element, of, table, together
from buckler.drill.reports.page.finding import pill
from buckler.drill.reports.texts import counted
from buckler.drill.reports.untested import Gap, gaps_of

_SHIELD: Final = "M12 2.6 20 5.4v6.2c0 4.7-3.2 8.2-8 9.8-4.8-1.6-8-5.1-8-9.8V5.4z"
_SIGNS: Final[dict[Word, str]] = {
    "found": "M12 7.4v5.4M12 16v.1",
    "clean": "M8.4 12l2.5 2.5 4.8-5",
    "mostly untested": "M8.6 12h6.8",
    "nothing attacked": "M8.6 12h6.8",
}
_ROUTES: Final = 40


def head(report: Report) -> Html:
    """The verdict, and how much stands behind it."""
    outcome = outcome_of(report)
    kind = outcome.word.replace(" ", "-")
    title = of("div", "verdict", _sign(outcome.word), element("h1", NONE, outcome.head))
    about = of("p", "soft", "Drill of ", element("code", NONE, report.target), f", {report.began}")
    return of(
        "header",
        f"top {kind}",
        about,
        title,
        of("p", "sentence", outcome.coverage),
        _severities(report),
        _facts(report),
    )


def _sign(word: Word) -> Html:
    shapes = [element("path", {"class": "shield", "d": _SHIELD}), element("path", {"class": "sign", "d": _SIGNS[word]})]
    size = {"class": "mark", "width": "44", "height": "44", "viewBox": "0 0 24 24", "aria-hidden": "true"}
    return element("svg", size, *shapes)


def _severities(report: Report) -> Html:
    counts = by_severity(report.findings)
    tiles = [
        of(
            "li",
            f"tile {severity if counts.get(severity) else 'none'}",
            of("strong", "", str(counts.get(severity, 0))),
            severity,
        )
        for severity in reversed(SEVERITIES)
    ]
    return element("ul", {"class": "tiles", "aria-label": "Findings by severity"}, *tiles)


def _facts(report: Report) -> Html:
    facts = {
        "Routes": f"{len(report.routes):,}",
        "Identities": ", ".join(report.identities) or "none",
        "Requests": f"{report.requests:,} in {report.seconds:.1f} s, {rate(report):.0f} a second",
    }
    pairs = [of("div", "fact", element("dt", NONE, name), element("dd", NONE, value)) for name, value in facts.items()]
    return of("dl", "facts", *pairs)


def glance(found: tuple[ReportedFinding, ...], anchors: tuple[str, ...]) -> Html:
    """The way to each finding."""
    rows: list[tuple[Inside, ...]] = [
        (
            element("a", {"href": f"#{anchor}"}, f"{each.attack.id} {each.attack.name}"),
            pill(each.severity),
            element("code", NONE, name_of(each.finding.route)),
            each.caller,
        )
        for each, anchor in zip(found, anchors, strict=True)
    ]
    return table("glance", "Findings at a glance", ("Attack", "Severity", "Route", "Caller"), rows)


def same_as_table(coverage: CoverageGrid) -> Html:
    """The picture, for whoever reads it instead."""
    families = coverage.report.families
    rows: list[tuple[Inside, ...]] = [
        (element("code", NONE, name_of(row)), *(coverage.told(row, each) for each in families)) for row in coverage.rows
    ]
    whole = table("told", "Coverage by route and family", ("Route", *families), rows)
    return element("details", {"class": "again"}, element("summary", NONE, "The same as a table"), whole)


def untested(report: Report) -> Html:
    """What nobody knows yet, by its reasons."""
    gaps = gaps_of(report.untested)
    if not gaps:
        return section("untested", "Untested", of("p", "soft", "Everything that could be attacked was."))
    rows: list[tuple[Inside, ...]] = [
        (gap.reason, f"{gap.count:,}", ", ".join(gap.attacks), _routes(gap)) for gap in gaps
    ]
    return section("untested", "Untested", table("gaps", "Untested", ("Reason", "Times", "Attacks", "Routes"), rows))


def _routes(gap: Gap) -> Html:
    if not gap.routes:
        return together(["the whole target"])
    shown = [element("li", NONE, element("code", NONE, route)) for route in gap.routes[:_ROUTES]]
    if len(gap.routes) > _ROUTES:
        shown.append(element("li", NONE, f"and {len(gap.routes) - _ROUTES} more"))
    listed = of("ul", "routes", *shown)
    if len(gap.routes) == 1:
        return listed
    return element("details", NONE, element("summary", NONE, counted(len(gap.routes), "route")), listed)


def accepted(report: Report) -> tuple[Html, ...]:
    """What the baseline lets be."""
    rows: list[tuple[Inside, ...]] = [
        (each.fingerprint, pill(each.severity), each.finding.words, report.accepted[each.fingerprint])
        for each in found_in(report.accepted_findings)
    ]
    heads = ("Finding", "Severity", "Seen", "Reason")
    return (section("accepted", "Accepted by the baseline", table("gaps", "Accepted", heads, rows)),) if rows else ()


def notes(report: Report) -> tuple[Html, ...]:
    """What was guessed, and what was left out."""
    told = [*report.notes, *([f"The drill {report.stopped}."] if report.stopped else [])]
    listed = of("ul", "notes", *(element("li", NONE, note) for note in told))
    return (section("notes", "Notes", listed),) if told else ()


def section(anchor: str, title: str, *inside: Html) -> Html:
    """A section of the page."""
    heading = element("h2", {"id": f"{anchor}-title"}, title)
    return element("section", {"id": anchor, "aria-labelledby": f"{anchor}-title"}, heading, *inside)
