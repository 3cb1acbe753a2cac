"""The record in a PostgreSQL database. Needs the extra `postgres`."""
