"""Statements compiled once for a run of the tests: an engine of SQLAlchemy knows those that it compiled itself.

An installation has one database, and compiles what it asks as it is asked for the first time. Here each test has
databases of its own, and compiling took a third of the time of those that open accounts.
"""

from typing import Any, Final

from sqlalchemy.ext.asyncio import create_async_engine

from buckler.storage.database import Database

_DIALECT: Final = create_async_engine("sqlite+aiosqlite://").dialect
_COMPILED: Final[dict[Any, Any]] = {}


def share_statements(database: Database) -> None:
    """Let it find what was compiled for another, and others what is compiled for it. Before it is opened."""
    for engine in (database._engine, database._writing_engine):
        # What was compiled is kept by the dialect for which it was.
        engine.sync_engine.dialect = _DIALECT
        engine.update_execution_options(compiled_cache=_COMPILED)
