"""Files that no row names: what a worker left that ended between a file and its row."""

from datetime import datetime, timedelta

from django.core.files.storage import Storage, default_storage, storages

from apps.privacy.models import Export
from apps.users.avatars import FOLDER, SIZES, path_of
from apps.users.models import User

AGE = timedelta(days=1)
"""A younger one may be on its way to its row."""


def sweep(now: datetime) -> int:
    """Delete them; gives how many."""
    pictures = _old(default_storage, FOLDER, now)
    digests = User.objects.exclude(avatar="").values_list("avatar", flat=True) if pictures else ()
    pictures -= {path_of(digest, size) for digest in digests for size in SIZES}
    packed = _old(storages["exports"], "", now)
    packed -= set(Export.objects.values_list("file", flat=True)) if packed else set()
    for name in pictures:
        default_storage.delete(name)
    for name in packed:
        storages["exports"].delete(name)
    return len(pictures) + len(packed)


def _old(storage: Storage, folder: str, now: datetime) -> set[str]:
    try:
        listed = storage.listdir(folder)[1]
    except FileNotFoundError:
        return set()
    names = {f"{folder}/{name}" if folder else name for name in listed}
    return {name for name in names if storage.get_modified_time(name) < now - AGE}
