"""Every route and method that is served, from OpenAPI, from allauth's specification, from Django.

What a specification leaves out is found all the same: Django's own patterns are compared with it.
"""

import re
from collections.abc import Iterator
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import allauth.headless.spec
import yaml
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve
from drf_spectacular.generators import SchemaGenerator

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
REST, SIGN_IN, ADMIN = "/api/v1/", "/_allauth/", "/admin/"
CLIENTS = ("app", "browser")

Route = tuple[str, str]
"""A method and a path with its parameters in braces."""


@cache
def rest_schema() -> dict[str, Any]:
    """The OpenAPI of the REST API as the code has it now."""
    schema: dict[str, Any] = SchemaGenerator(api_version="v1").get_schema(public=True)
    return schema


@cache
def sign_in_schema() -> dict[str, Any]:
    """The OpenAPI that allauth's package holds, with each client's paths, where they are served."""
    (folder,) = allauth.headless.spec.__path__
    schema: dict[str, Any] = yaml.safe_load(Path(folder, "doc/openapi.yaml").read_text())
    schema["paths"] = {
        path.replace("{client}", client): operations
        for path, operations in schema["paths"].items()
        for client in CLIENTS
        if _is_served(path.replace("{client}", client))
    }
    return schema


def specified() -> set[Route]:
    """The routes that the two specifications name."""
    return {
        (method.upper(), path)
        for schema in (rest_schema(), sign_in_schema())
        for path, operations in schema["paths"].items()
        for method in operations
        if method.upper() in METHODS
    }


def pages() -> set[Route]:
    """GET and POST of everything that neither specification nor admin speaks of."""
    others = (path for path in served() if not path.startswith((REST, SIGN_IN, ADMIN)))
    return {(method, path) for path in others for method in ("GET", "POST")}


def served() -> set[str]:
    """The path of every pattern that Django resolves."""
    return set(_paths(get_resolver(), "/"))


def _paths(resolver: URLResolver, prefix: str) -> Iterator[str]:
    for entry in resolver.url_patterns:
        path = prefix + _braced(str(entry.pattern))
        if isinstance(entry, URLPattern):
            yield path
        else:
            yield from _paths(entry, path)


def _braced(pattern: str) -> str:
    """`<bigid:movie_id>/` as `{movie_id}/`; the groups of a regular expression as `{1}`, `{2}`."""
    number = count(1)
    plain = re.sub(r"\([^?].*?\)", lambda _: f"{{{next(number)}}}", pattern.strip("^$"))
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", plain).replace("\\", "")


def _is_served(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:
        return False
    return True
