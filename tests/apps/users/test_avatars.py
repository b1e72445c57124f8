"""Members' pictures over HTTP: whatever is sent, only what we made ourselves is served."""

import ctypes
import re
import time
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from apps.users.models import User
from tests.apps.users.hostile import MADE_ANEW, NAMES, REFUSED, SCRIPT, picture
from tests.factories import make_user

pytestmark = pytest.mark.django_db

AVATAR = "/api/v1/me/avatar/"
SECONDS, MEGABYTES = 2, 100
"""Of this process alone: what else the machine does is not the picture's doing."""

PIXELS = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH"}
"""The parts of a WebP that hold pixels, and the header that says which there are."""


@pytest.fixture
def ana(client_of, media):
    """A member's client, with storages of its own."""
    return client_of(make_user("ana"))


def put(client, content, name="me.jpg", kind="image/jpeg"):
    """Send a picture, with a name as only a client that is no browser would write it."""
    head = f'Content-Disposition: form-data; name="image"; filename="{name}"'
    body = b"--x\r\n%s\r\nContent-Type: %s\r\n\r\n%s\r\n--x--\r\n"
    whole = body % (head.encode(), kind.encode(), content)
    return client.generic("PUT", AVATAR, whole, "multipart/form-data; boundary=x")


def served(client, answer):
    """The files that an answer names, as anybody gets them."""
    urls = answer.json()["avatar"].values()
    return [read(client.get(re.sub(r"^https?://[^/]+", "", url))) for url in urls]


def read(answer):
    """The answer, with its `body`: read to the end, its file is closed."""
    answer.body = answer.getvalue()

    return answer


def parts_of(webp):
    """The names of a WebP's chunks."""
    assert (webp[:4], webp[8:12]) == (b"RIFF", b"WEBP")
    at, found = 12, set()
    while at < len(webp):
        found.add(webp[at : at + 4])
        size = int.from_bytes(webp[at + 4 : at + 8], "little")
        at += 8 + size + size % 2
    return found


def memory(what):
    """Megabytes of this process: `VmRSS` now, or `VmHWM` at most since `forget_the_most`."""
    found = re.search(rf"{what}:\s+(\d+) kB", Path("/proc/self/status").read_text("ascii"))
    assert found is not None
    return int(found[1]) / 1024


def forget_the_most():
    """Give freed memory back, and reset the high-water mark (`man 5 proc`)."""
    Image.core.clear_cache()
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5", "ascii")


def files_in(media):
    return sorted(path.name for path in media.rglob("*.webp"))


def check_clean(client, answer, content):
    for size, file in zip((256, 64), served(client, answer), strict=True):
        assert file.status_code == 200
        assert file["Content-Type"] == "image/webp"
        assert file["X-Content-Type-Options"] == "nosniff"
        assert file["Content-Security-Policy"] == "default-src 'none'; sandbox"
        webp = file.body
        assert webp != content
        assert parts_of(webp) <= PIXELS
        assert SCRIPT not in webp
        assert b"Secret" not in webp
        image = Image.open(BytesIO(webp))
        assert image.size == (size, size)
        assert not image.getexif()


def test_there_are_enough_of_them():
    assert len(REFUSED) + len(MADE_ANEW) + len(NAMES) >= 60


@pytest.mark.parametrize("kind", [*REFUSED, *MADE_ANEW])
def test_nothing_is_served_as_it_came(ana, client, media, kind):
    content = (REFUSED | MADE_ANEW)[kind]()
    put(ana, b"the first request is not measured: it imports")
    forget_the_most()
    before, start = memory("VmRSS"), time.process_time()
    answer = put(ana, content)
    took, more = time.process_time() - start, memory("VmHWM") - before
    assert took <= SECONDS
    assert more <= MEGABYTES
    if kind in MADE_ANEW:
        assert answer.status_code == 200, answer.content
        check_clean(client, answer, content)
    else:
        assert answer.status_code in {400, 413}, answer.content
        assert answer.json()["code"] in {"not_a_picture", "invalid", "body_too_large"}
        assert files_in(media) == []
        assert client.get("/api/v1/users/ana/").json()["avatar"] is None


@pytest.mark.parametrize(("name", "kind"), NAMES)
def test_a_name_and_a_type_say_nothing(ana, client, media, name, kind):
    content = picture("PNG")
    answer = put(ana, content, name, kind)
    assert answer.status_code == 200, answer.content
    check_clean(client, answer, content)
    assert len(files_in(media)) == 2
    assert {path.parent for path in media.rglob("*.webp")} == {media / "default" / "avatars"}


def test_a_picture_is_turned_upright(ana, client):
    """A gradient from top to bottom, which the EXIF says was taken on its side."""
    upright = served(client, put(ana, MADE_ANEW["png with text"]()))[0]
    turned = served(client, put(ana, MADE_ANEW["jpeg with a place, lying on its side"]()))[0]

    def brighter(answer):
        image = Image.open(BytesIO(answer.body)).convert("L")
        middle = 128
        down = image.getpixel((middle, 250)) - image.getpixel((middle, 5))
        return abs(down) > abs(image.getpixel((250, middle)) - image.getpixel((5, middle)))

    assert brighter(upright)
    assert not brighter(turned)


def test_everybody_who_sees_the_name_sees_the_picture(ana, client):
    mine = put(ana, picture("JPEG")).json()["avatar"]
    assert client.get("/api/v1/users/ana/").json()["avatar"] == mine


def test_the_one_before_is_gone(ana, client, media, django_capture_on_commit_callbacks):
    first = put(ana, picture("JPEG"))
    kept = files_in(media)
    with django_capture_on_commit_callbacks(execute=True):
        second = put(ana, picture("JPEG", (50, 90), "L"))
    assert len(kept) == len(files_in(media)) == 2
    assert {file.status_code for file in served(client, first)} == {404}
    assert {file.status_code for file in served(client, second)} == {200}


def test_the_same_again_changes_nothing(ana, media, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        first, second = put(ana, picture("JPEG")), put(ana, picture("JPEG"))
    assert first.json() == second.json()
    assert len(files_in(media)) == 2


def test_one_that_is_set_back_at_once_stays(ana, client, media, django_capture_on_commit_callbacks):
    first = put(ana, picture("JPEG"))
    with django_capture_on_commit_callbacks() as to_be_removed:
        put(ana, picture("JPEG", (50, 90), "L"))
        again = put(ana, picture("JPEG"))
    for remove in to_be_removed:
        remove()
    assert again.json() == first.json()
    assert {file.status_code for file in served(client, again)} == {200}
    assert len(files_in(media)) == 2


def test_nobodys_file_is_anothers(ana, client_of, client, django_capture_on_commit_callbacks):
    other = put(client_of(make_user()), picture("JPEG"))
    with django_capture_on_commit_callbacks(execute=True):
        put(ana, picture("JPEG"))
        assert ana.delete(AVATAR).status_code == 204
    assert {file.status_code for file in served(client, other)} == {200}


def test_it_is_taken_away(ana, client, media, django_capture_on_commit_callbacks):
    shown = put(ana, picture("JPEG"))
    with django_capture_on_commit_callbacks(execute=True):
        assert ana.delete(AVATAR).status_code == 204
        assert ana.delete(AVATAR).status_code == 204
    assert {file.status_code for file in served(client, shown)} == {404}
    assert client.get("/api/v1/users/ana/").json()["avatar"] is None
    assert files_in(media) == []


def test_of_whoever_is_inactive_nothing_is_served(ana, client):
    shown = put(ana, picture("JPEG"))
    User.objects.update(is_active=False)
    assert {file.status_code for file in served(client, shown)} == {404}


@pytest.mark.parametrize("body", [{}, {"image": "text"}, {"image": "", "more": "x"}])
def test_a_body_without_a_file_is_refused(ana, body):
    answer = ana.put(AVATAR, body, format="multipart")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_another_kind_of_body_is_refused(ana, client):
    assert ana.put(AVATAR, {"image": "x"}, format="json").status_code == 415
    assert client.put(AVATAR, {}, format="multipart").status_code == 401
    assert client.delete(AVATAR).status_code == 401


@pytest.mark.parametrize(
    "path",
    [
        "/media/avatars/../../secrets.json",
        "/media/avatars/" + "0" * 64 + "-256.webp",
        "/media/avatars/" + "0" * 64 + "-100.webp",
        "/media/",
        "/media/avatars/",
    ],
)
def test_the_storage_is_not_open(client, media, path):
    assert client.get(path).status_code == 404
