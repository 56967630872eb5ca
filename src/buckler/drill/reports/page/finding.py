"""A finding on the page: what was seen, the control beside the attack, and how to see it again."""

from collections.abc import Iterable, Iterator

from buckler.drill.attack import Severity
from buckler.drill.report import Report
from buckler.drill.reports.found import ReportedFinding
from buckler.drill.reports.messages import answer_text, request_text, status_line
from buckler.drill.reports.page.coverage import name_of
from buckler.drill.reports.page.element import NONE, Html, Inside, element, of
from buckler.drill.transport.answer import Exchange


def article(report: Report, found: ReportedFinding, anchor: str) -> Html:
    """The whole of it."""
    about, finding = found.attack, found.finding
    title = element("h3", {"id": f"{anchor}-title"}, of("span", "id", about.id), " ", about.name)
    inside = (
        of("header", "finding-head", pill(found.severity), title),
        of("p", "where", element("code", NONE, name_of(finding.route)), " ", of("span", "soft", found.caller)),
        of("p", "words", finding.words),
        of("p", "fix", element("strong", NONE, "Fix. "), *_with_code(about.fix)),
        of("ul", "tags", *(element("li", NONE, tag) for tag in _tags(found))),
        of("div", "pair", _controls(finding.control), _attack(found)),
        copied("Send the attack again", found.curl(report)),
        _closed("A test that fails until this is mended", found.test(report)),
        of("p", "soft small", "In a baseline: ", element("code", NONE, found.fingerprint)),
    )
    return element("article", {"class": "finding", "id": anchor, "aria-labelledby": f"{anchor}-title"}, *inside)


def pill(severity: Severity) -> Html:
    """The severity, in its colour."""
    return of("span", f"pill {severity}", severity)


def _with_code(text: str) -> Iterator[Inside]:
    """The text, with what stands between backticks as code."""
    for place, part in enumerate(text.split("`")):
        yield element("code", NONE, part) if place % 2 else part


def _tags(found: ReportedFinding) -> Iterator[str]:
    yield from (f"CWE-{number}" for number in found.attack.cwe)
    yield from (f"OWASP {risk}:2023" for risk in found.attack.owasp)
    yield from (f"ASVS {number}" for number in found.attack.asvs)


def _controls(controls: tuple[Exchange, ...]) -> Html:
    return of("div", "side", element("h4", NONE, "Control"), *(_exchange(each, "", ()) for each in controls))


def _attack(found: ReportedFinding) -> Html:
    known = [line for each in found.finding.control for line in request_text(each.request).split("\n")]
    known += [status_line(each.answer) for each in found.finding.control]
    return of("div", "side", element("h4", NONE, "Attack"), _exchange(found.finding.attacked, "attacked", known))


def _exchange(exchange: Exchange, kind: str, known: Iterable[str]) -> Html:
    seconds = f", after {exchange.answer.seconds:.2f} s" if exchange.answer.seconds >= 0.1 else ""
    return of(
        "div",
        f"exchange {kind}".strip(),
        of("p", "said", "sent as ", element("strong", NONE, exchange.who)),
        _block(f"Request of {exchange.who}", _marked(request_text(exchange.request), known)),
        of("p", "said", f"answered {status_line(exchange.answer)}{seconds}"),
        _block(f"Answer to {exchange.who}", _marked_head(answer_text(exchange.answer), known)),
    )


def _marked(text: str, known: Iterable[str]) -> list[Inside]:
    """Lines that the control did not have stand out; all are plain where there is nothing to compare with."""
    usual = set(known)
    parts: list[Inside] = []
    for line in text.split("\n"):
        parts += [element("mark", NONE, line) if usual and line and line not in usual else line, "\n"]
    return parts[:-1]


def _marked_head(text: str, known: Iterable[str]) -> list[Inside]:
    head, line, rest = text.partition("\n")
    return [*_marked(head, known), line, rest]


def _block(label: str, inside: list[Inside]) -> Html:
    return element("pre", {"tabindex": "0", "role": "group", "aria-label": label}, *inside)


def copied(title: str, text: str) -> Html:
    """Lines to paste, under a title."""
    attributes = {"class": "copied", "tabindex": "0", "role": "group", "aria-label": title}
    return of("div", "again", element("h4", NONE, title), element("pre", attributes, text))


def _closed(title: str, text: str) -> Html:
    attributes = {"class": "copied", "tabindex": "0", "role": "group", "aria-label": title}
    return of("details", "again", element("summary", NONE, title), element("pre", attributes, text))
