"""Migrations of the state database, run when it is opened; also from an installed wheel."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sqlalchemy import Connection

HEAD: Final = "0002"
"""The newest migration; numbers grow, so that an older product knows a newer file."""


def migrate(connection: Connection) -> None:
    """Bring the database to the newest shape inside the connection's open transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)
