"""What no client of HTTP would send is written by a shell, byte by byte, and tested by the drill itself."""

import subprocess

import pytest

from buckler.drill.attack import Finding
from buckler.drill.attacks.wire.message_length import ABOUT
from buckler.drill.attacks.wire.raw import Endpoint
from buckler.drill.attacks.wire.shown import by_hand, request_of
from buckler.drill.reports.found import ReportedFinding
from buckler.drill.reports.repeating.curl import filled_in
from buckler.drill.reports.repeating.snippet import drill_snippet
from buckler.drill.transport.answer import Answer, Exchange

ODD = b"GET /a%20b?it's HTTP/1.1\r\nHost : \\x\x00\xff\r\nX-Token: $TOKEN $HOME\r\n fold\n\r\n5\r\n"
PLACE = Endpoint("localhost", 8443, tls=True)


@pytest.mark.parametrize("lasting", [0, 1])
def test_the_shell_writes_the_bytes_and_fills_in_secrets_alone(lasting: int) -> None:
    """What looks like a name of a shell otherwise stays as it is."""
    line = filled_in(by_hand(ODD, PLACE, lasting=lasting), frozenset({"TOKEN"})).replace("sleep 1", "true")
    written, _, sender = line.rpartition(" | ")
    sent = subprocess.run(["sh", "-c", written], env={"TOKEN": "eyJ.a-b"}, capture_output=True, timeout=20)
    assert sent.stdout == ODD.replace(b"$TOKEN", b"eyJ.a-b")
    assert sender == "openssl s_client -quiet -connect localhost:8443"
    assert by_hand(ODD, Endpoint("localhost", 80, tls=False)).endswith(" | nc localhost 80")


def test_a_finding_that_was_made_by_hand_tells_its_own_line() -> None:
    """And its test runs the drill, which ends with exit code 1 while there is something to find."""
    exchange = Exchange(request_of(ODD), Answer(200))
    finding = Finding("*", "Served.", exchange, (exchange,), again=by_hand(ODD, PLACE))
    snippet = drill_snippet(ABOUT, finding, "https://localhost:8443")
    compile(snippet, "snippet", "exec")
    assert '["buckler", "drill", ORIGIN, "--only", "D701", *MORE]' in snippet
    assert exchange.request.header("Host ") == "\\x\x00\xff"
    assert ReportedFinding(ABOUT, finding, "high", "").finding.again
