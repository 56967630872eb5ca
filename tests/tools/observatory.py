"""The grade that MDN's HTTP Observatory gives: its published rules, applied to answers of an app in this process.

The rules are those of mdn/mdn-http-observatory 1.6.3 (algorithm version 6): which facts count, and
by how much each moves the score (`observatory_scores.py`). Written anew from them; what no answer of ours ever has
(policies in `<meta>`, several policies at once, scripts of others, lists of preloaded hosts) is refused instead of
judged.
"""

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from tests.tools.observatory_scores import ENOUGH_FOR_CREDIT, GRADES, MODIFIERS
from tests.wire import Answer, ask

_SIX_MONTHS: Final = 15_552_000
_SCANNER: Final = "https://http-observatory.security.mozilla.org"
_BROAD: Final = frozenset(("ftp:", "http:", "https:", "*", "http://*", "http://*.*", "https://*", "https://*.*"))
_BROAD_OR_INLINE: Final = _BROAD | {"'unsafe-inline'", "data:"}
_NAMED_ONCE: Final = ("'sha256-", "'sha384-", "'sha512-", "'nonce-")
_PASSIVE: Final = ("img-src", "media-src")
_PRIVATE: Final = ("no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin")
_REFERRERS: Final = (*_PRIVATE, "origin", "origin-when-cross-origin", "unsafe-url", "no-referrer-when-downgrade")
_WORST_COOKIE: Final = (
    "cookies-not-secure-under-hsts",
    "cookies-not-secure",
    "cookies-session-not-secure-under-hsts",
    "cookies-samesite-invalid",
    "cookies-csrf-without-samesite",
    "cookies-session-not-httponly",
    "cookies-session-not-secure",
)
_HTML: Final = ("text/html", "application/xhtml+xml")


@dataclass(frozen=True)
class Scan:
    """What a scan saw: the page, every cookie on the way, the redirects of plain HTTP, the answer to a preflight."""

    url: str
    page: Answer
    cookies: tuple[str, ...]
    plain: tuple[str, ...]
    """The addresses that one comes by from `http://`, the first one included."""
    preflight: Answer


@dataclass(frozen=True)
class Grade:
    """The letter, the score, and the result of each test."""

    letter: str
    score: int
    results: tuple[str, ...]


async def scan(app: Any, url: str, **given: Any) -> Scan:
    """Look at `url` as the Observatory does. `given` is passed to each request."""
    page, way, cookies = await _follow(app, url, given)
    _, plain, _ = await _follow(app, "http" + url.removeprefix("https"), given)
    robots = await _get(app, urljoin(url, "/robots.txt"), given)
    asked = [("access-control-request-method", "GET"), ("origin", _SCANNER)]
    preflight = await _get(app, way[-1], given, method="OPTIONS", headers=asked)
    return Scan(way[-1], page, (*cookies, *robots.values("set-cookie")), tuple(plain), preflight)


def grade(seen: Scan) -> Grade:
    """The grade of what was seen. Raises `ValueError` where the scanner would not judge: a status that is no page."""
    status = seen.page.status
    if status < 200 or (status >= 400 and status not in (401, 403)):
        raise ValueError(f"no page: {status}")
    policy = _policy(seen.page)
    results = (
        _csp(seen.page, policy),
        _cookies(seen),
        _cors(seen.preflight),
        _redirection(seen.plain),
        _referrer(seen.page),
        _hsts(seen.page),
        _scripts(seen),
        _nosniff(seen.page),
        _framing(seen.page, policy),
        _one_of(seen.page, "cross-origin-resource-policy", "corp", ("same-origin", "same-site"), ("cross-origin",)),
        _one_of(
            seen.page, "cross-origin-opener-policy", "coop",
            ("same-origin", "same-origin-allow-popups", "noopener-allow-popups"), ("unsafe-none",),
        ),
        _one_of(
            seen.page, "cross-origin-embedder-policy", "coep", ("require-corp", "credentialless"), ("unsafe-none",)
        ),
    )  # fmt: skip
    moves = [MODIFIERS[each] for each in results]
    bare = 100 + sum(move for move in moves if move < 0)
    score = max(100 + sum(moves) if bare >= ENOUGH_FOR_CREDIT else bare, 0)
    return Grade(next(letter for least, letter in GRADES if score - score % 5 >= least), score, results)


async def _get(app: Any, url: str, given: dict[str, Any], method: str = "GET", headers: Any = ()) -> Answer:
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    accepts = [("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")]
    wanted = {"host": parts.netloc, "scheme": parts.scheme, **given}
    return await ask(app, method, target, headers=[*accepts, *headers], **wanted)


async def _follow(app: Any, url: str, given: dict[str, Any]) -> tuple[Answer, list[str], list[str]]:
    """The last answer, every address on the way to it, and the cookies that were set on it."""
    way, cookies = [url], list[str]()
    while True:
        answer = await _get(app, way[-1], given)
        cookies += answer.values("set-cookie")
        location = answer.header("location")
        if location is None or not 300 <= answer.status < 400 or len(way) > 10:
            return answer, way, cookies
        way.append(urljoin(way[-1], location))


Policy = dict[str, list[str]]


def _policy(page: Answer) -> Policy | None:
    """The directives of the one policy; None for one that cannot be read, empty for none."""
    values = page.values("content-security-policy")
    if b"http-equiv" in page.body.lower():
        raise ValueError("a policy in <meta> is not judged here")
    if len(values) > 1 or any("," in value for value in values):
        raise ValueError("several policies are not judged here")
    found: Policy = {}
    for entry in ";".join(values).split(";"):
        name, *sources = entry.lower().split() or [""]
        if not name:
            continue
        if name in found and name not in ("report-uri", "report-to"):
            return None
        found[name] = sources or (["'none'"] if name.endswith("-src") else [])
    return found


def _csp(page: Answer, policy: Policy | None) -> str:
    if policy is None:
        return "csp-invalid"
    if not policy:
        return "csp-report-only" if page.values("content-security-policy-report-only") else "csp-missing"
    everything = policy.get("default-src", ["*"])
    scripts, styles = (_without_inline(policy.get(name, everything)) for name in ("script-src", "style-src"))
    if "'strict-dynamic'" in scripts:
        if not _names_once(scripts):
            return "csp-invalid"
        kept = [each for each in scripts if not each.startswith(tuple(_BROAD)) and each != "'self'"]
        scripts = [each for each in kept if each != "'unsafe-inline'"]
    active = [each for name, sources in policy.items() if name not in (*_PASSIVE, "script-src") for each in sources]
    passive = [each for name in _PASSIVE for each in policy.get(name, policy.get("default-src", []))]
    judgements = (
        ("csp-unsafe-inline", not _BROAD_OR_INLINE.isdisjoint(scripts)),
        ("csp-unsafe-inline", not _BROAD.isdisjoint(policy.get("object-src", everything))),
        ("csp-insecure-scheme", _has_insecure([*active, *scripts])),
        ("csp-unsafe-eval", "'unsafe-eval'" in scripts + styles),
        ("csp-insecure-passive", _has_insecure(passive)),
        ("csp-unsafe-style", not _BROAD_OR_INLINE.isdisjoint(styles)),
        ("csp-default-none", policy.get("default-src") == ["'none'"]),
    )
    return next((result for result, holds in judgements if holds), "csp-no-unsafe")


def _names_once(sources: list[str]) -> bool:
    return any(each.startswith(_NAMED_ONCE) for each in sources)


def _without_inline(sources: list[str]) -> list[str]:
    """Browsers that know nonces and hashes do not look at `'unsafe-inline'` beside them."""
    return [each for each in sources if each != "'unsafe-inline'"] if _names_once(sources) else list(sources)


def _has_insecure(sources: list[str]) -> bool:
    return any(each.startswith(("http:", "ftp:")) for each in sources)


def _cookies(seen: Scan) -> str:
    found: list[str] = []
    all_say_samesite = True
    for line in seen.cookies:
        name, attributes = _attributes(line)
        is_session, is_csrf = any(word in name for word in ("login", "sess")), "csrf" in name
        is_secure, same_site = "secure" in attributes, attributes.get("samesite")
        is_sound = same_site in ("lax", "strict") or (same_site == "none" and is_secure) or same_site is None
        under = "-under-hsts" if _hsts(seen.page) == "hsts-half-a-year" else ""
        wrong = {
            "cookies-samesite-invalid": not is_sound,
            f"cookies-not-secure{under}": not is_secure,
            f"cookies-session-not-secure{under}": is_session and not is_secure,
            "cookies-csrf-without-samesite": is_csrf and same_site is None,
            "cookies-session-not-httponly": is_session and "httponly" not in attributes,
        }
        found += [result for result, holds in wrong.items() if holds]
        all_say_samesite &= same_site is not None
    if found:
        return max(found, key=_WORST_COOKIE.index)
    if not seen.cookies:
        return "cookies-none"
    return "cookies-whole" if all_say_samesite else "cookies-without-samesite"


def _attributes(line: str) -> tuple[str, dict[str, str]]:
    pair, *rest = line.lower().split(";")
    return pair.partition("=")[0], {key.strip(): value for key, _, value in (each.partition("=") for each in rest)}


def _cors(preflight: Answer) -> str:
    allowed = preflight.header("access-control-allow-origin")
    if allowed is None:
        return "cors-none"
    if allowed.strip() == "*":
        return "cors-public"
    mirrors = allowed == _SCANNER and (preflight.header("access-control-allow-credentials") or "").lower() == "true"
    return "cors-universal" if mirrors else "cors-restricted"


def _redirection(way: tuple[str, ...]) -> str:
    if len(way) == 1:
        return "redirect-missing"
    if not way[-1].startswith("https:"):
        return "redirect-ends-at-http"
    if way[1].startswith("http:"):
        return "redirect-to-http-first"
    same_host = urlsplit(way[0]).hostname == urlsplit(way[1]).hostname
    return "redirect-to-https" if same_host else "redirect-elsewhere-first"


def _referrer(page: Answer) -> str:
    said = page.values("referrer-policy")
    if not said:
        return "referrer-missing"
    known = [each.strip() for each in ",".join(said).lower().split(",") if each.strip() in _REFERRERS]
    if not known:
        return "referrer-invalid"
    return "referrer-private" if known[-1] in _PRIVATE else "referrer-unsafe"


def _hsts(page: Answer) -> str:
    said = page.values("strict-transport-security")
    if not said:
        return "hsts-missing"
    age = re.fullmatch(r"(?:.*;)? *max-age=([0-9]+)(?: *;.*)?", said[0], re.IGNORECASE)
    if age is None or "," in said[0]:
        return "hsts-invalid"
    return "hsts-half-a-year" if int(age[1]) >= _SIX_MONTHS else "hsts-shorter"


class _Scripts(HTMLParser):
    """Collects the script elements of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "script":
            self.found.append(dict(attrs))


def _scripts(seen: Scan) -> str:
    if (seen.page.header("content-type") or "").partition(";")[0] not in _HTML:
        return "scripts-not-html"
    parser = _Scripts()
    parser.feed(seen.page.body.decode())
    if not parser.found:
        return "scripts-none"
    result = ""
    for script in parser.found:
        source, has_integrity = script.get("src") or "", bool(script.get("integrity"))
        if urlsplit(source).netloc not in ("", urlsplit(seen.url).netloc):
            raise ValueError(f"a script of another origin is not judged here: {source}")
        if source and has_integrity:
            result = "scripts-with-integrity"
    return result or "scripts-own"


def _nosniff(page: Answer) -> str:
    return (
        "nosniff" if (page.header("x-content-type-options") or "").strip().lower() == "nosniff" else "nosniff-missing"
    )


def _framing(page: Answer, policy: Policy | None) -> str:
    if policy is not None and "frame-ancestors" in policy:
        return "framing-by-csp"
    said = page.header("x-frame-options")
    if said is None:
        return "framing-missing"
    if said.strip().lower() in ("deny", "sameorigin"):
        return "framing-denied"
    return "framing-listed" if said.strip().lower().startswith("allow-from") else "framing-invalid"


def _one_of(page: Answer, field: str, short: str, narrow: tuple[str, ...], wide: tuple[str, ...]) -> str:
    said = (page.header(field) or "").strip().lower()
    if said in narrow:
        return f"{short}-narrow"
    if said in wide:
        return f"{short}-wide" if short == "corp" else f"{short}-none"
    return f"{short}-invalid" if said else f"{short}-missing"
