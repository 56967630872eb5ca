"""A page that holds everything: no script, no font, no picture from elsewhere, in light, in dark and on paper.

A policy in the page itself allows its one style sheet, by its hash, and nothing else: should a text ever become markup,
it would load nothing and run nothing.
"""

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files
from typing import Final

from buckler.drill.attack import Family
from buckler.drill.report import Report
from buckler.drill.reports.found import ReportedFinding, found_in
from buckler.drill.reports.outcome import outcome_of
from buckler.drill.reports.page import sections
from buckler.drill.reports.page.coverage import CoverageGrid
from buckler.drill.reports.page.element import NONE, Html, element, of
from buckler.drill.reports.page.finding import article, copied
from buckler.drill.reports.page.picture import legend, picture
from buckler.drill.reports.repeating.coming_in import first_steps

_DOCTYPE: Final = "<!doctype html>\n"


def write_html(report: Report) -> str:
    """The page."""
    style = files("buckler.drill.reports.page").joinpath("page.css").read_text(encoding="utf-8")
    body = element("body", NONE, sections.head(report), element("main", NONE, *_sections(report)), _foot(report))
    return _DOCTYPE + element("html", {"lang": "en"}, _head(report, style), body).markup + "\n"


def _head(report: Report, style: str) -> Html:
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return element(
        "head",
        NONE,
        element("meta", {"charset": "utf-8"}),
        element("meta", {"http-equiv": "Content-Security-Policy", "content": policy}),
        element("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}),
        element("meta", {"name": "color-scheme", "content": "light dark"}),
        element("meta", {"name": "referrer", "content": "no-referrer"}),
        element("title", NONE, f"Drill of {report.target}: {outcome_of(report).head}"),
        element("style", NONE, Html(style)),
    )


def _sections(report: Report) -> list[Html]:
    found = found_in(report.findings)
    anchors = tuple(f"finding-{number}" for number in range(1, len(found) + 1))
    parts = [sections.section("glance", "At a glance", sections.glance(found, anchors))] if found else []
    parts.append(_coverage(report, found, anchors))
    if found:
        articles = [article(report, each, anchor) for each, anchor in zip(found, anchors, strict=True)]
        steps = "\n".join(first_steps(report, found))
        before = [copied("Before the lines below: start it, and fetch what they show", steps)] if steps else []
        parts.append(sections.section("findings", "Findings", *before, *articles))
    return [*parts, sections.untested(report), *sections.accepted(report), *sections.notes(report)]


def _coverage(report: Report, found: tuple[ReportedFinding, ...], anchors: tuple[str, ...]) -> Html:
    coverage = CoverageGrid(report)
    places: dict[tuple[str, str, Family], str] = {}
    for each, anchor in zip(found, anchors, strict=True):
        places.setdefault((each.finding.route, each.finding.identity, each.attack.family), anchor)
    lead = of("p", "soft", "Each row is a route, each column a caller within a family of attacks.")
    left = [of("p", "soft", f"{coverage.left} more routes are not shown.")] if coverage.left else []
    inside = lead, legend(), picture(coverage, places), *left, sections.same_as_table(coverage)
    return sections.section("coverage", "Coverage", *inside)


def _foot(report: Report) -> Html:
    needed = {name for each in found_in(report.findings) for name in each.needs(report)}
    names = ", ".join(f"${name}" for name in sorted(needed))
    secrets = f" Put what stands for {names} into the environment first." if names else ""
    again = f"What is sent again goes to {report.origin}: put the address where the app listens in its place.{secrets}"
    return element("footer", NONE, element("p", NONE, again), element("p", NONE, "Written by buckler drill."))
