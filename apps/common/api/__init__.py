"""The edge of the REST API."""

PREFIX = "/api/v1/"
"""Where the paths of its resources begin."""
