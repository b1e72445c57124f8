"""Cursors: sealed, each for one listing, and good after the secret was changed."""

import base64

import pytest

from apps.common.api.pagination import decode_cursor, encode_cursor
from apps.common.errors import InvalidInput

HIDDEN = (1_700_000_000_000_000, "rating:517:4242")


def opened(cursor: str) -> bytes:
    return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))


def test_a_cursor_comes_back_as_it_went() -> None:
    cursor = encode_cursor("feed", HIDDEN)
    assert decode_cursor("feed", cursor) == [*HIDDEN]
    assert encode_cursor("feed", HIDDEN) == cursor
    assert decode_cursor("feed", None) is decode_cursor("feed", "") is None


def test_a_cursor_shows_nothing_of_where_it_stands() -> None:
    content = opened(encode_cursor("feed", HIDDEN))
    assert not any(part in content for part in (b"rating", b"517", b"4242", b"17000"))


@pytest.mark.parametrize("change", ["x", "AAAA", "ü", "\u0000", "=" * 9, "a" * 2000])
def test_what_we_have_not_sealed_is_refused(change: str) -> None:
    with pytest.raises(InvalidInput):
        decode_cursor("feed", change)


def test_no_byte_of_it_can_be_changed() -> None:
    sealed = bytearray(opened(encode_cursor("feed", HIDDEN)))
    for place in range(len(sealed)):
        forged = sealed.copy()
        forged[place] ^= 1
        with pytest.raises(InvalidInput):
            decode_cursor("feed", base64.urlsafe_b64encode(forged).decode())


def test_it_is_of_no_use_in_another_listing() -> None:
    with pytest.raises(InvalidInput):
        decode_cursor("followers 1", encode_cursor("followers 2", HIDDEN))


def test_it_outlives_its_secret_while_that_is_a_fallback(settings) -> None:
    cursor = encode_cursor("feed", HIDDEN)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-secret"
    assert decode_cursor("feed", cursor) == [*HIDDEN]
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(InvalidInput):
        decode_cursor("feed", cursor)
