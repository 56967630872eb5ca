"""What is measured: an app, the calls made to it, and what each call must be answered.

A subject is judged before it is timed, and its answers are judged again after every batch: a
number for an app that let a forged token in, or refused a good one, would be worse than none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bench.exchange import Answer, ASGIApp, Request, ask


class SelfCheckError(Exception):
    """A subject did not answer as it claims to."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What an answer must be. None and empty mean: anything."""

    status: int = 200
    document: Mapping[str, str] | None = None
    headers: frozenset[bytes] = frozenset()

    def complaint(self, answer: Answer) -> str | None:
        """What is wrong with the answer, or None."""
        if answer.status != self.status:
            return f"status {answer.status}, not {self.status}: {answer.body[:200]!r}"
        if self.document is not None and answer.document() != self.document:
            return f"body {answer.body[:200]!r}, not {dict(self.document)}"
        missing = self.headers - {name for name, _ in answer.headers}
        return f"no header {sorted(missing)}" if missing else None


@dataclass(frozen=True, slots=True)
class Call:
    """A request and what its answer must be."""

    request: Request
    expected: Expected


@dataclass(frozen=True, slots=True)
class Subject:
    """An app with the calls that are timed and the probes that are only checked."""

    name: str
    title: str
    app: ASGIApp
    calls: Sequence[Call]
    probes: Sequence[Call] = field(default=())
    against: str = "bare"
    """The subject whose cost is the one of the ratio."""

    async def checked(self) -> "Subject":
        """The same subject once every call and probe was answered as it must be.

        The cookies that an app sets are kept and sent from then on, as a browser would: without
        that, a CSRF middleware would be charged for making a new token on every request.
        """
        calls = [await self._with_cookies(call) for call in self.calls]
        for call in (*calls, *self.probes):
            self.judge(call, await ask(self.app, call.request))
        return replace(self, calls=calls)

    def judge(self, call: Call, answer: Answer) -> None:
        """Raise `SelfCheckError` for an answer that is not what was expected."""
        complaint = call.expected.complaint(answer)
        if complaint is not None:
            raise SelfCheckError(f"{self.name}: {call.request.method} {call.request.path}: {complaint}")

    async def _with_cookies(self, call: Call) -> Call:
        answer = await ask(self.app, call.request)
        self.judge(call, answer)
        pairs = [value.split(b";")[0] for name, value in answer.headers if name == b"set-cookie"]
        if not pairs:
            return call
        return replace(call, request=replace(call.request, more=((b"cookie", b"; ".join(pairs)),)))
