"""Alembic's entry: runs the migrations on the connection that migrate() gives it."""

from alembic import context

from backend.store.schema import METADATA

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=METADATA, compare_type=True)
with context.begin_transaction():
    context.run_migrations()
