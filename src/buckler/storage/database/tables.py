"""Everything that is kept, as tables. The migrations build exactly these; a test compares them.

Times are whole seconds since 1970-01-01 UTC. What is secret is a sealed blob or a digest: the database
alone tells nobody a password hash, a key, a token or a code.
"""

from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""Every constraint has a name, so that a later migration can change it on every database."""


class Table(DeclarativeBase):
    """The root of the tables."""

    metadata = MetaData(naming_convention=NAMING)


class InstallationRow(Table):
    """This installation: one row, made at the first start."""

    __tablename__ = "installation"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    created_at: Mapped[int] = mapped_column(BigInteger)
    check_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """Opens only with the master secret under which the other rows were sealed."""
    epoch: Mapped[int] = mapped_column(Integer, server_default="0")
    """How many times a backup was put back. What was issued before the last time is dead."""
    log_key_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The key that signs the log; None until the first start that keeps one."""


class AccountRow(Table):
    """Somebody who can sign in."""

    __tablename__ = "account"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(254))
    """What the account signs in with, as its owner writes it: an e-mail address or a username."""
    name_key: Mapped[str] = mapped_column(String(255), unique=True)
    """The form under which names that look the same are the same."""
    email: Mapped[str | None] = mapped_column(String(254))
    """Where mail for the account goes; proved by a code, else None."""
    email_key: Mapped[str | None] = mapped_column(String(255), unique=True)
    password_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    password_changed_at: Mapped[int | None] = mapped_column(BigInteger)
    roles: Mapped[list[str]] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(Integer, server_default="1")
    """Grows with whatever ends the tokens of the account: one that names a lower version is dead."""
    created_at: Mapped[int] = mapped_column(BigInteger)
    last_sign_in_at: Mapped[int | None] = mapped_column(BigInteger)
    failures: Mapped[int] = mapped_column(Integer, server_default="0")
    """Wrong passwords of strangers in a row, however long that takes; the last sign-in cleared it."""
    disabled_at: Mapped[int | None] = mapped_column(BigInteger)


class SessionRow(Table):
    """One sign-in: a family of refresh tokens, of which one is good at a time."""

    __tablename__ = "session"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    client_id: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[int] = mapped_column(BigInteger)
    auth_time: Mapped[int] = mapped_column(BigInteger)
    """When the person proved who it is. It never moves, and neither do the two below."""
    acr: Mapped[str | None] = mapped_column(String(64))
    amr: Mapped[list[str]] = mapped_column(JSON)
    scope: Mapped[str | None] = mapped_column(String(4096))
    last_used_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int] = mapped_column(BigInteger, index=True)
    """The absolute end; no use of the session moves it."""
    ended_at: Mapped[int | None] = mapped_column(BigInteger)
    ended_for: Mapped[str | None] = mapped_column(String(32))
    current_digest: Mapped[bytes] = mapped_column(LargeBinary)
    """Of the refresh token that is good now."""
    previous_digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Of the one before it, which stands in for a short grace."""
    rotated_at: Mapped[int | None] = mapped_column(BigInteger)
    rotations: Mapped[int] = mapped_column(Integer, insert_default=0)
    device_id: Mapped[str | None] = mapped_column(String(32))
    agent: Mapped[str] = mapped_column(String(200))
    """What the client calls itself, as far as it can be shown."""
    place: Mapped[str] = mapped_column(String(64))
    """The network of the sign-in."""


class DeviceRow(Table):
    """A device from which its account has signed in before: strangers' failures do not touch it."""

    __tablename__ = "device"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[int] = mapped_column(BigInteger)
    last_used_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int] = mapped_column(BigInteger, index=True)
    failures: Mapped[int] = mapped_column(Integer, insert_default=0)
    agent: Mapped[str] = mapped_column(String(200))


class CodeRow(Table):
    """A code that was mailed: good once, for a while, for one purpose."""

    __tablename__ = "code"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    """Keyed, so that short codes cannot be found from it."""
    purpose: Mapped[str] = mapped_column(String(24))
    account_id: Mapped[str | None] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    subject: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    """Whom the code is about where there is no account yet: a keyed digest of the address."""
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What is to be done when the code comes."""
    created_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int] = mapped_column(BigInteger, index=True)
    used_at: Mapped[int | None] = mapped_column(BigInteger)


class LetterRow(Table):
    """A letter that waits for the mail server; sealed, because there is a code in it."""

    __tablename__ = "letter"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(24))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[int] = mapped_column(BigInteger)
    due_at: Mapped[int] = mapped_column(BigInteger, index=True)
    expires_at: Mapped[int] = mapped_column(BigInteger)
    """When what it says is of no use any more."""
    attempts: Mapped[int] = mapped_column(Integer, insert_default=0)


class GuessRow(Table):
    """Failed sign-ins for one name, whether it has an account or not."""

    __tablename__ = "guess"

    key: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    """A keyed digest of the name."""
    failures: Mapped[int] = mapped_column(Integer)
    last_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int] = mapped_column(BigInteger, index=True)


class EventRow(Table):
    """One line of the log that is kept (`events/journal`). Nothing but its batch and its end ever changes it."""

    __tablename__ = "event"
    __table_args__ = (UniqueConstraint("writer", "sequence"), {"sqlite_autoincrement": True})

    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    """In the order of the commits."""
    writer: Mapped[str] = mapped_column(String(32))
    """One life of one process."""
    sequence: Mapped[int] = mapped_column(Integer)
    """Counts the rows of a writer, from 1 and without a gap."""
    at: Mapped[int] = mapped_column(BigInteger, index=True)
    """Milliseconds. It, the name and the account stand in the body too, which decides; here they are for searching."""
    name: Mapped[str] = mapped_column(String(64))
    account_id: Mapped[str | None] = mapped_column(String(64), index=True)
    body: Mapped[str] = mapped_column(Text)
    """The line as it was written, in JSON; empty once it is over."""
    mac: Mapped[bytes] = mapped_column(LargeBinary)
    """Over writer, sequence and body."""
    batch: Mapped[int | None] = mapped_column(Integer, index=True)
    """The batch that it stands in; None until the next one is made."""
    emptied_at: Mapped[int | None] = mapped_column(BigInteger)
    emptied_mac: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Says that we emptied it, and when."""


class EventBatchRow(Table):
    """A batch of events, chained to the one before."""

    __tablename__ = "event_batch"

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    """From 1 and without a gap."""
    rows: Mapped[int] = mapped_column(Integer)
    at: Mapped[int] = mapped_column(BigInteger)
    """Milliseconds."""
    link: Mapped[bytes] = mapped_column(LargeBinary)
    """Over the link before, and every row of the batch in its order."""
    anchor_mac: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Says that the log begins behind this batch: its rows, and all before, were over and are gone."""


class SigningKeyRow(Table):
    """A key that signs tokens; its private half is sealed."""

    __tablename__ = "signing_key"

    kid: Mapped[str] = mapped_column(String(64), primary_key=True)
    algorithm: Mapped[str] = mapped_column(String(16))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[int] = mapped_column(BigInteger)
    signs_from: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """Published before, so that whoever keeps the old key set meets no token it cannot verify."""
    verifies_until: Mapped[int | None] = mapped_column(BigInteger)
    """None until a successor signs."""
    revoked_at: Mapped[int | None] = mapped_column(BigInteger)


class RevocationRow(Table):
    """Something that was ended before its time. Its row may go once every token of it has expired.

    `seq` only grows, so a process that has read up to a number asks for what is above it.
    """

    __tablename__ = "revocation"
    __table_args__ = (
        Index("ix_revocation_subject", "kind", "subject", "version", unique=True),
        {"sqlite_autoincrement": True},
    )

    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(8))
    """`token`, `session`, `account` or `keys`."""
    subject: Mapped[str] = mapped_column(String(64))
    version: Mapped[int] = mapped_column(Integer, insert_default=0)
    """For an account: tokens of lower versions are dead. For the keys: a number of their own."""
    expires_at: Mapped[int] = mapped_column(BigInteger, index=True)
