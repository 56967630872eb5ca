"""Everything that is kept, as tables. The migrations build exactly these; a test compares them.

Times are whole seconds since 1970-01-01 UTC. What is secret is a sealed blob: the database alone
tells nobody
a password hash or a key.
"""

from typing import Final

from sqlalchemy import JSON, BigInteger, LargeBinary, MetaData, String
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


class AccountRow(Table):
    """Somebody who can sign in."""

    __tablename__ = "account"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    name_key: Mapped[str] = mapped_column(String(255), unique=True)
    """The form under which names that look the same are the same."""
    password_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    roles: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[int] = mapped_column(BigInteger)
    disabled_at: Mapped[int | None] = mapped_column(BigInteger)


class SigningKeyRow(Table):
    """A key that signs tokens; its private half is sealed."""

    __tablename__ = "signing_key"

    kid: Mapped[str] = mapped_column(String(64), primary_key=True)
    algorithm: Mapped[str] = mapped_column(String(16))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[int] = mapped_column(BigInteger)


class RevocationRow(Table):
    """A token that was ended before its time. Its row may go once the token has expired."""

    __tablename__ = "revocation"

    token_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[int] = mapped_column(BigInteger, index=True)
