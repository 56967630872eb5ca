"""The policy of pages: what a browser may load and run for them (CSP level 3; ASVS 3.4.3, 3.4.6, 3.4.7).

1. Every answer that is HTML and states no policy of its own carries this one. What is no page has a stricter one,
   that of `headers.py`.
2. `object-src 'none'` and `base-uri 'none'` stand in every policy, and no argument takes them away. Nothing that lets
   any script run can be named.
3. A nonce is 128 bits drawn for one answer, when somebody asks for it. The policy of that answer then names it, for
   scripts and for styles, and no cache keeps the answer (`headers.py`): a nonce that is known protects nothing.
4. Report-only measures, with a reason that each start tells. `object-src`, `base-uri` and `frame-ancestors`, which no
   page that works depends on, are enforced all the same.
5. What a browser stopped is reported to ourselves (`own_routes/csp_reports.py`).
6. An answer's own policy stays. Where it is weaker than ours, the log says so once a route.

Caveat: a policy is the second line. Markup that runs nothing is still shown.
"""

from typing import Final

from buckler.asgi import Exchange
from buckler.defence import Arrival, Look, Shape
from buckler.edge.csp_policy import GROUP, REPORTS, Csp
from buckler.edge.csp_weakness import weaknesses, without_nonce
from buckler.edge.lifting import Lifting
from buckler.edge.nonces import StateWithNonce
from buckler.errors import Refusal
from buckler.events import EventLog

POLICY: Final = b"content-security-policy"
REPORT_ONLY: Final = b"content-security-policy-report-only"
ENDPOINTS: Final = b"reporting-endpoints"
_MOST_SEEN: Final = 512
"""Policies of the app's own that are looked at; one that changes with each answer is not looked at for ever."""

Pair = tuple[bytes, bytes]
Pairs = tuple[Pair, ...]


class PagePolicy(Arrival):
    """Holds the policy, and finds that of one answer. `SecureHeaders` puts it on."""

    name = "csp"

    def __init__(self, given: Csp | None, events: EventLog, lifting: Lifting | None = None) -> None:
        """`given` is the app's own. `lifting` is that of a trial, under which it only reports where that names it."""
        self._events = events
        self._seen: set[bytes] = set()
        self._told: set[tuple[str, tuple[str, ...]]] = set()
        self._is_given = given is not None
        self._trial = lifting if lifting is not None and "csp" in lifting.names else None
        self.policy = given or Csp(reports=self._trial is not None)
        self._pairs = {secure: (POLICY, self.policy.text(secure=secure)) for secure in (False, True)}
        self.frame_options = self.policy.frame_options
        self.is_varied = self._trial is not None or self.policy.report_only is not None
        """Whether pages carry something else than `standing`."""

    def arrive(self, exchange: Exchange) -> Refusal | None:
        """Offer `request.state.csp_nonce` to code that knows nothing of Buckler."""
        scope = exchange.scope
        scope["state"] = StateWithNonce(exchange, scope.get("state") or {})
        return None

    def look_for(self, shape: Shape) -> Look | None:
        return self.arrive if self._is_given and shape.kind == "http" else None

    def standing(self, *, secure: bool) -> Pairs:
        """What a page has that has no nonce, while the policy is enforced."""
        endpoints = (ENDPOINTS, f'{GROUP}="{REPORTS}"'.encode())
        return (self._pairs[secure], *((endpoints,) if self.policy.reports and secure else ()))

    def replaced(self, headers: Pairs, exchange: Exchange) -> Pairs:
        """`headers` with the policy of this very answer, where it stands on them."""
        pair = self._pairs[exchange.is_secure]
        if pair not in headers:
            return headers
        text = self.policy.text(exchange.nonce, secure=exchange.is_secure)
        reports_only = self.policy.report_only is not None or (self._trial is not None and not self._trial.is_past())
        ours: Pairs = ((POLICY, self.policy.kept), (REPORT_ONLY, text)) if reports_only else ((POLICY, text),)
        return (*(each for each in headers if each != pair), *ours)

    def note(self, headers: Pairs, exchange: Exchange) -> None:
        """Tell of a policy of the app's own that is weaker than ours: once for each route and weakness."""
        stated = [without_nonce(value) for name, value in headers if name == POLICY]
        route = str(getattr(exchange.decision, "path", "") or "")
        key = b"\n".join((route.encode(), *stated))
        if key in self._seen or len(self._seen) >= _MOST_SEEN:
            return
        self._seen.add(key)
        found = weaknesses(stated)
        if found and (route, found) not in self._told:
            self._told.add((route, found))
            self._events.emit("sys_policy_weak", exchange, route=route, lacks=list(found))
