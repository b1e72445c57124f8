"""All collections and aliases of one data folder."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from .aliases import Aliases, Change
from .collection import Collection
from .config import edge_config
from .errors import AlreadyExists, WrongInput, unknown_collection
from .files import lock_folder, sync_folder

MOST_NAME_CHARACTERS = 255
FORBIDDEN = frozenset('/<>:"|?*\\\0\x1f')


class Catalog:
    """The collections by name; opening it takes the data folder and loads every shard."""

    def __init__(self, data: Path) -> None:
        self._handle = lock_folder(data)
        self._data = data
        self._folder = data / "collections"
        self._scratch = data / "scratch"
        shutil.rmtree(self._scratch, ignore_errors=True)
        self._folder.mkdir(exist_ok=True)
        self._scratch.mkdir()
        self._lock = threading.RLock()
        opened = [Collection(path) for path in sorted(self._folder.iterdir())]
        self._collections = {collection.name: collection for collection in opened}
        self._aliases = Aliases(data / "aliases.json")

    def names(self) -> list[str]:
        """Return the names of all collections."""
        return sorted(self._collections)

    def all(self) -> list[Collection]:
        """Return all collections that are open."""
        return list(self._collections.values())

    def aliases(self) -> dict[str, str]:
        """Return the collection behind each alias."""
        return self._aliases.all()

    def has(self, name: str) -> bool:
        """Whether a collection or an alias has this name."""
        return self._aliases.all().get(name, name) in self._collections

    def get(self, name: str) -> Collection:
        """Return the collection of this name or alias; NotFound without one."""
        collection = self._collections.get(self._aliases.all().get(name, name))
        if collection is None:
            raise unknown_collection(name)
        return collection

    def create(self, name: str, body: dict[str, Any]) -> None:
        """Make an empty collection; it is in its place whole, or not at all."""
        _check_name(name)
        edge_config(body)
        with self._lock:
            if name in self._collections:
                raise AlreadyExists(f"Collection `{name}` already exists!")
            if name in self._aliases.all():
                raise WrongInput(
                    f"Can't create collection with name {name}. "
                    "Alias with the same name already exists"
                )
            made = self._scratch / uuid4().hex
            Collection.create(made, name, body)
            final = self._folder / quote(name, safe="")
            made.rename(final)
            sync_folder(self._folder)
            self._collections[name] = Collection(final)

    def delete(self, name: str) -> bool:
        """Drop a collection and its aliases; False where there is none."""
        with self._lock:
            collection = self._collections.pop(name, None)
            if collection is None:
                return False
            self._aliases.drop_all_of(name)
            collection.close()
            gone = self._scratch / uuid4().hex
            collection.folder.rename(gone)
            sync_folder(self._folder)
        shutil.rmtree(gone, ignore_errors=True)
        return True

    def change_aliases(self, changes: Iterable[Change]) -> None:
        """Apply all changes in one step, or none."""
        with self._lock:
            self._aliases.change(changes, self._collections.keys())

    def close(self) -> None:
        """Flush and close every collection; the data folder stays held until the process ends."""
        with self._lock:
            for collection in self.all():
                collection.close()


def _check_name(name: str) -> None:
    if not name or len(name) > MOST_NAME_CHARACTERS or FORBIDDEN & set(name):
        raise WrongInput(f"collection name {name!r} is empty, too long or has invalid characters")
