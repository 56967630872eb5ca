"""What becomes of a request of ours that does not succeed, as one small tree.

- `OutboundError`: the root; `code` is stable.
  - `OutboundRefused`: we would not: the address, or the answer, is outside of what was agreed.
  - `OutboundFailed`: it did not work: no address, no connection, no time.

The text is one of ours. It never holds the URL, which may carry a credential, nor a word of the answer.
"""

from typing import Final

from buckler.errors import BucklerError

_REFUSED: Final = {
    "url-malformed": "The URL cannot be read.",
    "scheme-not-allowed": "The URL's scheme is not one of those that were named.",
    "port-not-allowed": "The URL's port is not one of those that were named.",
    "credentials-in-url": "The URL holds a name or a password.",
    "host-malformed": "The URL's host is not written as a plain name or address.",
    "host-not-allowed": "The URL's host is not one of those that were named.",
    "address-not-public": "The host's address is not a public one.",
    "method-not-allowed": "The method opens a tunnel or asks for an echo.",
    "request-malformed": "The request cannot be written as HTTP.",
    "request-too-large": "The request's address or header is larger than others must take.",
    "redirected": "The answer leads elsewhere; nothing follows it.",
    "answer-too-large": "The answer is larger than what was agreed.",
    "answer-head-too-large": "The answer's header is larger than what was agreed.",
    "answer-encoded": "The answer is compressed, which was not asked for.",
    "answer-upgraded": "The answer changes the protocol, which was not asked for.",
    "answer-status": "The answer's status is not a success.",
    "answer-media-type": "The answer is not declared as JSON.",
    "answer-malformed": "The answer is not strict JSON.",
    "answer-unfit": "The answer does not fit the model.",
}
_FAILED: Final = {
    "unresolved": "The host has no address.",
    "busy": "Too many names are being looked up.",
    "unreachable": "No connection could be made.",
    "certificate": "The host's certificate is not good for its name.",
    "too-slow": "The time for the whole exchange is over.",
    "broken-off": "The exchange broke off, or was not HTTP.",
}


class OutboundError(BucklerError):
    """A request of ours that has no answer to hand over."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(f"{code}: {words}")
        self.code = code


class OutboundRefused(OutboundError):
    """We would not: the address or the answer is outside of what was agreed."""

    def __init__(self, code: str) -> None:
        super().__init__(code, _REFUSED[code])


class OutboundFailed(OutboundError):
    """It did not work, and may at another time."""

    def __init__(self, code: str) -> None:
        super().__init__(code, _FAILED[code])
