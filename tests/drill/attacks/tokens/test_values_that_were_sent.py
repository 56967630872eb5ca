"""What an answer only repeats of its request was made by whoever asked, and is no token of the app's."""

import pytest

from buckler.drill.attacks.tokens.predictable import _given
from buckler.drill.transport.answer import Answer, Exchange
from buckler.drill.transport.request import Request

JSON = (("content-type", "application/json"),)


@pytest.mark.parametrize(
    "request_",
    [
        Request("POST", "/coupons", "code=drill+code+7"),
        Request("POST", "/coupons/drill%20code%207"),
        Request("POST", "/coupons", "", (), b"code=drill+code+7"),
        Request("POST", "/coupons", "", (), b'{"code": "drill code 7"}'),
    ],
)
def test_what_was_sent_is_left_out(request_: Request) -> None:
    """Wherever in the request it stood, and however it was written there."""
    assert list(_given(Exchange(request_, Answer(200, JSON, b'{"code": "drill code 7"}')))) == []


def test_what_the_app_makes_is_looked_at() -> None:
    """The same request, and a code of the app's own."""
    made = Exchange(Request("POST", "/coupons", "code=drill+code+7"), Answer(200, JSON, b'{"code": "AB-12345"}'))
    assert list(_given(made)) == [("code", "AB-12345")]
