"""Sign-ins, devices, codes, letters and guesses; keys with a life of their own; one feed of revocations."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and keep every account, key and revocation."""
    _widen()
    _make_sessions()
    _make_devices()
    _make_mail()
    _remake_revocations()


def downgrade() -> None:
    """Refused: whoever signed in since would be nobody. Put a backup back instead."""
    raise NotImplementedError("This migration is not undone, because that would drop every sign-in.")


def _widen() -> None:
    with op.batch_alter_table("installation") as table:
        table.add_column(sa.Column("epoch", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("account") as table:
        table.alter_column("name", type_=sa.String(254), existing_type=sa.String(64), existing_nullable=False)
        table.add_column(sa.Column("email", sa.String(254), nullable=True))
        table.add_column(sa.Column("email_key", sa.String(255), nullable=True))
        table.add_column(sa.Column("password_changed_at", sa.BigInteger(), nullable=True))
        table.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
        table.add_column(sa.Column("last_sign_in_at", sa.BigInteger(), nullable=True))
        table.add_column(sa.Column("failures", sa.Integer(), nullable=False, server_default="0"))
        table.create_unique_constraint(op.f("uq_account_email_key"), ["email_key"])
    with op.batch_alter_table("signing_key") as table:
        table.add_column(sa.Column("signs_from", sa.BigInteger(), nullable=False, server_default="0"))
        table.add_column(sa.Column("verifies_until", sa.BigInteger(), nullable=True))
        table.add_column(sa.Column("revoked_at", sa.BigInteger(), nullable=True))


def _make_sessions() -> None:
    op.create_table(
        "session",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("account_id", sa.String(32), nullable=False),
        sa.Column("client_id", sa.String(64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("auth_time", sa.BigInteger(), nullable=False),
        sa.Column("acr", sa.String(64), nullable=True),
        sa.Column("amr", sa.JSON(), nullable=False),
        sa.Column("scope", sa.String(4096), nullable=True),
        sa.Column("last_used_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_for", sa.String(32), nullable=True),
        sa.Column("current_digest", sa.LargeBinary(), nullable=False),
        sa.Column("previous_digest", sa.LargeBinary(), nullable=True),
        sa.Column("rotated_at", sa.BigInteger(), nullable=True),
        sa.Column("rotations", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.String(32), nullable=True),
        sa.Column("agent", sa.String(200), nullable=False),
        sa.Column("place", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        _of_an_account("session"),
    )
    op.create_index(op.f("ix_session_account_id"), "session", ["account_id"])
    op.create_index(op.f("ix_session_expires_at"), "session", ["expires_at"])


def _make_devices() -> None:
    op.create_table(
        "device",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("account_id", sa.String(32), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_used_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("agent", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
        sa.UniqueConstraint("digest", name=op.f("uq_device_digest")),
        _of_an_account("device"),
    )
    op.create_index(op.f("ix_device_account_id"), "device", ["account_id"])
    op.create_index(op.f("ix_device_expires_at"), "device", ["expires_at"])
    op.create_table(
        "guess",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_guess")),
    )
    op.create_index(op.f("ix_guess_expires_at"), "guess", ["expires_at"])


def _make_mail() -> None:
    op.create_table(
        "code",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("purpose", sa.String(24), nullable=False),
        sa.Column("account_id", sa.String(32), nullable=True),
        sa.Column("subject", sa.LargeBinary(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code")),
        sa.UniqueConstraint("digest", name=op.f("uq_code_digest")),
        _of_an_account("code"),
    )
    for column in ("account_id", "expires_at", "subject"):
        op.create_index(op.f(f"ix_code_{column}"), "code", [column])
    op.create_table(
        "letter",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
    )
    op.create_index(op.f("ix_letter_due_at"), "letter", ["due_at"])


def _remake_revocations() -> None:
    """The old table knew tokens alone; those stay ended."""
    op.drop_index("ix_revocation_expires_at", "revocation")
    op.rename_table("revocation", "ended_token")
    op.create_table(
        "revocation",
        sa.Column("seq", sa.Integer(), nullable=False, autoincrement=True),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_revocation")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_revocation_subject", "revocation", ["kind", "subject", "version"], unique=True)
    op.create_index(op.f("ix_revocation_expires_at"), "revocation", ["expires_at"])
    op.execute(
        "INSERT INTO revocation (kind, subject, version, expires_at)"
        " SELECT 'token', token_id, 0, expires_at FROM ended_token"
    )
    op.drop_table("ended_token")


def _of_an_account(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_account_id_account")
    return sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=name, ondelete="CASCADE")
