"""Explaining what a request would meet, without making it.

1. The route is chosen by the app's own router: a question goes the way of a request, and the guard of the chosen route
   answers it (`question.py`). Nothing of a route runs and nothing is counted. The middleware of mounted apps stands on
   that way and is passed; that of the app itself is not.
2. The caller is judged by the very steps that the guard takes there.
3. What only a request can tell is left open: conditions of the app, whose an object is, limits, and what a body holds.
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from fastapi import FastAPI
from starlette.exceptions import HTTPException

from buckler.access.declarations.declaration import (
    Acceptance,
    Declaration,
    Duty,
    Limitation,
    ObjectDeclaration,
    Publicity,
    Requirement,
)
from buckler.access.declarations.field_use import FieldUse
from buckler.access.declarations.roles import Roles
from buckler.access.guard.answers import Answers
from buckler.access.guard.guard import Post
from buckler.access.guard.question import Question
from buckler.access.guard.requirements import Requirements, asked_by
from buckler.access.guard.undeclared import UNDECLARED
from buckler.access.policy.explanation import OWNER, TENANT, Decision, Explanation, Step
from buckler.access.policy.who_may import has_own_only, holder_of, judging
from buckler.access.routes.judgement import Judgement, describe
from buckler.asgi import EXCHANGE_KEY, Exchange, Message
from buckler.edge.exit_gate import ExitGate
from buckler.errors import UNDECIDED, ConfigurationError, Refusal, bare
from buckler.principal import Principal

WEBSOCKET: Final = "WEBSOCKET"
"""What is written for the method to ask about a WebSocket."""
_GATE: Final = ExitGate()
_CLOSED: Final = bare(403)
"""What the handshake of a WebSocket is told that the app closes."""


@dataclass(frozen=True, slots=True)
class Explainer:
    """Explains the requests of one app, whose routes were judged."""

    app: FastAPI
    table: object
    judgements: Sequence[Judgement]
    requirements: Requirements | None
    roles: Roles | None
    host: str

    def explain(self, method: str, path: str, caller: Principal | None) -> Explanation:
        """What this request would meet. Raises `ConfigurationError` for what is no method or no path."""
        _check(method, path)
        question = Question(self.table)
        answer = _asked(self.app, question, method, path, self.host)
        if isinstance(answer, Answers):
            by_itself = Step(f"answers({answer.middleware})", None, True, answer.reason)
            return Explanation(method, path, _told(caller), None, "allowed", None, None, (by_itself,), ())
        if not question.met:
            # The router chose nothing, or something in front of a route answered: what leaves is the exit gate's.
            why = "no route takes this path" if answer.status == 404 or method == WEBSOCKET else "it never comes to one"
            return _refused(method, path, caller, None, answer, (Step("route", None, False, why),))
        post = question.met[-1]
        judged = next((each for each in self.judgements if post is not None and each.duty is post.duty), None)
        if post is None or judged is None:
            step = Step("route", None, False, "no declaration is known of it, so it stays shut")
            return _refused(method, path, caller, None, UNDECIDED, (step,))
        return self._routed(method, path, caller, post, judged)

    def _routed(self, method: str, path: str, caller: Principal | None, post: Post, judged: Judgement) -> Explanation:
        duty = post.duty
        route = Step(f"route {describe(judged.door).partition(' (')[0]}", _line_of(judged), True, "the router chose it")
        if duty.methods is not None and method not in duty.methods:
            why = f"it takes {', '.join(sorted(duty.methods))}"
            wrong = Step(f"method {method}", None, False, why)
            return _refused(method, path, caller, duty.path, post.other_method, (route, wrong))
        by_default = duty.source == "default"
        asked = [step for each in duty.declarations for step in self._steps(each, duty, caller, by_default)]
        steps = (route, *asked, *(_field_step(each, caller) for each in duty.fields))
        sufficient_roles = self._sufficient_roles(duty)
        refusal = UNDECLARED if duty.source == "undeclared" else judging(duty, self.requirements, fresh=True)(caller)
        if refusal is not None:
            return _refused(method, path, caller, duty.path, refusal, steps, sufficient_roles)
        decision: Decision = "depends" if _depends(duty, caller) else "allowed"
        return Explanation(method, path, _told(caller), duty.path, decision, None, None, steps, sufficient_roles)

    def _sufficient_roles(self, duty: Duty) -> tuple[str, ...]:
        if self.roles is None:
            return ()
        judge = judging(duty, self.requirements)
        return tuple(name for name in sorted(self.roles.names) if judge(holder_of((name,), self.roles)) is None)

    def _steps(self, each: Declaration, duty: Duty, caller: Principal | None, by_default: bool) -> list[Step]:
        note = "; the app's default, since the route says nothing of who may" if by_default else ""
        if isinstance(each, Requirement):
            return self._requirement_steps(each, duty, caller, note)
        holds, what, why = None, str(each), "the body is not looked at here"
        if duty.source == "undeclared" and isinstance(each, Publicity):
            what, holds, why = "declaration", False, "there is none, and only a trial lets requests on"
        elif isinstance(each, Publicity):
            holds, why = True, f"anybody may call: {each.reason}"
        elif isinstance(each, Limitation):
            why = "not counted here; over it the answer is 429"
        elif isinstance(each, ObjectDeclaration):
            holds, what, why = self._ownership(each, duty, caller)
        elif not isinstance(each, Acceptance):
            why = "not asked here"
        return [Step(what, each.where, holds, why + note)]

    def _ownership(self, each: ObjectDeclaration, duty: Duty, caller: Principal | None) -> tuple[bool | None, str, str]:
        if (
            caller is not None
            and each.unless is not None
            and not has_own_only(replace(duty, declarations=(each,)), caller)
        ):
            return True, str(each), f"holds {each.unless}, so nobody asks whose it is"
        said, name = each.described(), duty.objects.get(each, "the object")
        is_lifted = caller is not None and each.unless is not None and caller.may(each.unless)
        if said.get("owner") is None or is_lifted:
            # The tenant is left to ask: nothing lifts that.
            held = f"holds {each.unless}, so nobody asks for its owner; " if is_lifted else ""
            return None, f"{TENANT}{name}", f"{each}: {held}one of another tenant is as a missing one, 404"
        return None, f"{OWNER}{duty.objects.get(each, 'the object')}", f"{each}: a stranger's is as a missing one, 404"

    def _requirement_steps(self, each: Requirement, duty: Duty, caller: Principal | None, note: str) -> list[Step]:
        holds, why = self._judged(each, duty, caller)
        steps = [Step(str(each), each.where, holds, why + note)]
        condition = each.condition
        if condition is not None:
            steps.append(
                Step(f"condition {condition.name}", each.where, None, f"{condition.reason}; it is not asked here")
            )
        return steps

    def _judged(self, each: Requirement, duty: Duty, caller: Principal | None) -> tuple[bool, str]:
        """Whether one requirement holds by itself, and why."""
        if self.requirements is None:
            return True, "nobody asks"
        exchange = asked_by(caller)
        refusal = self.requirements.refusal_by(duty, each, caller, exchange)
        if refusal is None:
            return True, _fulfilled(each, caller)
        return False, exchange.reason or ("nobody is signed in" if caller is None else refusal.detail)


def _check(method: str, path: str) -> None:
    if not method.isascii() or not method.isalpha() or method != method.upper():
        raise ConfigurationError(f"explain: {method!r} is no method; write GET, POST and so on, or {WEBSOCKET}.")
    if not path.startswith("/") or not path.isascii() or not path.isprintable():
        raise ConfigurationError(f"explain: {path!r} is no path of a request; it begins with /, as in /notes/7.")


def _asked(app: FastAPI, question: Question, method: str, path: str, host: str) -> Refusal | Answers:
    """Send the question to the router; what the answer that came back is when it leaves, or whose own it is.

    In a thread with a loop of its own: the one who asks may be in a loop, and middleware of mounted apps may want one.
    """
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(_sent(app, question, method, path, host))).result()


async def _sent(app: FastAPI, question: Question, method: str, path: str, host: str) -> Refusal | Answers:
    scope = _scope(app, method, path, host)
    exchange = scope[EXCHANGE_KEY] = Exchange(scope, owner=question)
    left: list[Refusal | Answers] = []

    async def receive() -> Message:
        return {"type": "websocket.connect" if method == WEBSOCKET else "http.disconnect"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = exchange.decision
            left.append(own if isinstance(own, Answers) else _GATE.depart(exchange, message) or UNDECIDED)
        elif message["type"] == "websocket.close":
            left.append(_CLOSED)

    try:
        await app.router(scope, receive, send)
    except HTTPException as answer:
        return bare(answer.status_code)
    except Exception:  # noqa: BLE001 - middleware of a mounted app may raise what it likes; a request would get 500
        return bare(500)
    return left[0] if left else bare(500)


def _scope(app: FastAPI, method: str, path: str, host: str) -> dict[str, Any]:
    target, _, query = path.partition("?")
    raw = target.encode("ascii")
    is_socket = method == WEBSOCKET
    return {
        "type": "websocket" if is_socket else "http",
        **({"subprotocols": []} if is_socket else {"method": method}),
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": "wss" if is_socket else "https",
        "server": (host, 443),
        "client": None,
        "root_path": app.root_path,
        "path": unquote_to_bytes(raw).decode("utf-8", "replace"),
        "raw_path": raw,
        "query_string": query.encode("ascii"),
        "headers": [(b"host", host.encode("latin-1"))],
        "state": {},
        "app": app,
    }


def _refused(
    method: str, path: str, caller: Principal | None, route: str | None, refusal: Refusal,
    steps: tuple[Step, ...], sufficient_roles: tuple[str, ...] = (),
) -> Explanation:  # fmt: skip
    return Explanation(
        method, path, _told(caller), route, "refused", refusal.status, refusal.code, steps, sufficient_roles
    )


def _field_step(use: FieldUse, caller: Principal | None) -> Step:
    """What becomes of one guarded field: it refuses no request that does not send it."""
    permission = use.read if use.way == "answer" else use.write
    is_free = permission is None or (caller is not None and caller.may(permission))
    free, kept = ("stands in the answer", "left out") if use.way == "answer" else ("may be sent", "sent, it is 403")
    why = free if is_free else f"{kept}, without {permission}"
    return Step(f"field {use.model.rpartition('.')[2]}.{use.field}", use.where, True if is_free else None, why)


def _fulfilled(each: Requirement, caller: Principal | None) -> str:
    said = [f"holds {', '.join(sorted(each.permissions))}"] if each.permissions else []
    said += [f"is a {caller.kind}"] if each.kinds is not None and caller is not None else []
    said += ["proved who it is in time"] if each.step_up is not None else []
    said += ["and by enough kinds of factor"] if each.factors > 1 else []
    return ", ".join(said) or "somebody is signed in"


def _told(caller: Principal | None) -> str:
    if caller is None:
        return "nobody"
    several = "s" if len(caller.roles) > 1 else ""
    held = f"the role{several} {', '.join(sorted(caller.roles))}" if caller.roles else "no role"
    return f"a {caller.kind} with {held}, who may {', '.join(sorted(caller.permissions)) or 'nothing in particular'}"


def _depends(duty: Duty, caller: Principal | None) -> bool:
    return (caller is not None and has_own_only(duty, caller)) or any(
        each.condition is not None for each in duty.requirements
    )


def _line_of(judged: Judgement) -> str:
    return describe(judged.door).rpartition(" (")[2].rstrip(")")
