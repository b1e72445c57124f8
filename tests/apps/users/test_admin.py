"""Django's admin for people: its pages open, and what it creates goes through the actions."""

import pytest
from django.test import Client
from django.urls import reverse

from apps.outbox.models import Message
from apps.users import actions
from apps.users.models import Block, Follow, User
from tests.factories import make_user

pytestmark = pytest.mark.django_db

PASSWORD = "correct-horse-battery"


@pytest.fixture
def operator():
    """A browser in which a superuser is signed in."""
    browser = Client()
    browser.force_login(make_user(is_staff=True, is_superuser=True))
    return browser


@pytest.fixture
def rows():
    """One row of each kind, by the model's name in the admin."""
    ana, bob, eve = make_user(), make_user(), make_user()
    return {
        "user": ana,
        "follow": actions.follow_user(follower=ana, followee=bob),
        "block": actions.block_user(blocker=ana, blocked=eve),
    }


def page(model, kind, *args):
    """The address of a page."""
    return reverse(f"admin:users_{model}_{kind}", args=args)


@pytest.mark.parametrize("model", ["user", "follow", "block"])
def test_the_pages_open(operator, rows, model):
    for url in (
        page(model, "changelist"),
        page(model, "changelist") + "?q=member",
        page(model, "add"),
        page(model, "change", rows[model].pk),
        page(model, "history", rows[model].pk),
    ):
        assert operator.get(url).status_code == 200, url


@pytest.mark.parametrize(
    "query",
    ["is_active__exact=1", "is_staff__exact=0", "visibility__exact=public", "is_sample__exact=0"],
)
def test_members_are_filtered(operator, query):
    assert operator.get(f"{page('user', 'changelist')}?{query}").status_code == 200


@pytest.mark.parametrize("model", ["user", "follow", "block"])
def test_a_list_costs_the_same_at_every_length(operator, rows, model, django_assert_num_queries):
    operator.get(page(model, "changelist"))
    for count in (0, 20):
        for _ in range(count):
            one, other = make_user(), make_user()
            actions.follow_user(follower=one, followee=other)
            Block.objects.create(blocker=one, blocked=other)
        with django_assert_num_queries(4):
            assert operator.get(page(model, "changelist")).status_code == 200


@pytest.mark.parametrize("model", ["user", "follow", "block"])
def test_nothing_is_deleted(operator, rows, model):
    assert operator.post(page(model, "delete", rows[model].pk), {"post": "yes"}).status_code == 403
    assert "delete_selected" not in operator.get(page(model, "changelist")).content.decode()


def test_a_member_is_added_by_the_action(operator):
    form = {"email": "New@Example.com", "password1": PASSWORD, "password2": PASSWORD}
    assert operator.post(page("user", "add"), {**form, "username": ""}).status_code == 302
    user = User.objects.get(email="new@example.com")
    assert user.username.startswith("member-")
    assert user.check_password(PASSWORD)
    assert Message.objects.filter(topic="users.member", key=str(user.pk)).count() == 3


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", "admin"),
        ("username", "a b"),
        ("username", "TAKEN-one"),
        ("email", "TAKEN-one@example.com"),
    ],
)
def test_a_member_with_a_bad_name_or_address_is_refused(operator, field, value):
    make_user("taken-one")
    form = {"email": "fine@example.com", "username": "fine-name"}
    form |= {"password1": PASSWORD, "password2": PASSWORD, field: value}
    answer = operator.post(page("user", "add"), form)
    assert answer.status_code == 200
    assert field in answer.context["adminform"].form.errors


def test_a_profile_and_rights_are_changed(operator):
    user = make_user(visibility="followers")
    ana = make_user()
    actions.follow_user(follower=ana, followee=user)
    Message.objects.all().delete()
    form = {"display_name": "Bob", "bio": "Films.", "visibility": "public", "is_staff": "on"}
    assert operator.post(page("user", "change", user.pk), form).status_code == 302
    user.refresh_from_db()
    assert (user.display_name, user.visibility, user.is_staff) == ("Bob", "public", True)
    assert Follow.objects.get(follower=ana).state == "accepted"
    assert Message.objects.filter(topic="users.member", key=str(user.pk)).exists()


def test_an_operator_who_is_no_superuser_gives_no_rights(rows):
    clerk = make_user(is_staff=True)
    browser = Client()
    browser.force_login(clerk)
    assert browser.get(page("user", "changelist")).status_code == 403


def test_a_follow_is_added_by_the_action(operator):
    ana, private = make_user(), make_user(visibility="followers")
    form = {"follower": ana.pk, "followee": private.pk}
    assert operator.post(page("follow", "add"), form).status_code == 302
    assert Follow.objects.get(follower=ana).state == "requested"
    assert Message.objects.filter(topic="users.follow", key=f"{ana.pk}:{private.pk}").count() == 2


def test_a_block_is_added_by_the_action(operator):
    ana, bob = make_user(), make_user()
    actions.follow_user(follower=bob, followee=ana)
    form = {"blocker": ana.pk, "blocked": bob.pk}
    assert operator.post(page("block", "add"), form).status_code == 302
    assert Block.objects.filter(blocker=ana, blocked=bob).exists()
    assert not Follow.objects.filter(follower=bob).exists()


def test_a_pair_that_cannot_be_is_refused(operator, rows):
    block = rows["block"]
    for model, form in (
        ("follow", {"follower": block.blocker_id, "followee": block.blocker_id}),
        ("follow", {"follower": block.blocked_id, "followee": block.blocker_id}),
        (
            "follow",
            {"follower": rows["follow"].follower_id, "followee": rows["follow"].followee_id},
        ),
        ("block", {"blocker": block.blocker_id, "blocked": block.blocker_id}),
        ("block", {"blocker": block.blocker_id, "blocked": block.blocked_id}),
        ("block", {"blocker": 0, "blocked": block.blocked_id}),
    ):
        answer = operator.post(page(model, "add"), form)
        assert answer.status_code == 200
        assert answer.context["adminform"].form.errors
