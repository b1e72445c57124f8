"""The whole stack on one machine without Docker: real services, fetched as wheels and jars."""
