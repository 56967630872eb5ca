"""The durable store: SQLAlchemy on SQLite, with the migrations that it needs."""

from buckler.storage.database.database import Database

__all__ = ["Database"]
