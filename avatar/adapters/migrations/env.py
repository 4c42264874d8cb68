"""What Alembic runs: migrate over the connection that `migrate` hands in."""

from __future__ import annotations

from alembic import context

from avatar.adapters.sqlite_schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # the transaction is ours: all of a migration or nothing
)
context.run_migrations()
