"""The demo member, whatever was there before."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command

from apps.users.models import User
from tests.factories import make_user

pytestmark = pytest.mark.django_db

EMAIL = "demo@example.com"


def create_demo(**options: Any) -> str:
    out = StringIO()
    call_command(
        "create_demo",
        **{"email": EMAIL, "username": "demo", "password": "first"} | options,
        stdout=out,
    )
    return out.getvalue()


def test_demo_member_is_a_verified_operator() -> None:
    assert create_demo() == f"{EMAIL} (demo): made\n"
    demo = User.objects.get(username="demo")
    assert (demo.email, demo.is_staff, demo.is_superuser) == (EMAIL, True, True)
    assert demo.check_password("first")
    address = EmailAddress.objects.get(user=demo)
    assert (address.email, address.verified, address.primary) == (EMAIL, True, True)


def test_second_call_gives_the_password_again() -> None:
    create_demo()
    assert create_demo(password="second") == f"{EMAIL} (demo): was there\n"
    assert User.objects.get(email=EMAIL).check_password("second")
    assert EmailAddress.objects.filter(user__email=EMAIL).count() == 1


def test_same_password_ends_no_session() -> None:
    create_demo()
    before = User.objects.get(email=EMAIL).get_session_auth_hash()
    create_demo()
    assert User.objects.get(email=EMAIL).get_session_auth_hash() == before


def test_member_who_has_the_address_becomes_the_operator() -> None:
    member = make_user("somebody", email=EMAIL)
    EmailAddress.objects.create(user=member, email="old@example.com", primary=True)
    create_demo(email=EMAIL.upper())
    member.refresh_from_db()
    assert (member.username, member.is_staff) == ("somebody", True)
    assert [row.email for row in EmailAddress.objects.filter(user=member, primary=True)] == [EMAIL]


def test_password_comes_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_text("from a file\nsecond line\n", encoding="utf-8")
    create_demo(password=None, password_file=path)
    assert User.objects.get(email=EMAIL).check_password("from a file")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"email": "nobody"}, "'nobody' is not an e-mail address"),
        ({"username": "Me"}, "A username has 3 to 30"),
        ({"username": "taken"}, "This username is taken"),
        ({"password": None, "password_file": Path("/nowhere/at/all")}, "cannot be read"),
        ({"password": None, "password_file": Path("/dev/null")}, "The password is empty"),
    ],
)
def test_bad_arguments_are_refused_with_a_sentence(options: dict[str, Any], said: str) -> None:
    make_user("taken")
    with pytest.raises(CommandError, match=said):
        create_demo(**options)
    assert not User.objects.filter(email=EMAIL).exists()
