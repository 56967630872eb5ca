"""A refusal as a page, for a person who navigates; a problem document for everybody else (RFC 9457; ASVS 16.5.1).

1. A request navigates where the browser says so (`Sec-Fetch-Mode: navigate`). A browser that does not say it takes
   HTML before JSON and brings no `Authorization`. Neither header gives a right; it is one answer in two forms.
2. The page is static but for its words, and all of them are escaped. It loads nothing; its one style is allowed by its
   SHA-256, and its policy allows nothing else.
3. It says what the problem document says: status, words, request id, when to come again. Nothing of the inside.
4. Where there is a console, whoever must sign in is led to its sign-in, which leads back to a path of ours. In the log
   it is the refusal that it was.

Nothing of it is kept by a cache: a refusal is not, and an error of the app in this form is not either.
"""

from base64 import b64encode
from functools import lru_cache
from hashlib import sha256
from html import escape
from typing import Final, NamedTuple
from urllib.parse import quote

from buckler.asgi import Exchange, path_below_root
from buckler.errors import BODILESS, Refusal, bare

HTML: Final = b"text/html; charset=utf-8"
STYLE: Final = (
    ":root{color-scheme:light dark;--ink:#1d2530;--soft:#566275;--line:#d5dbe4;--back:#f6f8fb;--card:#fff;--go:#1550a8}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e8ecf3;--soft:#a5b0c2;--line:#36404f;--back:#12161d;--card:#1a2029;"
    "--go:#8db8ff}}"
    "*{box-sizing:border-box}"
    "body{margin:0;min-height:100vh;display:flex;flex-direction:column;align-items:center;justify-content:center;"
    "padding:1.5rem;background:var(--back);color:var(--ink);font:1rem/1.6 system-ui,sans-serif}"
    "main{width:100%;max-width:34rem;padding:2rem;background:var(--card);border:1px solid var(--line);"
    "border-radius:.75rem;overflow-wrap:anywhere}"
    ".status{margin:0;color:var(--soft);font-variant-numeric:tabular-nums;letter-spacing:.08em}"
    "h1{margin:.25rem 0 1rem;font-size:1.6rem;line-height:1.25}"
    "p{margin:0 0 1rem}"
    "nav{display:flex;flex-wrap:wrap;gap:.5rem 1.5rem;margin-top:1.5rem}"
    "a{color:var(--go);font-weight:600;text-underline-offset:.2em}"
    "a:focus-visible{outline:3px solid var(--go);outline-offset:3px;border-radius:.2rem}"
    "footer{max-width:34rem;margin-top:1rem;color:var(--soft);font-size:.85rem;text-align:center;"
    "overflow-wrap:anywhere}"
    "code{font-family:ui-monospace,monospace}"
)
POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'; object-src 'none';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
).encode("ascii")
FIELDS: Final = ((b"content-security-policy", POLICY), (b"referrer-policy", b"same-origin"))
OF_THE_APP: Final = (*FIELDS, (b"cache-control", b"no-store"), (b"vary", b"accept, sec-fetch-mode"))
"""The fields of such a page where it is an answer of the app and not a refusal."""
_WORDS: Final = {
    400: ("This request could not be read", "Go back and try it once more."),
    401: ("Please sign in", "This page is for people who are signed in."),
    403: ("You may not do this", "Your account does not have the right to it."),
    404: ("There is nothing here", "The address may be mistyped, or what stood here is gone."),
    405: ("This is not done here", "The address is right, but it does something else."),
    408: ("That took too long", "The connection may have been slow."),
    413: ("That was too large", "Send less at once."),
    415: ("This kind of content is not taken", "Send it in another form."),
    421: ("This is not the site you asked for", "The address leads to a site that is not served here."),
    422: ("Something in this does not fit", "Go back and look through what you entered."),
    429: ("Too many requests", "Wait a little."),
    500: ("Something went wrong here", "The mistake is ours, and it was written down."),
    503: ("Not available just now", "It should be back soon."),
}
"""A heading, and a sentence where the refusal itself says no more than its status."""
_PAGE: Final = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1"><title>{status} · {title}</title>'
    f"<style>{STYLE.replace('{', '{{').replace('}', '}}')}</style></head>"
    '<body><main><p class="status">{status}</p><h1>{title}</h1>{words}<nav aria-label="Go on">{links}</nav></main>'
    "<footer>Request <code>{id}</code>. Whoever runs this site finds what happened by this number.</footer>"
    "</body></html>"
)
_AGAIN: Final = frozenset((408, 429, 500, 502, 503, 504))
"""After these the same may work a little later."""
_READING: Final = frozenset(("GET", "HEAD"))
"""Methods after which the same address may be asked again."""
_SIGN_IN: Final = "sign-in-required"
"""The code of the guard's refusal (`access/guard/requirements.py`)."""
_LONGEST_ACCEPT: Final = 512
_LONGEST_RETURN: Final = 1000
_MODE: Final = b"sec-fetch-mode"

Pairs = tuple[tuple[bytes, bytes], ...]


class Told(NamedTuple):
    """An answer in the place of a problem document."""

    status: int
    fields: Pairs
    body: bytes


class ErrorPages:
    """Finds the page of a refusal. Whoever must sign in is led to the page `sign_in`, and from there back.

    `area` is the path below which that page and its neighbours stand; None where there is none.
    """

    def __init__(self, area: str | None = None, sign_in: str = "") -> None:
        self._area = area
        self._sign_in = sign_in

    def told(self, refusal: Refusal, exchange: Exchange) -> Told | None:
        """How a person is told; None where a client asks, or where there is no body to tell it in."""
        if refusal.status < 400 or refusal.status in BODILESS or not navigates(exchange):
            return None
        if refusal.status == 401 and self._area is not None:
            way = self._way_to_sign_in(refusal, exchange, self._area)
            if way is not None:
                kept = tuple(pair for pair in refusal.headers if pair[0] == b"set-cookie")
                return Told(303, (*kept, (b"location", way)), b"")
        return Told(refusal.status, (*refusal.headers, *FIELDS), page(refusal, exchange, self._area))

    def _way_to_sign_in(self, refusal: Refusal, exchange: Exchange, area: str) -> bytes | None:
        """Where somebody signs in, with the way back; None where a page of the app's own says 401 in its own words."""
        scope = exchange.scope
        root, below = str(scope.get("root_path", "")).rstrip("/"), path_below_root(scope)
        if not _lies_in(below, area):
            if refusal.code != _SIGN_IN or below.startswith("//"):
                return None
            if scope["method"] not in _READING:
                # A form that was sent: nobody gets back to it by its address.
                return f"{quote(root)}{self._sign_in}".encode("ascii")
        back = quote(f"{root}{below}", errors="replace")
        query = scope.get("query_string", b"").decode("latin-1")
        if query and scope["method"] in _READING:
            back = f"{back}?{query}"
        # Our own path, spelled anew: it begins with one slash, and leads nowhere else.
        way = f"{quote(root)}{self._sign_in}"
        return (f"{way}?to={quote(back, safe='')}" if len(back) <= _LONGEST_RETURN else way).encode("ascii")


def navigates(exchange: Exchange) -> bool:
    """Whether a person waits for a page."""
    headers = exchange.headers
    if _MODE in headers:
        return headers[_MODE] == b"navigate" and _MODE not in exchange.repeated
    accept = headers.get(b"accept", b"")
    return b"html" in accept and b"authorization" not in headers and _prefers_html(accept[:_LONGEST_ACCEPT])


def page(refusal: Refusal, exchange: Exchange, area: str | None = None) -> bytes:
    """The page of a refusal. Below `area`, the path of the console, it leads there first."""
    scope = exchange.scope
    root = escape(quote(str(scope.get("root_path", "")).rstrip("/")))
    # Not to the page itself: that is where somebody stands.
    links = [f'<a href="{root}/">Go to the start page</a>'] if path_below_root(scope) not in ("", "/") else []
    if area is not None and _lies_in(path_below_root(scope), area):
        links.insert(0, f'<a href="{root}{escape(area)}">Go to the console</a>')
    if refusal.status in _AGAIN and scope.get("method") in _READING:
        links.append('<a href="">Try again</a>')
    title, sentence = _WORDS.get(refusal.status, (refusal.title, refusal.detail))
    words = [sentence if refusal.detail == bare(refusal.status).detail else refusal.detail, *_when(refusal)]
    return _PAGE.format(
        status=refusal.status,
        title=escape(title),
        words="".join(f"<p>{escape(each)}</p>" for each in words),
        links="".join(links),
        id=escape(exchange.id),
    ).encode("utf-8", "replace")


def _lies_in(path: str, area: str) -> bool:
    return path == area or path.startswith(area + "/")


def _when(refusal: Refusal) -> list[str]:
    waits = dict(refusal.headers).get(b"retry-after", b"")
    if not waits.isdigit() or len(waits) > 9:
        return []
    seconds = int(waits)
    told = f"{seconds} seconds" if seconds <= 120 else f"{-(-seconds // 60)} minutes"
    return ["Try again in a second." if seconds <= 1 else f"Try again in {told}."]


@lru_cache(maxsize=256)
def _prefers_html(accept: bytes) -> bool:
    """Whether HTML is named, and wanted at least as much as JSON (RFC 9110 section 12.5.1)."""
    found: dict[str, float] = {}
    for each in accept.decode("latin-1").lower().split(","):
        kind, _, parameters = each.partition(";")
        found[kind.strip()] = _quality(parameters)
    json = max(found.get("application/json", 0.0), found.get("application/problem+json", 0.0))
    return found.get("text/html", 0.0) > 0 and found["text/html"] >= json


def _quality(parameters: str) -> float:
    for each in parameters.split(";"):
        name, _, value = each.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
