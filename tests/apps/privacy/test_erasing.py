"""Erasure: nothing is left in any store but the receipt, and the receipt is true."""

import json
import re
from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from redis import Redis

from apps.consistency.models import Run
from apps.consistency.traces import traces
from apps.feeds.rebuild import rebuild_timeline
from apps.movies.actions import rate_movie
from apps.movies.models import Rating
from apps.outbox.models import Decision, Message
from apps.privacy import departures, erasing
from apps.privacy.models import Departure, Export
from apps.privacy.tables import TABLES
from apps.privacy.tasks import erase_who_left, make_exports
from apps.users.models import Mail, User
from tests.apps.privacy.lives import live
from tests.apps.users.redirects import redeem, sign_in
from tests.clients import neo4j_at, qdrant_at
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def leave_at_once(user):
    """Leave, with no day of grace left."""
    departure = departures.leave(user=user)
    Departure.objects.update(due_at=timezone.now())
    return departure


def rows_of(user_id):
    """How many rows lead to a member, by every way there is."""
    found = {}
    for key in TABLES:
        label, path = key.rsplit(".", 1)
        found[key] = apps.get_model(label)._base_manager.filter(**{path: user_id}).count()
    return found


def files(media):
    return [path for path in media.rglob("*") if path.is_file()]


def receipt_in(mail):
    return json.loads(re.search(r"^\{.*^\}", mail.body, re.M | re.S)[0])


def test_nothing_of_a_member_is_left(pair, drain, media, mailoutbox):
    live(pair)
    assert make_exports() == 1
    drain()
    ana, email = pair.ana.pk, pair.ana.email
    assert [key for key, count in rows_of(ana).items() if not count] == []
    assert len(files(media)) == 3
    others = User.objects.exclude(pk=ana).count()

    departure = leave_at_once(pair.ana)
    assert erasing.erase_due() == 1
    assert erasing.erase_due() == 0
    assert not any(rows_of(ana).values())
    assert files(media) == []
    assert User.objects.count() == others
    assert Rating.objects.get().user == pair.ben

    drain()
    assert not any(traces(departure.pk).values())
    assert erasing.send_receipts() == 1
    assert mailoutbox[-1].to == [email]
    departure.refresh_from_db()
    assert (departure.email, departure.member_id) == ("", ana)


def test_the_receipt_says_what_was_removed(pair, drain, mailoutbox):
    live(pair)
    make_exports()
    departure = leave_at_once(pair.ana)
    erasing.erase_due()
    drain()
    erasing.send_receipts()
    receipt = receipt_in(mailoutbox[-1])
    removed = receipt.pop("removed")
    departure.refresh_from_db()
    assert receipt == {
        "receipt": str(departure.pk),
        "member": departure.member_id,
        "asked_at": departure.asked_at.isoformat(),
        "erased_at": departure.erased_at.isoformat(),
    }
    assert removed["graph"] == {"members": 1, "follows": 3, "likes": 1}
    assert removed["vectors"] == {"tastes": 1}
    assert len(removed["files"]) == 3
    counts = removed["postgres"]
    assert counts["users.User"] == counts["movies.Rating"] == counts["feeds.Hub"] == 1
    assert counts["users.Follow"] == 3
    assert counts["admin.LogEntry about them"] == 1
    assert email_is_nowhere(pair.ana.email)


def email_is_nowhere(email):
    """Of all text in the receipts' table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM privacy_departure AS d WHERE d::text LIKE %s", [f"%{email}%"]
        )
        return cursor.fetchone() == (0,)


def test_the_receipt_waits_for_the_last_store(pair, drain, mailoutbox):
    departure = leave_at_once(pair.ana)
    before = len(mailoutbox)
    assert erase_who_left() == 1
    assert len(mailoutbox) == before
    departure.refresh_from_db()
    assert departure.email == pair.ana.email
    last = Message.objects.filter(topic="movies.rating", destination="feeds").values()[0]
    drain()
    Message.objects.create(**{name: last[name] for name in last if name != "id"})
    assert erasing.send_receipts() == 0
    drain()
    rate_movie(user=pair.ben, movie=pair.film, half_stars=8)
    assert erasing.send_receipts() == 1
    assert erasing.send_receipts() == 0


def test_what_names_a_member_goes_too(pair, drain):
    """Mail that waits, what the admin and the checker noted, and what operators decided."""
    ana, ben = pair.ana, pair.ben
    for user in (ana, ben):
        Mail.objects.create(message={"to": [user.email]})
        Run.objects.create(
            requested_by=f"member {user.pk}",
            report={"drift": 1, "kinds": [{"examples": [{"key": f"7:{user.pk}"}]}]},
        )
        Decision.objects.create(
            **dict.fromkeys(("error_class", "decided_by", "reason"), "x"),
            **{"action": "replay", "destination": "graph", "parked_through": 1, "fence": 1},
            **{"topic": "users.follow", "key": f"{user.pk}:12345678"},
        )
    live(pair)
    leave_at_once(ana)
    erasing.erase_due()
    assert [mail.message["to"] for mail in Mail.objects.all()] == [[ben.email]]
    assert [run.report for run in Run.objects.order_by("id")] == [
        {"drift": 1},
        {"drift": 1, "kinds": [{"examples": [{"key": f"7:{ben.pk}"}]}]},
    ]
    assert {run.requested_by for run in Run.objects.all()} == {"a member", f"member {ben.pk}"}
    assert Decision.objects.get().key == f"{ben.pk}:12345678"
    assert not LogEntry.objects.exists()


def test_the_search_finds_what_was_forgotten(pair, drain, stores, media):
    """A trace in each store, planted where the erasure has been."""
    departure = leave_at_once(pair.ana)
    erasing.erase_due()
    drain()
    ana, ben, film = departure.member_id, pair.ben.pk, pair.film.pk
    assert not any(traces(departure.pk).values())
    rebuild_timeline(ben)
    with neo4j_at(stores.environment) as neo4j:
        neo4j.execute_query(
            "MATCH (ben:User {id: $ben}), (film:Movie {id: $film}) "
            "CREATE (ana:User {id: $ana, username: 'ana', is_sample: false}) "
            "CREATE (ben)-[:FOLLOWS {since: datetime()}]->(ana) "
            "CREATE (ana)-[:LIKED {stars: 5.0, rated_at: datetime()}]->(film)",
            ana=ana,
            ben=ben,
            film=film,
        )
    qdrant = qdrant_at(stores.environment)
    qdrant.set_payload("tastes-g1", {"deleted": False}, points=[ana])
    qdrant.close()
    with Redis.from_url(stores.environment["REDIS_URL"]) as valkey:
        valkey.zadd(f"feed:{ben}:entries", {f"rating:{ana}:{film}": 5, f"follow:{ben}:{ana}": 6})
        valkey.set(f"feed:{ana}:floor", "1")
    path = media / "default" / "avatars" / "left.webp"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"RIFF")
    Departure.objects.update(removed={"files": ["avatars/left.webp"]})

    found = {place: count for place, count in traces(departure.pk).items() if count}
    assert found == {
        "members": 1,
        "follows": 1,
        "likes": 1,
        "taste vectors g1": 1,
        "timelines": 2,
        "timeline keys": 1,
        "files": 1,
    }
    with pytest.raises(CommandError, match="not erased everywhere"):
        call_command("reconcile", receipt=departure.pk)
    with neo4j_at(stores.environment) as neo4j:
        neo4j.execute_query("MATCH (u:User {id: $ana}) DETACH DELETE u", ana=ana)


def test_the_search_finds_rows(pair):
    departure = departures.leave(user=pair.ana)
    Departure.objects.update(erased_at=timezone.now())
    found = traces(departure.pk)
    assert found["users.User"] == found["movies.Rating.user"] == 1
    assert found["users.Follow.follower"] == 1
    assert found["users.Follow.followee"] == 2


def test_the_command_says_what_it_found(pair, drain, capsys):
    departure = leave_at_once(pair.ana)
    erasing.erase_due()
    drain()
    call_command("reconcile", "--receipt", str(departure.pk))
    assert "taste vectors g1" in capsys.readouterr().out
    call_command("reconcile", "--receipt", str(departure.pk), "--json")
    assert not any(json.loads(capsys.readouterr().out).values())


def test_a_departure_that_is_not_carried_out_has_no_receipt(pair):
    departure = departures.leave(user=pair.ana)
    for receipt in (departure.pk, "00000000-0000-0000-0000-000000000000"):
        with pytest.raises(CommandError, match="no receipt"):
            call_command("reconcile", "--receipt", str(receipt))


class TestApple:
    """Apple is told first, and an Apple that is away is asked again."""

    @pytest.fixture
    def member(self, issuer):
        issuer.person = {"sub": "subject-1", "email": "ana@icloud.com"}
        redeem(sign_in(Client(), "apple")["code"])
        return User.objects.get()

    def test_the_consent_is_revoked(self, issuer, member):
        leave_at_once(member)
        assert issuer.revoked == []
        assert erasing.erase_due() == 1
        assert issuer.revoked == ["apple-refresh"]

    def test_an_apple_that_is_away_is_asked_again(self, issuer, member, settings):
        departure = leave_at_once(member)
        there = settings.SOCIALACCOUNT_PROVIDERS
        settings.SOCIALACCOUNT_PROVIDERS = away(there)
        assert erasing.erase_due() == 0
        assert User.objects.exists()
        departure.refresh_from_db()
        assert departure.due_at > timezone.now() + erasing.PAUSE - timedelta(minutes=1)
        assert erasing.erase_due() == 0
        settings.SOCIALACCOUNT_PROVIDERS = there
        Departure.objects.update(due_at=timezone.now())
        assert erasing.erase_due() == 1
        assert issuer.revoked == ["apple-refresh"]

    @pytest.mark.parametrize("key", [None, "", "no key"])
    def test_after_a_day_the_erasure_waits_no_longer(self, issuer, member, settings, key):
        """Neither for an Apple that is away nor for a key of ours that signs nothing."""
        leave_at_once(member)
        providers = settings.SOCIALACCOUNT_PROVIDERS
        settings.SOCIALACCOUNT_PROVIDERS = (
            away(providers) if key is None else with_key(providers, key)
        )
        Departure.objects.update(attempts=erasing.MAX_ATTEMPTS)
        assert erasing.erase_due() == 1
        assert Departure.objects.get().removed["not_revoked"] == ["apple"]
        assert not User.objects.exists()


def with_key(providers, key):
    """The providers, with this key to sign what Apple is asked."""
    apps = [
        {**app, "settings": {**app["settings"], "certificate_key": key}}
        for app in providers["apple"]["APPS"]
    ]
    return {**providers, "apple": {**providers["apple"], "APPS": apps}}


def away(providers):
    """The providers, with an Apple that answers nobody."""
    apple = {**providers["apple"], "REVOKE_URL": "http://127.0.0.1:1/revoke"}
    return {**providers, "apple": apple}


def test_an_export_that_waits_is_not_made_any_more(pair, mailoutbox):
    live(pair)
    leave_at_once(pair.ana)
    erasing.erase_due()
    before = len(mailoutbox)
    assert make_exports() == 0
    assert not Export.objects.exists()
    assert len(mailoutbox) == before


def test_who_is_gone_otherwise_stops_nobody(pair, drain):
    stranger = make_user()
    departures.leave(user=stranger)
    stranger.delete()
    leave_at_once(pair.ana)
    assert erasing.erase_due() == 2


def test_a_film_is_told_that_a_tag_is_gone(pair, drain):
    """Its vector is made of its text, and its tags are part of that."""
    live(pair)
    drain()
    leave_at_once(pair.ana)
    erasing.erase_due()
    told = Message.objects.filter(topic="movies.movie", destination="vectors")
    assert told.get().key == str(pair.film.pk)
