"""Bringing the tables up to date with the migrations that come with this version.

- A new database gets the tables as they are now. One of before is migrated, step by step, in the caller's one
  transaction: either the whole change is there, or none of it. Both ways lead to the same tables; a test compares.
- Where nothing is to be done Alembic is not even imported: it takes longer than everything else at the start.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Column, Connection, MetaData, String, insert, inspect, select
from sqlalchemy import Table as CoreTable

from buckler.storage.database.tables import Table

if TYPE_CHECKING:
    from alembic.config import Config

HEAD: Final = "0003"
"""The newest migration."""
_VERSIONS: Final = CoreTable(
    "alembic_version",
    MetaData(naming_convention={"pk": "alembic_version_pkc"}),
    Column("version_num", String(32), primary_key=True, nullable=False),
)
"""Where Alembic keeps how far it is."""


def migrate(
    connection: Connection, before: Callable[[], object] | None = None, tell: Callable[[str], None] | None = None
) -> None:
    """Run every migration that this database has not seen.

    `before` is called where tables change that are there already; `tell` hears the name of each step that is done.
    """
    names = inspect(connection).get_table_names()
    if not names:
        _make_all(connection)
    elif _VERSIONS.name not in names or list(connection.scalars(select(_VERSIONS.c.version_num))) != [HEAD]:
        from alembic import command

        if before is not None:
            before()
        config = configuration(connection)
        if tell is not None:
            config.attributes["tell"] = tell
        command.upgrade(config, "head")


def known_revisions() -> frozenset[str]:
    """The names of the migrations that come with this version."""
    from alembic.script import ScriptDirectory

    return frozenset(script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions())


def configuration(connection: Connection) -> "Config":
    """The settings under which Alembic finds our migrations and uses `connection`."""
    config = _config()
    config.attributes["connection"] = connection
    return config


def _make_all(connection: Connection) -> None:
    Table.metadata.create_all(connection, checkfirst=False)
    _VERSIONS.create(connection)
    connection.execute(insert(_VERSIONS).values(version_num=HEAD))


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    folder = str(Path(__file__).with_name("migrations"))
    config.set_main_option("script_location", folder.replace("%", "%%"))
    return config
