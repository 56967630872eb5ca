"""Ways to write an address that is none of a stranger's business; each was taken for public by somebody."""

from pathlib import Path
from typing import Final

_LINES: Final = Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").split("\n")
SPELLINGS: Final = [line for line in _LINES if line and not line.startswith("#")]

READ_BY_THE_SYSTEM: Final = (
    "localhost", "127.0.0.1", "127.1", "0x7f.1", "0x7f000001", "2130706433", "017700000001", "0", "0.0.0.0",
    "127。0。0。1", "[::ffff:127.0.0.1]",
)  # fmt: skip
"""Some that lead to loopback on the machine of any test run, without a look-up that leaves it."""

WHOLE_URLS: Final = (
    "http:127.0.0.1/",
    "http:///127.0.0.1/",
    "//127.0.0.1/",
    "/127.0.0.1",
    "127.0.0.1",
    "",
    "http://",
    "http://:80/",
    "http://::1/",
    "http://[::1/",
    "http://[::1]x/",
    "http://[v1.x]/",
    "http://127.0.0.1:99999/",
    "http://127.0.0.1:80:443/",
    "http://loc\tal\nhost/",
    "http://example.com@127.0.0.1/",
    "http://example.com:80@127.0.0.1/",
    "http://example.com\\@127.0.0.1/",
    "http://1.1.1.1&@127.0.0.1#@3.3.3.3/",
    "http://user:secret@example.com/",
    "http://user@example.com/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "ftp://127.0.0.1/",
    "dict://127.0.0.1:11211/stats",
    "unix:///var/run/docker.sock",
    "data:text/plain,hello",
    "jar:http://127.0.0.1!/",
    "javascript:alert(1)",
    "ws://127.0.0.1/",
    "HTTPX://127.0.0.1/",
)
