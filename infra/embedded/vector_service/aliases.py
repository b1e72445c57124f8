"""Second names of collections, changed several at a time in one step."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Any

from .errors import AlreadyExists, FormatError, NotFound, unknown_collection
from .fields import Fields, sequence, text
from .files import read_json, write_json

# Takes the aliases so far and the names of all collections, changes the aliases in place.
Change = Callable[[dict[str, str], Collection[str]], None]


class Aliases:
    """The alias file; the mapping in memory is replaced whole, so readers need no lock."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._aliases: dict[str, str] = read_json(path, {})

    def all(self) -> dict[str, str]:
        """Return the collection behind each alias; not to be changed."""
        return self._aliases

    def change(self, changes: Iterable[Change], collections: Collection[str]) -> None:
        """Apply all changes in their order, or none when one fails."""
        new = dict(self._aliases)
        for change in changes:
            change(new, collections)
        self._store(new)

    def drop_all_of(self, collection: str) -> None:
        """Remove the aliases of a collection that goes away."""
        new = {alias: name for alias, name in self._aliases.items() if name != collection}
        if new != self._aliases:
            self._store(new)

    def _store(self, aliases: dict[str, str]) -> None:
        write_json(self._path, aliases)
        self._aliases = aliases


def read_changes(value: Any, where: str) -> list[Change]:
    """The body of `POST collections/aliases`."""
    with Fields(value, where) as body:
        return body.required("actions", sequence(_change))


def _change(value: Any, where: str) -> Change:
    with Fields(value, where) as body:
        for name, read in _CHANGES.items():
            if name in body:
                return body.required(name, read)
    raise FormatError(f"{where}: data did not match any variant of AliasOperations")


def _create(value: Any, where: str) -> Change:
    with Fields(value, where) as body:
        alias = body.required("alias_name", text)
        collection = body.required("collection_name", text)

    def change(aliases: dict[str, str], collections: Collection[str]) -> None:
        if collection not in collections:
            raise unknown_collection(collection)
        if alias in collections:
            raise AlreadyExists(f"Collection `{alias}` already exists!")
        aliases[alias] = collection

    return change


def _delete(value: Any, where: str) -> Change:
    with Fields(value, where) as body:
        alias = body.required("alias_name", text)

    def change(aliases: dict[str, str], collections: Collection[str]) -> None:
        aliases.pop(alias, None)

    return change


def _rename(value: Any, where: str) -> Change:
    with Fields(value, where) as body:
        old = body.required("old_alias_name", text)
        new = body.required("new_alias_name", text)

    def change(aliases: dict[str, str], collections: Collection[str]) -> None:
        if old not in aliases:
            raise NotFound(f"Alias {old} does not exists!")
        if new in collections:
            raise AlreadyExists(f"Collection `{new}` already exists!")
        aliases[new] = aliases.pop(old)

    return change


_CHANGES = {"create_alias": _create, "delete_alias": _delete, "rename_alias": _rename}
