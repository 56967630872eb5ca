"""Each defence left out: the attack that finds it, or why a drill in process cannot.

Some stand behind one another. Of these each by itself shows nothing, and together they do.
"""

from tests.mutants.mutant import Mutant
from tests.mutants.twin import Shared, Without

_SEEN: dict[str, tuple[str, ...]] = {
    "requirements": ("D101", "D102"),
    "signature": ("D201", "D204"),
    "lifetime": ("D205",),
    "revocation": ("D208", "D211"),
    "throttle": ("D303",),
    "decoy": ("D302",),
    "limits": ("D505",),
    "headers": ("D605",),
}
_TOGETHER: dict[tuple[str, ...], tuple[str, ...]] = {
    ("sizes", "bodies"): ("D501",),
}
_KEYS = "the claim counts only under our own signature, which no drill can make: `header` and `signature` stand before"
_BODIES = "`sizes` and `bodies` stand behind each other where a length is told; both left out are found"
_FORGED = (
    "SameSite keeps the cookie at home, no page of another site sends the JSON that routes take, and `csrf` and"
    " `csrf-token` stand behind each other"
)
_UNSEEN: dict[str, str] = {
    "size": "a token of any size is refused all the same, by its header; it spares work",
    "header": "whatever a header says, our own key has to have signed it: `signature` stands behind",
    "shape": _KEYS,
    "issuer": _KEYS,
    "audience": _KEYS,
    "known-devices": "its owner waits a minute at most then, or needs the mailed code: no lock yet",
    "shedding": "it shows under a flood of sign-ins at once, in how long others wait",
    "client-address": "an app in process has no proxy in front, and no connection whose address could be hidden",
    "loopback": "every request of a drill comes from this machine",
    "heads": "the size of a head is bounded by the server; in process there is none",
    "framing": "how a message is framed is decided by the server; in process there is none",
    "paths": "paths that a proxy and the app read differently need a proxy",
    "host": "letters name the configured origin; what else a foreign Host does needs a server (D702)",
    "scheme": "plain HTTP is there where a server listens (D707)",
    "client-limit": "thousands of requests a minute of one client are more than a drill sends",
    "sizes": _BODIES,
    "bodies": _BODIES,
    "credential": "of two credentials one is chosen, and either is the sender's own",
    "authentication": "a caller is asked for all the same; limits count clients then, where they should count accounts",
    "failed-checks": "tokens cannot be guessed; it spares the work of looking at guesses",
    "deadlines": "slow bodies need a connection (D705)",
    "json-bodies": "Python's parser and the models refuse the same; of two fields of one name the last one counts then",
    "form-bodies": "no route of the service takes a form by FastAPI's own reading",
    "messages": "the service has no WebSocket",
    "csp": "the pages of the service state a policy of their own",
    "undeclared": "every route of the service declares; one that did not would not start",
    "csrf": _FORGED,
    "csrf-token": _FORGED,
    "fields": "no model of the service has a guarded field",
    "exit-gate": "no middleware of the service answers by itself",
    "safe-errors": "no route of the service fails by itself, and outside debug mode Starlette tells nothing either",
    "cookies": "the service's own cookies have every flag by themselves; see `cookie: ...`",
    "redirects": "the service leads nobody to where a request says; see `GET /: leads ...`",
    "open-connections": "the service has no connection that stays open",
}
DEFENCES: tuple[Mutant, ...] = (
    *(Mutant(f"without {name}", Without((name,)), by) for name, by in _SEEN.items()),
    Mutant("without ownership", Shared(), ("D103", "D104")),
    *(Mutant(f"without {' and '.join(names)}", Without(names), by) for names, by in _TOGETHER.items()),
    *(Mutant(f"without {name}", Without((name,)), (), unseen=why) for name, why in _UNSEEN.items()),
)
