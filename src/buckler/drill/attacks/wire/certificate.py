"""The certificate that a server shows, judged as clients judge it: by shaking hands with one demand after the other."""

import ssl
from dataclasses import dataclass
from typing import Final

from buckler.drill.attacks.wire.raw import Endpoint, count, raw_connection, target, whatever
from buckler.drill.engagement import Engagement

_EXPIRED: Final = (9, 10)
_OTHER_NAME: Final = (62, 64)
_SELF_SIGNED: Final = 18
_TOO_WEAK: Final = (66, 67, 68)
"""Codes of `X509_V_ERR_*` (OpenSSL's x509_vfy.h)."""
_STRONG: Final = "DEFAULT:@SECLEVEL=2"
"""112 bits: RSA of 2048."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with it."""

    words: str
    doubtful: bool = False
    """Whether it may be right, and only its authority is not known here."""


async def faults_of(on: Engagement) -> list[Fault]:
    """Everything that is wrong with the certificate. Raises `OSError` and `TimeoutError` where none is shown."""
    place = target(on)
    shown = await _shown(on, place)
    found = [await _by_date(on, place, shown), await _by_name(on, place, shown), await _by_strength(on, place, shown)]
    faults = [fault for fault in found if fault is not None]
    if not faults:
        faults += [fault for fault in [await _by_authority(on, place)] if fault is not None]
    return faults


async def _shown(on: Engagement, place: Endpoint) -> bytes:
    count(on)
    async with raw_connection(on, place) as (_, writer):
        secured: ssl.SSLObject = writer.get_extra_info("ssl_object")
        return secured.getpeercert(binary_form=True) or b""


async def _by_date(on: Engagement, place: Endpoint, shown: bytes) -> Fault | None:
    failure = await _refused(on, place, _taking_only(shown))
    if isinstance(failure, ssl.SSLCertVerificationError) and failure.verify_code in _EXPIRED:
        return Fault(f"it is not valid today: {failure.verify_message}")
    return None


async def _by_name(on: Engagement, place: Endpoint, shown: bytes) -> Fault | None:
    context = _taking_only(shown)
    context.check_hostname = True
    failure = await _refused(on, place, context)
    if isinstance(failure, ssl.SSLCertVerificationError) and failure.verify_code in _OTHER_NAME:
        return Fault(f"it is not for {place.host}")
    return None


async def _by_strength(on: Engagement, place: Endpoint, shown: bytes) -> Fault | None:
    context = _taking_only(shown)
    context.set_ciphers(_STRONG)
    failure = await _refused(on, place, context)
    if isinstance(failure, ssl.SSLCertVerificationError) and failure.verify_code in _TOO_WEAK:
        return Fault(f"it is weaker than 112 bits: {failure.verify_message}")
    return None


async def _by_authority(on: Engagement, place: Endpoint) -> Fault | None:
    trust = on.setting.trust
    context = trust if isinstance(trust, ssl.SSLContext) else ssl.create_default_context()
    failure = await _refused(on, place, context)
    if not isinstance(failure, ssl.SSLCertVerificationError):
        return None
    if failure.verify_code == _SELF_SIGNED:
        return Fault("no authority signed it: it signed itself")
    # Who takes any certificate of a server on this machine has an authority of its own there, and did not name it.
    doubtful = trust is False and on.sender.is_near
    return Fault(f"no authority that is trusted signed it: {failure.verify_message}", doubtful)


async def _refused(on: Engagement, place: Endpoint, context: ssl.SSLContext) -> ssl.SSLError | None:
    """Why a client with these demands does not shake hands; None where it does."""
    count(on)
    try:
        async with raw_connection(on, place, context):
            return None
    except ssl.SSLError as failure:
        return failure


def _taking_only(shown: bytes) -> ssl.SSLContext:
    """A client that trusts this certificate itself, whoever signed it: left to judge are its dates and its names."""
    context = whatever()
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(cadata=shown)
    return context
