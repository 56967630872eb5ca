"""The text form of token parts: base64url without padding (RFC 7515 section 2).

1. Only the URL-safe alphabet; no padding, no white space.
2. One spelling for each value: unused bits at the end must be zero (RFC 4648 section 3.5), so that
   nobody can write a revoked token in a second way.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode


def encode(value: bytes) -> str:
    """`value` as a segment."""
    return urlsafe_b64encode(value).rstrip(b"=").decode("ascii")


def decode(segment: bytes) -> bytes:
    """The value of a segment. Raises `ValueError` for any but its one right spelling."""
    value = urlsafe_b64decode(segment + b"=" * (-len(segment) % 4))
    # The decoder skips what it does not know; writing the value again shows every liberty it took.
    if urlsafe_b64encode(value).rstrip(b"=") != segment:
        raise ValueError("not the canonical spelling")
    return value
