"""The self-check: no figure for an app that answers wrongly."""

import gc

import pytest
from bench.exchange import Answer, Receive, Request, Scope, Send
from bench.rounds import time_batch, time_rounds
from bench.subject import Call, Expected, SelfCheckError, Subject

GOOD = Call(Request("203.0.113.1", "good"), Expected(200, {"id": "1"}, frozenset({b"x-frame-options"})))
FORGED = Call(Request("203.0.113.1", "forged"), Expected(401))


class Door:
    """An app that lets in the tokens it is told, and can be made to tire."""

    def __init__(self, *tokens: str, header: bytes = b"X-Frame-Options", body: bytes = b'{"id": "1"}') -> None:
        self.lines = [f"Bearer {token}".encode() for token in tokens]
        self.header = header
        self.body = body
        self.cookie = False
        self.asked = 0
        self.tires_after = 1_000_000

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        headers = dict(scope["headers"])
        admitted = headers[b"authorization"] in self.lines and self.asked <= self.tires_after
        sent = [(self.header, b"DENY")]
        if self.cookie and b"cookie" not in headers:
            sent.append((b"set-cookie", b"csrftoken=abc; Path=/"))
        await send({"type": "http.response.start", "status": 200 if admitted else 401, "headers": sent})
        await send({"type": "http.response.body", "body": self.body})


def subject(app: Door) -> Subject:
    return Subject("door", "a door", app, [GOOD], [FORGED])


async def test_an_app_that_tells_good_from_forged_passes() -> None:
    """Names of headers are compared without regard to case."""
    assert (await subject(Door("good")).checked()).calls == [GOOD]


@pytest.mark.parametrize(
    ("app", "complaint"),
    [
        (Door("good", "forged"), "status 200, not 401"),
        (Door(), "status 401, not 200"),
        (Door("good", header=b"x-other"), "no header"),
        (Door("good", body=b'{"id": "2"}'), "body"),
        (Door("good", body=b"no json"), "body"),
    ],
)
async def test_an_app_that_answers_wrongly_is_an_error(app: Door, complaint: str) -> None:
    with pytest.raises(SelfCheckError, match=complaint):
        await subject(app).checked()


async def test_cookies_are_sent_back_from_then_on() -> None:
    app = Door("good")
    app.cookie = True
    checked = await subject(app).checked()
    assert (b"cookie", b"csrftoken=abc") in checked.calls[0].request.headers()


async def test_an_answer_that_turns_wrong_while_timed_is_an_error() -> None:
    """A limit that begins to refuse in the middle of a batch must not look like speed."""
    app = Door("good")
    checked = await subject(app).checked()
    app.tires_after = app.asked + 5
    with pytest.raises(SelfCheckError, match="status 401"):
        await time_batch(checked, 10)


@pytest.mark.heavy
async def test_every_subject_is_timed_in_every_round_and_the_order_moves() -> None:
    order: list[str] = []

    def noting(name: str) -> Subject:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            order.append(name)
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b""})

        return Subject(name, name, app, [Call(Request("203.0.113.1"), Expected(200))], against="a")

    gc.freeze()  # Each batch begins with a look for garbage: what all the tests before left is none of it.
    timings = await time_rounds([noting("a"), noting("b"), noting("c")], rounds=3, batch=1, tell=lambda _: None)
    assert order[-9:] == ["a", "b", "c", "b", "c", "a", "c", "a", "b"]
    assert timings["a"].ratio.middle == timings["a"].ratio.high == 1.0
    assert {timing.ratio.count for timing in timings.values()} == {3}


def test_an_app_that_sent_nothing_has_status_zero() -> None:
    assert (Answer().status, Answer().headers, Answer().body) == (0, [], b"")
