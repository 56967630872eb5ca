"""Events that are kept: rows, the batches that chain them, and the key that signs both."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables. The key is made at the next start, which has the master secret at hand."""
    with op.batch_alter_table("installation") as table:
        table.add_column(sa.Column("log_key_sealed", sa.LargeBinary(), nullable=True))
    op.create_table(
        "event",
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=True),
        sa.Column("writer", sa.String(32), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("account_id", sa.String(64), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=True),
        sa.Column("emptied_at", sa.BigInteger(), nullable=True),
        sa.Column("emptied_mac", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_event")),
        sa.UniqueConstraint("writer", "sequence", name=op.f("uq_event_writer")),
        sqlite_autoincrement=True,
    )
    for column in ("account_id", "at", "batch"):
        op.create_index(op.f(f"ix_event_{column}"), "event", [column])
    op.create_table(
        "event_batch",
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("link", sa.LargeBinary(), nullable=False),
        sa.Column("anchor_mac", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_event_batch")),
    )


def downgrade() -> None:
    """Refused: what was kept would be gone. Put a backup back instead."""
    raise NotImplementedError("This migration is not undone, because that would drop every event.")
