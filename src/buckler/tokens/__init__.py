"""Proof that we said it: keys, access tokens, what was revoked, and the vault for secrets at rest."""

from buckler.tokens.cache import VerifiedTokens
from buckler.tokens.jwt import (
    TOKEN_CHECKS,
    AccessTokens,
    AudienceCheck,
    ClaimCheck,
    Claims,
    Expected,
    HeaderCheck,
    InvalidToken,
    IssuerCheck,
    LifetimeCheck,
    ShapeCheck,
    SignatureCheck,
    SizeCheck,
)
from buckler.tokens.keys import KeyRing, SigningKey
from buckler.tokens.revocation import Revocations
from buckler.tokens.secret import MasterSecret
from buckler.tokens.vault import SealBroken, Vault

__all__ = [
    "TOKEN_CHECKS",
    "AccessTokens",
    "AudienceCheck",
    "ClaimCheck",
    "Claims",
    "Expected",
    "HeaderCheck",
    "InvalidToken",
    "IssuerCheck",
    "KeyRing",
    "LifetimeCheck",
    "MasterSecret",
    "Revocations",
    "SealBroken",
    "ShapeCheck",
    "SignatureCheck",
    "SigningKey",
    "SizeCheck",
    "Vault",
    "VerifiedTokens",
]
