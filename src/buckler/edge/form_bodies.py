"""Forms are judged while they are received (RFC 7578; ASVS 5.2.1, 5.3.2).

1. The type is read by the parser that Starlette reads forms with, and a form is fed to its parser on the way to
   the app, piece by piece (`input/forms.py`). Nothing is kept: an upload streams on. It is judged from the first byte
   on: a type without a body is no form, and many clients name one on every request.
2. What breaks a rule is 400 with that rule, never with what was sent; the app is cut off.
3. A content type of more than 256 bytes is 400 before the app is asked, of whatever type (CVE-2024-24762).

Other types, `multipart/mixed` among them, pass.

Caveat: an app that writes a file of the client's name to its disk should not: make a name.
"""

from functools import lru_cache

from buckler.asgi import Exchange, Message, Receive
from buckler.defence import Reception
from buckler.errors import Refusal
from buckler.input.forms import LONGEST_TYPE, FormJudge, MalformedForm, bound_type, judge_for
from buckler.refused import Refused


class FormBodies(Reception):
    """Lets forms through that are bounded and well formed."""

    name = "form-bodies"

    def receive(self, exchange: Exchange, receive: Receive) -> Receive:
        content_type = exchange.headers.get(b"content-type")
        if content_type is None or not _may_be_form(content_type):
            return receive
        try:
            # At once: the app may take the type apart before it reads.
            bound_type(content_type)
        except MalformedForm as error:
            raise _refused(exchange, error, self) from None
        judge: FormJudge | None = None
        is_judged = False

        async def judged() -> Message:
            nonlocal judge, is_judged
            try:
                message = await receive()
                if not is_judged and message.get("body"):
                    judge, is_judged = judge_for(content_type), True
                if judge is not None and message["type"] == "http.request":
                    judge.feed(message.get("body", b""))
                    if not message.get("more_body", False):
                        judge.end()
            except MalformedForm as error:
                raise _refused(exchange, error, self) from None
            return message

        return judged


@lru_cache(maxsize=256)
def _may_be_form(content_type: bytes) -> bool:
    """Whether the type is one of a form, or too long to be any."""
    return b"form" in content_type.lower() or len(content_type) > LONGEST_TYPE


def _refused(exchange: Exchange, error: MalformedForm, by: Reception) -> Refused:
    refusal = Refusal(400, "form-malformed", f"This form cannot be taken. {error}", event="input_validation_fail")
    exchange.refusal, exchange.by = refusal, by
    exchange.reason = error.rule
    return Refused(refusal)
