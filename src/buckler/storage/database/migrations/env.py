"""What Alembic runs to apply the migrations on the connection it was handed."""

from typing import Any

from alembic import context

from buckler.storage.database.tables import Table


def _told(ctx: object, step: Any, heads: object, run_args: object) -> None:  # noqa: ARG001 - Alembic names them
    tell = context.config.attributes.get("tell")
    if tell is not None:
        tell(f"{step.up_revision_id}: {step.up_revision.doc}")


connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Table.metadata, render_as_batch=True, on_version_apply=_told)
with context.begin_transaction():
    context.run_migrations()
