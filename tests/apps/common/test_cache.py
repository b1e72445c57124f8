"""The cache without Valkey: misses at once, and accounts that still work."""

import socket
import time

import pytest
from django.core.cache import cache

from apps.common.cache import breaker
from tests.apps.users.sessions import call, log_in, make_account, sign_up


@pytest.fixture(params=["refuses", "silent"])
def dead_valkey(request, settings, visitors_wait):
    """Cache settings that name a port where nobody listens, or where somebody never answers."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    if request.param == "silent":
        listener.listen(64)
    location = f"redis://127.0.0.1:{listener.getsockname()[1]}/0"
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": location}}
    breaker.succeeded()
    yield
    listener.close()
    breaker.succeeded()


def test_with_valkey_it_is_a_cache(db):
    breaker.succeeded()
    cache.set("test:one", {"a": 1}, 60)
    assert cache.get("test:one") == {"a": 1}
    assert cache.get_many(["test:one", "test:none"]) == {"test:one": {"a": 1}}
    assert cache.add("test:one", 2) is False
    assert cache.touch("test:one", 30) is True
    assert cache.has_key("test:one")
    cache.set("test:count", 1)
    assert cache.incr("test:count") == 2
    assert cache.set_many({"test:two": 2}) == []
    cache.delete_many(["test:two"])
    assert cache.delete("test:one") is True
    assert cache.get("test:one", "gone") == "gone"
    with pytest.raises(ValueError, match="not found"):
        cache.incr("test:absent")


def test_without_valkey_every_call_is_a_miss(dead_valkey):
    started = time.monotonic()
    assert cache.add("key", 1) is True
    assert cache.get("key", "default") == "default"
    cache.set("key", 1)
    assert cache.touch("key") is False
    assert cache.delete("key") is False
    assert cache.get_many(["key"]) == {}
    assert cache.has_key("key") is False
    assert cache.incr("key", 3) == 3
    assert cache.set_many({"key": 1}) == ["key"]
    cache.delete_many(["key"])
    cache.clear()
    assert time.monotonic() - started < 1.0


@pytest.mark.django_db
def test_without_valkey_people_sign_up_and_log_in(dead_valkey, settings, mailoutbox):
    settings.ACCOUNT_RATE_LIMITS = {}
    started = time.monotonic()
    assert "access_token" in make_account("offline@example.com", mailoutbox)
    assert log_in("offline@example.com", "wrong-password").status_code == 400
    assert call("/auth/password/request", {"email": "offline@example.com"}).status_code == 200
    assert time.monotonic() - started < 5.0


@pytest.mark.django_db
def test_with_valkey_attempts_are_limited(settings):
    breaker.succeeded()
    settings.ACCOUNT_RATE_LIMITS = {"signup": "2/m/ip"}
    answers = [sign_up(f"many-{number}@example.com").status_code for number in range(3)]
    cache.clear()
    assert answers == [401, 401, 429]
