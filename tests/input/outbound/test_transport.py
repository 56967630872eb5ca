"""What passes between us and the other: parts, codings, lengths. The twin is a plain httpx2 client."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from buckler.input.outbound import OutboundRefused
from tests.input.outbound.test_outbound import Open, Rates, body_of, code_of, ours, plain
from tests.input.outbound.upstream import Upstream, upstream
from tests.proof import two_sided_async


@pytest.fixture
async def other() -> AsyncIterator[Upstream]:
    async with upstream() as stub:
        yield stub


async def test_an_answer_in_crumbs_does_not_hold_the_loop(other: Upstream) -> None:
    """60,000 parts of one byte: the size would let them pass, and each costs more than a byte."""

    async def attack(open_client: Open) -> bool:
        return len(await body_of(open_client, f"{other.url}/crumbs") or b"") > 60_000

    await two_sided_async(attack, whole=ours(other).client, twin=plain)
    assert await code_of(ours(other, seconds=3600).fetch_json(f"{other.url}/crumbs", Rates)) == "answer-too-large"


async def test_nothing_is_left_that_could_be_decoded(other: Upstream) -> None:
    """The library never learns of a coding."""
    async with ours(other).client() as client:
        answer = await client.get(f"{other.url}/empty-coding")
    assert "content-encoding" not in answer.headers


@pytest.mark.parametrize("value", ["Bearer canary\n", "Bearer canary\u20ac", "Bearer canary\x7f\0"])
async def test_a_secret_that_cannot_be_sent_is_not_told(other: Upstream, value: str) -> None:
    """Neither the error nor what would be printed of its causes holds it."""
    with pytest.raises(OutboundRefused) as refused:
        await ours(other).fetch_json(f"{other.url}/ok", Rates, headers={"Authorization": value})
    assert refused.value.code == "request-malformed"
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


async def test_a_url_that_cannot_be_encoded_is_refused(other: Upstream) -> None:
    """Half a character is none."""
    assert await code_of(ours(other).fetch_json(f"{other.url}/\ud800", Rates)) in ("request-malformed", "url-malformed")


@pytest.mark.parametrize("length", ["1", "50"])
async def test_a_request_has_one_length(other: Upstream, length: str) -> None:
    """With two, whoever stands between us and the host may see two requests; one that lies is not sent whole."""
    async with ours(other).client() as client:
        both = {"Content-Length": length, "Transfer-Encoding": "chunked"}
        assert await code_of(client.post(f"{other.url}/ok", content=b"abc", headers=both)) == "request-malformed"
        assert other.heads == []
        lying = client.post(f"{other.url}/ok", content=b"abc", headers={"Content-Length": length})
        assert await code_of(lying) == "request-malformed"


@pytest.mark.parametrize(
    ("method", "headers", "code"),
    [
        ("CONNECT", {}, "method-not-allowed"),
        ("trace", {}, "method-not-allowed"),
        ("GET", {"X": "a\r\nB: c"}, "request-malformed"),
    ],
)
async def test_a_request_that_is_none_is_not_sent(
    other: Upstream, method: str, headers: dict[str, str], code: str
) -> None:
    """Tunnels, echoes, and a second line smuggled into a header."""
    async with ours(other).client() as client:
        assert await code_of(client.request(method, f"{other.url}/ok", headers=headers)) == code
        assert other.heads == []
        sync_only = httpx2.Request("GET", f"{other.url}/ok", content=iter([b"x"]))
        assert await code_of(ours(other).client()._transport.handle_async_request(sync_only)) == "request-malformed"
