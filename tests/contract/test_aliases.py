"""Aliases: second names, switched in one step."""

import threading
from collections.abc import Callable

import httpx
import pytest
from qdrant_client import QdrantClient, models

VECTORS = models.VectorParams(size=4, distance=models.Distance.COSINE)


def to(alias: str, collection: str) -> models.CreateAliasOperation:
    return models.CreateAliasOperation(
        create_alias=models.CreateAlias(alias_name=alias, collection_name=collection)
    )


def away(alias: str) -> models.DeleteAliasOperation:
    return models.DeleteAliasOperation(delete_alias=models.DeleteAlias(alias_name=alias))


@pytest.fixture
def pair(client: QdrantClient, new_name: Callable[[], str]) -> tuple[str, str]:
    """Two collections, each with one point whose payload says which."""
    names = (new_name(), new_name())
    for name in names:
        client.create_collection(name, vectors_config=VECTORS)
        client.upsert(name, [models.PointStruct(id=1, vector=[1, 0, 0, 0], payload={"of": name})])
    return names


def test_alias_serves_reads_and_writes(client: QdrantClient, pair: tuple[str, str]) -> None:
    alias = f"alias-{pair[0]}"
    client.update_collection_aliases([to(alias, pair[0])])
    assert client.collection_exists(alias)
    client.upsert(alias, [models.PointStruct(id=2, vector=[0, 1, 0, 0], payload={})])
    assert client.count(pair[0]).count == 2
    described = client.get_collection_aliases(pair[0]).aliases
    assert [(item.alias_name, item.collection_name) for item in described] == [(alias, pair[0])]
    assert alias in [item.alias_name for item in client.get_aliases().aliases]
    client.update_collection_aliases([away(alias)])
    assert not client.collection_exists(alias)


def test_switch_is_one_step(client: QdrantClient, pair: tuple[str, str]) -> None:
    """ "All changes of aliases happen atomically" (documentation, Collection aliases)."""
    alias = f"alias-{pair[0]}"
    client.update_collection_aliases([to(alias, pair[0])])
    seen: set[str] = set()
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            point = client.retrieve(alias, [1])[0]
            seen.add((point.payload or {})["of"])

    reader = threading.Thread(target=read)
    reader.start()
    for turn in range(40):
        client.update_collection_aliases([away(alias), to(alias, pair[turn % 2])])
    stop.set()
    reader.join()
    assert seen <= set(pair)
    client.update_collection_aliases([away(alias)])


def test_changes_hold_together(
    client: QdrantClient, http: httpx.Client, pair: tuple[str, str]
) -> None:
    alias = f"alias-{pair[0]}"
    client.update_collection_aliases([to(alias, pair[0])])
    actions = [
        {"delete_alias": {"alias_name": alias}},
        {"create_alias": {"alias_name": alias, "collection_name": "nowhere"}},
    ]
    answer = http.post("/collections/aliases", json={"actions": actions})
    assert answer.status_code == 404
    client.update_collection_aliases([to(alias, pair[1])])
    client.update_collection_aliases([away(alias)])


def test_rename_and_drop(client: QdrantClient, pair: tuple[str, str]) -> None:
    old, new = f"old-{pair[0]}", f"new-{pair[0]}"
    rename = models.RenameAlias(old_alias_name=old, new_alias_name=new)
    client.update_collection_aliases([to(old, pair[0])])
    client.update_collection_aliases([models.RenameAliasOperation(rename_alias=rename)])
    assert not client.collection_exists(old)
    assert client.collection_exists(new)
    client.delete_collection(pair[0])
    assert not client.collection_exists(new)


def test_alias_cannot_hide_a_collection(http: httpx.Client, pair: tuple[str, str]) -> None:
    action = {"create_alias": {"alias_name": pair[1], "collection_name": pair[0]}}
    answer = http.post("/collections/aliases", json={"actions": [action]})
    assert answer.status_code in {400, 409}
    assert f"Collection `{pair[1]}` already exists!" in answer.json()["status"]["error"]


def test_failed_change_leaves_all(
    embedded: str, client: QdrantClient, http: httpx.Client, pair: tuple[str, str]
) -> None:
    """Stricter than a server, which keeps the changes before the failing one."""
    alias = f"alias-{pair[0]}"
    client.update_collection_aliases([to(alias, pair[0])])
    actions = [
        {"delete_alias": {"alias_name": alias}},
        {"create_alias": {"alias_name": alias, "collection_name": "nowhere"}},
    ]
    assert http.post("/collections/aliases", json={"actions": actions}).status_code == 404
    assert client.collection_exists(alias)
    client.update_collection_aliases([away(alias)])
