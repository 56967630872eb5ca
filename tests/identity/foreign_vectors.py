"""Hashes that passlib 1.7 and Django 5.2 made of one password, at their lowest cost, and some of a small own writer."""

import base64
import hashlib
from typing import Final

SHORT: Final = "caf\u00e9 tuba"
"""Too short for our own rules, and not of ASCII alone."""
_OF_64: Final = "Zfd3LWYDtobzVZMPmSqNsMnGhESpdbp3nCBBbKNZ6eOYw7Q/ilNjhuaDFBGQxZyJxdWyVRZK4o3UhWu9RTPgdA"
MADE: Final = {
    "passlib pbkdf2_sha256": (
        "pbkdf2-sha256",
        "$pbkdf2-sha256$1000$vnduDUFoDaEU4jwHoJRy7g$2KvEhy3PLLdChdwAr/bqXVN6H5HColohDLB4FGhfoJ0",
    ),
    "passlib pbkdf2_sha512": (
        "pbkdf2-sha512",
        f"$pbkdf2-sha512$1000$sXYuJeTc.1.Lca5VCkFI6Q${_OF_64}",
    ),
    "passlib pbkdf2_sha1": ("pbkdf2-sha1", "$pbkdf2$1000$TMn5nzPm/P9/b80ZAyBECA$ksS6iBGj0vHC8bGj9DtrC5VSYT0"),
    "passlib bcrypt": ("bcrypt", "$2b$04$CsaimuSZWx4TM188rjp4cuLH5ZuunBm6STLs3z20UrcUy2lZbxIw2"),
    "passlib bcrypt 2y": ("bcrypt", "$2y$04$I4NPSkj4SnkNsWJTOqBr1eLjKn0TRTVV4OLaigsUbqzQCaznz8Q8O"),
    "passlib bcrypt 2a": ("bcrypt", "$2a$04$mQfJwHZY6R/uro5RyXxKdOzaLV1WkgjL1GxFSWoi.lDpOTfvhOFRm"),
    "passlib bcrypt_sha256": (
        "bcrypt-sha256",
        "$bcrypt-sha256$v=2,t=2b,r=4$po3CgNmGwtXHDgB21z32x.$6hl1Awmw7ONiAE8kA7FMf06iqsgl8qe",
    ),
    "passlib bcrypt_sha256 1": (
        "bcrypt-sha256",
        "$bcrypt-sha256$2b,4$6.zyAm1koWqN4HyEy98SNe$3sHgEGsCsqvPDy12me.nL3XtfsvD802",
    ),
    "passlib argon2id": (
        "argon2id",
        "$argon2id$v=19$m=64,t=1,p=2$fK+Vcq517h1DqDXm/B+j1A$ElsWyPHHYPaJeLKaMN3njOMn96h6MhxKCE2GZWWCR7w",
    ),
    "passlib argon2i": (
        "argon2i",
        "$argon2i$v=19$m=64,t=1,p=1$IcRYK+Wc876XUmrNea81xg$KvR7EsjxYcWKJRQLB/TDQQLCEbgTkbeca3iRaNHB0TI",
    ),
    "passlib argon2d": (
        "argon2d",
        "$argon2d$v=19$m=64,t=1,p=1$2TunFELIuTdGSOk955zTeg$z0fpweTHKiTHoIkpNTqQ/kfLjYZsbMPFL75ps1Qv3RA",
    ),
    "django pbkdf2_sha256": (
        "pbkdf2-sha256",
        "pbkdf2_sha256$1000$dHOkAj30hcgl7jVnw6lEFi$ds5Xrf8d7g51DHoSRZhEJvZH2s1J64YuLdoiNSszPi0=",
    ),
    "django pbkdf2_sha1": ("pbkdf2-sha1", "pbkdf2_sha1$1000$IvY1BaVo7E7WTOsS1Zwbt5$rOrWf9n48q3aG/SlmdIa6l454nk="),
    "django argon2": (
        "argon2id",
        "argon2$argon2id$v=19$m=64,t=1,p=2$WWpscVZpS2RNWWwwMnkyS0pydWFvbg$aT/Z1eENb24ABRccton2+o+p2FQb8wZ7GMEj1zXVXKs",
    ),
    "django bcrypt_sha256": (
        "bcrypt-sha256",
        "bcrypt_sha256$$2b$04$s46cVP57xdx2upIdOSwkjeGVwG2Bu2q6kpzDGBxR1E8Q3mFM1qbju",
    ),
    "django bcrypt": ("bcrypt", "bcrypt$$2b$04$ECKWFNyJnB2eUb1rQ7yHTuYEBcOHC/DDLyhaRk5qplZgyRIw2t3dG"),
}
"""By who made it: its kind and the hash of `SHORT`."""
CUT: Final = "$2b$04$zxAFLM6KSuMDjxsuAzH.suac0glr.0sfPyodTgwgW9aW8LBvbxtRO"
"""passlib's bcrypt of eighty times x."""


def django(password: str, iterations: int = 1000, function: str = "sha256", salt: str = "seasalt1") -> str:
    """PBKDF2 as Django writes it, by the standard library: an implementation that ours knows nothing of."""
    digest = hashlib.pbkdf2_hmac(function, password.encode(), salt.encode(), iterations)
    return f"pbkdf2_{function}${iterations}${salt}${base64.b64encode(digest).decode()}"


def passlib(password: str, iterations: int, function: str, salt: bytes) -> str:
    """PBKDF2 as passlib writes it: base64 with a dot for the plus and no padding."""
    digest = hashlib.pbkdf2_hmac(function, password.encode(), salt, iterations)
    name = "pbkdf2" if function == "sha1" else f"pbkdf2-{function}"
    return f"${name}${iterations}${_dotted(salt)}${_dotted(digest)}"


def _dotted(data: bytes) -> str:
    return base64.b64encode(data, b"./").rstrip(b"=").decode()
