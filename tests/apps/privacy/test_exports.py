"""`POST me/export/`: all that is stored of a member, for that member alone, for a few days."""

import csv
import json
import re
from datetime import timedelta
from io import BytesIO, StringIO
from zipfile import ZipFile

import pytest
from django.core import signing
from django.core.files.storage import storages
from django.utils import timezone

from apps.privacy import exports, strays
from apps.privacy.models import Export
from apps.privacy.tables import TABLES, Given
from apps.privacy.tasks import make_exports, purge_files
from apps.users.actions import follow_user
from apps.users.models import Block, Mute, Unsuggested, User
from tests.apps.privacy.lives import live
from tests.factories import make_user

pytestmark = pytest.mark.django_db

EXPORT = "/api/v1/me/export/"


def ask(client_of, user):
    answer = client_of(user).post(EXPORT, {})
    assert answer.status_code == 202, answer.content
    return answer


def link_in(mail):
    """The path of the link."""
    return re.search(r"^https?://[^/]+(/exports/\S+)$", str(mail.body), re.M)[1]


def fetch(client, path):
    answer = client.get(path)
    assert answer.status_code == 200
    content = answer.getvalue()

    return answer, ZipFile(BytesIO(content))


def status(client, path):
    """Of the answer, read to its end, so that its file is closed."""
    answer = client.get(path)
    answer.getvalue()
    return answer.status_code


def rows(archive, name):
    """A table as JSON, and as CSV."""
    text = archive.read(f"{name}.csv").decode()
    return json.loads(archive.read(f"{name}.json")), list(csv.DictReader(StringIO(text)))


def files():
    """The names of the export files there are."""
    try:
        return storages["exports"].listdir("")[1]
    except FileNotFoundError:
        return []


@pytest.fixture
def ready(client_of, mailoutbox):
    """A member with an export, and the path of its link."""

    def run(user):
        ask(client_of, user)
        assert make_exports() == 1
        assert mailoutbox[-1].to == [user.email]
        return link_in(mailoutbox[-1])

    return run


def test_it_holds_a_row_of_every_table(pair, client, ready):
    live(pair)
    Export.objects.all().delete()
    answer, archive = fetch(client, ready(pair.ana))
    assert answer["Content-Type"] == "application/zip"
    assert answer["Content-Disposition"] == 'attachment; filename="cinemesh-export.zip"'
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["X-Content-Type-Options"] == "nosniff"
    for entry in TABLES.values():
        if isinstance(entry, Given):
            told, cells = rows(archive, entry.name)
            assert told, entry.name
            assert len(told) == len(cells)
            assert list(cells[0]) == list(told[0])
    assert archive.read("avatar.webp")[:4] == b"RIFF"
    [account], _ = rows(archive, "account")
    assert account["email"] == pair.ana.email
    [rating], [cells] = rows(archive, "ratings")
    assert (rating["movie_title"], rating["half_stars"]) == ("Heat", 9)
    assert (cells["movie_title"], cells["half_stars"], cells["learn"]) == ("Heat", "9", "true")
    assert rating["rated_at"] == cells["rated_at"]
    assert [row["follower_username"] for row in rows(archive, "followers")[0]] == ["ben", "carl"]


def test_it_holds_no_secret_and_nothing_of_others(pair, client, ready):
    live(pair)
    Export.objects.all().delete()
    _, archive = fetch(client, ready(pair.ana))
    text = b"\n".join(archive.read(name) for name in archive.namelist()).decode("latin-1")
    blocker = pair.ana.blocked_by_set.get().blocker.username
    muter = pair.ana.muted_by_set.get().muter.username
    for secret in ("hush", "k" * 32, pair.ana.password, pair.ben.email, blocker, muter):
        assert secret not in text
    assert "of use to who would guess it" in text


def test_it_names_nobody_whom_lists_hide(client, ready):
    ana, seen, gone, blocker = (make_user(name) for name in ("ana", "seen", "gone", "blocker"))
    for other in (seen, gone, blocker):
        Mute.objects.create(muter=ana, muted=other)
        Unsuggested.objects.create(member=ana, other=other)
        follow_user(follower=ana, followee=other)
        follow_user(follower=other, followee=ana)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    Block.objects.create(blocker=blocker, blocked=ana)
    _, archive = fetch(client, ready(ana))
    for name, column in (
        ("mutes", "muted_username"),
        ("unsuggested", "other_username"),
        ("following", "followee_username"),
        ("followers", "follower_username"),
    ):
        told, cells = rows(archive, name)
        assert [row[column] for row in told] == ["seen", None, None], name
        assert [row[column] for row in cells] == ["seen", "", ""], name


def test_what_a_spreadsheet_would_run_is_text(client, ready):
    path = ready(make_user(display_name="=HYPERLINK(1)", bio='two\nlines, and a "comma"'))
    [account], [cells] = rows(fetch(client, path)[1], "account")
    assert account["display_name"] == "=HYPERLINK(1)"
    assert cells["display_name"] == "'=HYPERLINK(1)"
    assert cells["bio"] == account["bio"]


def test_while_one_waits_there_is_no_second(client_of, mailoutbox):
    ana = make_user()
    assert ask(client_of, ana).json() == ask(client_of, ana).json()
    assert make_exports() == 1
    assert make_exports() == 0
    assert len(mailoutbox) == 1


def test_another_ends_the_one_before(client, ready, django_capture_on_commit_callbacks):
    ana = make_user()
    with django_capture_on_commit_callbacks(execute=True):
        first, second = ready(ana), ready(ana)
    assert status(client, first) == 404
    assert status(client, second) == 200
    assert len(files()) == 1


def test_needs_someone(client):
    assert client.post(EXPORT, {}).status_code == 401
    assert client.get(EXPORT).status_code in {401, 405}


def test_a_link_is_for_one_file_and_cannot_be_made(client, ready):
    mine, others = ready(make_user()), ready(make_user())
    assert status(client, mine) == 200
    token = mine.removeprefix("/exports/")
    value, stamp, signature = token.split(":")
    for wrong in (
        *(f"{value}:{stamp}:{signature[:-1]}", f"{others.split('/')[-1].split(':')[0]}:{stamp}"),
        *(f"{others.split('/')[-1].split(':')[0]}:{stamp}:{signature}", value, "x"),
        signing.dumps(str(Export.objects.first().pk)),
        signing.dumps(["x"], salt=exports.SALT),
        signing.dumps("not an id", salt=exports.SALT),
        signing.dumps("00000000-0000-0000-0000-000000000000", salt=exports.SALT),
    ):
        assert client.get(f"/exports/{wrong}").status_code == 404, wrong
    assert client.post(mine).status_code == 405


def test_a_link_runs_out(client, ready):
    path = ready(make_user())
    Export.objects.update(expires_at=timezone.now())
    assert status(client, path) == 404


def test_a_link_ends_with_the_account(client, ready):
    path = ready(make_user())
    User.objects.update(is_active=False)
    assert status(client, path) == 404


def test_nothing_is_made_for_whoever_is_leaving(client_of):
    ana = make_user()
    ask(client_of, ana)
    User.objects.update(is_active=False)
    assert make_exports() == 0


def test_old_ones_are_deleted(client, ready):
    path = ready(make_user())
    assert purge_files() == 0
    assert exports.purge(timezone.now() + exports.LIFE + timedelta(minutes=1)) == 1
    assert (files(), Export.objects.count()) == ([], 0)
    assert status(client, path) == 404


def test_files_without_a_row_are_deleted_when_they_are_old(ready):
    ready(make_user())
    Export.objects.all().delete()
    now = timezone.now()
    assert strays.sweep(now) == 0
    assert strays.sweep(now + strays.AGE + timedelta(minutes=1)) == 1
    assert files() == []


def test_files_with_a_row_are_not_strays(pair, ready):
    live(pair)
    make_exports()
    later = timezone.now() + strays.AGE + timedelta(minutes=1)
    assert strays.sweep(later) == 0
    User.objects.update(avatar="")
    assert strays.sweep(later) == 2


def test_one_that_cannot_be_made_stops_no_other(client_of, settings, tmp_path, mailoutbox):
    """Her picture is named and not there."""
    ana = make_user(avatar="0" * 64)
    ask(client_of, ana)
    ask(client_of, make_user())
    assert make_exports() == 1
    for _ in range(exports.MAX_ATTEMPTS):
        make_exports()
    assert Export.objects.get(user=ana).attempts == exports.MAX_ATTEMPTS
    assert ask(client_of, ana)
    assert Export.objects.get(user=ana).attempts == 0
