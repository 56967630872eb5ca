"""Which routes let people in, out and back: by their paths, their fields and what they answer.

Each door has points for what speaks for a route and against it, and is the route with the most. Too few are none: a
wrong guess costs more than one that is not made.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from buckler.drill.people.fields import Purpose, parts_of
from buckler.drill.people.handed import has_token
from buckler.drill.plan.document import Document
from buckler.drill.plan.route import Route

_SIGN_IN: Final = re.compile(
    r"(user|api|admin)?(login|signin|logon)(user)?|authenticate|(get|obtain|create|access)?tokens?|(api)?tokenauth"
)
_MAYBE_SIGN_IN: Final = re.compile(r"auth|sessions?|jwt|access|gettoken|cookie")
_REGISTER: Final = re.compile(
    r"(user|auth)?(register|registrations?|signup|enroll?|join|onboard)(user)?|(create|new|add|open)(user|account)"
)
_PEOPLE: Final = re.compile(
    r"(user|account|customer|member|person|patient|profile|client|student|employee|author|player)s?|people|staff"
)
_KEYS: Final = re.compile(r"(api)?keys?")
_NOT_IN: Final = re.compile(
    r"refresh|log_?out|sign_?out|register|sign_?up|reset|forgot|recover|verif|confirm|revoke|otp|2fa|mfa|totp|webauthn"
    r"|passkey|google|github|callback|introspect|test|magic|resend|change"
)
_NOT_NEW: Final = re.compile(
    r"verif|confirm|resend|reset|forgot|login|signin|sign_in|token|refresh|logout|bulk|import|invite"
)
_LOGOUT: Final = re.compile(r"(user)?(logout|signout|logoff)")
_FORGOT: Final = re.compile(
    r"forgot|recover|lost|(request|send|ask|start)\w*reset|reset\w*(request|send|start|code)|reset"
)
_RESET: Final = re.compile(r"reset|recover|new[_-]?password|forgot")
_CONFIRM: Final = re.compile(r"(verify|confirm|activate|verification|confirmation|activation)\w*")
_ME: Final = {"me": 6, "whoami": 6, "userinfo": 5, "currentuser": 5, "self": 4, "profile": 3, "myprofile": 4, "user": 3}


@dataclass(frozen=True, slots=True)
class Doors:
    """The routes that were found."""

    sign_in: Route | None = None
    register: Route | None = None
    refresh: Route | None = None
    logout: Route | None = None
    change_password: Route | None = None
    ask_reset: Route | None = None
    reset: Route | None = None
    confirm: Route | None = None
    """Takes the code that proves an address."""
    me: Route | None = None


def find_doors(document: Document) -> Doors:
    """Every door that a document shows."""
    judge = _Judge(document)
    sign_in = judge.entered = judge.best(judge.sign_in, 6)
    register = judge.best(judge.register, 6, sign_in)
    return Doors(
        sign_in=sign_in,
        register=register,
        refresh=judge.best(judge.refresh, 5),
        logout=judge.best(judge.logout, 5),
        change_password=judge.best(judge.change_password, 5, sign_in, register),
        ask_reset=judge.best(judge.ask_reset, 4, sign_in, register),
        reset=judge.best(judge.reset, 4, sign_in, register),
        confirm=judge.best(judge.confirm, 4, sign_in, register),
        me=judge.best(judge.me, 3),
    )


def sign_ins(document: Document) -> tuple[Route, ...]:
    """Every route that looks like one that signs in, the likeliest first: pages and programs may have one each."""
    judge = _Judge(document)
    return judge.several(judge.sign_in, 6)


def ways_back(document: Document) -> tuple[Route, ...]:
    """Every route that looks like one that asks for a reset, the likeliest first."""
    judge = _Judge(document)
    return judge.several(judge.ask_reset, 4)


class _Judge:
    def __init__(self, document: Document) -> None:
        self._document = document
        self.entered: Route | None = None
        self._token_paths = {
            "/" + urlsplit(scheme.token_url).path.lstrip("./") for scheme in document.schemes if scheme.token_url
        }
        self._has_key_scheme = any(scheme.kind == "header" for scheme in document.schemes)

    def best(self, points: Callable[[Route], int], least: int, *taken: Route | None) -> Route | None:
        """The route with the most points, the shortest path of several; None where none has enough."""
        keys = {route.key for route in taken if route is not None}
        rated = [(points(route), -len(route.path), route) for route in self._document.routes if route.key not in keys]
        good = [each for each in rated if each[0] >= least]
        return max(good, key=lambda each: each[:2])[2] if good else None

    def several(self, points: Callable[[Route], int], least: int) -> tuple[Route, ...]:
        """Every route with enough points, those with most first."""
        rated = sorted(((points(each), each) for each in self._document.routes), key=lambda each: -each[0])
        return tuple(route for rate, route in rated if rate >= least)

    def sign_in(self, route: Route) -> int:
        """Takes a name and a password, and gives a token or a cookie."""
        if route.method != "POST" or route.params or _NOT_IN.search(_last(route)):
            return 0
        parts = self._parts(route, "sign_in")
        if "password" not in parts and not _takes_unknown(route):
            return 0
        points = 10 * (route.path in self._token_paths) + 3 * self._gives_token(route)
        points += 5 * _is(_SIGN_IN, _last(route)) or 3 * _is(_MAYBE_SIGN_IN, _last(route))
        points += 2 * _says(route, "login", "log in", "sign in", "signin", "authenticate", "access token")
        points += 2 * self._has_page(route) * ("password" not in parts)
        points += 4 * ("password" in parts and "name" in parts) + (route.media == "application/json")
        points -= 4 * ("password_again" in parts) + 3 * _is(_PEOPLE, _last(route)) + 3 * (route.secured is True)
        return points - 3 * _for_administrators(route)

    def register(self, route: Route) -> int:
        """Makes an account for whoever asks."""
        if route.method != "POST" or route.params or _NOT_NEW.search(_last(route)):
            return 0
        parts, gives = self._parts(route, "register"), self._gives_token(route)
        before = route.segments[-2].lower() if len(route.segments) > 1 else ""
        points = 6 * _is(_REGISTER, _last(route)) or 4 * any(_is(_REGISTER, _flat(each)) for each in route.segments)
        if not points and (
            _is(_PEOPLE, _last(route)) or (_last(route) in ("create", "new", "add") and _is(_PEOPLE, before))
        ):
            points = 3 if "password" in parts else 0
        if not points and _is(_KEYS, _last(route)) and (gives or self._has_key_scheme):
            points = 6
        elif points and "password" not in parts and not _takes_unknown(route) and not gives:
            points -= 6 - 6 * self._has_key_scheme
        points += 2 * _says(route, "register", "sign up", "signup", "create user", "create account") if points else 0
        points += 3 * ("password" in parts) + ("email" in parts) if points else 0
        return points - 5 * (route.secured is True) - 4 * _for_administrators(route)

    def refresh(self, route: Route) -> int:
        """Gives a new token for an old one."""
        if route.method not in ("POST", "GET", "PUT") or route.params or "refresh" not in route.path.lower():
            return 0
        return 4 + 2 * ("refresh" in _last(route)) + (route.method == "POST") + 2 * self._gives_token(route)

    def logout(self, route: Route) -> int:
        """Ends the session."""
        if route.params or route.method not in ("POST", "GET", "DELETE"):
            return 0
        if _is(_LOGOUT, _last(route)):
            return 5 + (route.method == "POST")
        ends = route.method == "DELETE" and self.entered is not None and route.path == self.entered.path
        return 5 * (ends or (route.method == "POST" and _last(route) in ("revoke", "tokenrevoke")))

    def change_password(self, route: Route) -> int:
        """Sets a new password for whoever is signed in."""
        path = _flat(route.path)
        if route.method not in ("POST", "PUT", "PATCH") or re.search("reset|forgot|recover|lost|login", path):
            return 0
        parts = self._parts(route, "change_password")
        said = bool(re.search("passw|passphrase|pwd|(change|new|my|me)pw$|changepin", path))
        own = route.method != "POST" and _last(route) in _ME and not route.params
        if "new_password" not in parts or not (said or own):
            return 0
        return 5 + 2 * ("password" in parts) + 2 * (said and not route.params) - 5 * (route.secured is False)

    def ask_reset(self, route: Route) -> int:
        """Asks for the code that sets a new password."""
        parts = self._parts(route, "ask_reset")
        takes = ("email" in parts or "name" in parts) and "password" not in parts and "new_password" not in parts
        if route.method != "POST" or not takes or "code" in self._parts(route, "reset"):
            return 0
        path = route.path.lower()
        return 4 * bool(_FORGOT.search(path) and re.search("pass|forgot|reset|recover|pin", path))

    def reset(self, route: Route) -> int:
        """Sets the new password with the code."""
        parts = self._parts(route, "reset")
        if route.method not in ("POST", "PUT", "PATCH") or "new_password" not in parts or "code" not in parts:
            return 0
        return 4 * bool(_RESET.search(route.path.lower()))

    def confirm(self, route: Route) -> int:
        """Takes the code of a letter."""
        parts = self._parts(route, "confirm")
        if route.method not in ("POST", "GET") or "code" not in parts or _RESET.search(route.path.lower()):
            return 0
        return 4 * any(_is(_CONFIRM, _flat(each)) for each in route.segments) + ("password" not in parts)

    def me(self, route: Route) -> int:
        """Says who is calling."""
        asks = any(slot.required for slot in route.parameters if slot.place == "query")
        if route.method != "GET" or route.params or asks or route.secured is False:
            return 0
        return _ME.get(_last(route), 0) + (route.secured is True if _last(route) in _ME else 0)

    def _parts(self, route: Route, purpose: Purpose) -> set[str]:
        return set(parts_of(route, self._document.schemas, purpose))

    def _has_page(self, route: Route) -> bool:
        """Whether something can be read at the same path: the form of a route that reads its body by itself."""
        return any(each.method == "GET" and each.path == route.path for each in self._document.routes)

    def _gives_token(self, route: Route) -> bool:
        return has_token(self._document.schemas, route.answer())


def _takes_unknown(route: Route) -> bool:
    """Whether nobody says what a route takes: it reads the body by itself."""
    known = any(slot.place == "query" for slot in route.parameters)
    return not known and (route.body is None or not route.body.schema.get("properties"))


def _says(route: Route, *words: str) -> bool:
    said = f"{route.name.replace('_', ' ')} {route.summary}".lower()
    return any(word in said for word in words)


def _for_administrators(route: Route) -> bool:
    return any("admin" in each.lower() for each in route.segments)


def _last(route: Route) -> str:
    fixed: Iterable[str] = (part for part in reversed(route.segments) if not part.startswith("{"))
    return _flat(next(iter(fixed), ""))


def _flat(part: str) -> str:
    """Letters and digits alone: `sign-in` and `signIn` are `signin`."""
    return re.sub(r"[^a-z0-9]", "", part.lower())


def _is(shape: re.Pattern[str], word: str) -> bool:
    return shape.fullmatch(word) is not None
