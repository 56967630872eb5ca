"""Bringing the tables up to date with the migrations that come with this version.

All steps run in the caller's one transaction: either the whole change is there, or none of it.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection


def migrate(connection: Connection) -> None:
    """Run every migration that this database has not seen."""
    command.upgrade(configuration(connection), "head")


def configuration(connection: Connection) -> Config:
    """The settings under which Alembic finds our migrations and uses `connection`."""
    config = Config()
    folder = str(Path(__file__).with_name("migrations"))
    config.set_main_option("script_location", folder.replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
