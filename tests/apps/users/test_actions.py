"""The rules between people: each action, each refusal, and what the stores are told."""

import threading

import pytest
from django.db import IntegrityError, connection, transaction

from apps.outbox.models import Message
from apps.users import actions, errors, selectors
from apps.users.models import Block, Follow, User
from tests.factories import make_user
from tests.sessions import until_someone_waits

pytestmark = pytest.mark.django_db


def told(topic: str, *key: int) -> set[str]:
    """The destinations that wait for this fact."""
    rows = Message.objects.filter(topic=topic, key=":".join(map(str, key)))
    return set(rows.values_list("destination", flat=True))


def forget() -> None:
    """What was told so far no longer counts."""
    Message.objects.all().delete()


def state_of(follower: User, followee: User) -> str | None:
    return (
        Follow.objects.filter(follower=follower, followee=followee)
        .values_list("state", flat=True)
        .first()
    )


class TestCreateUser:
    def test_a_member_is_kept_in_lower_case_and_told(self):
        user = actions.create_user(email="Mixed@Example.com", username="Mixed_Case-1")
        assert (user.email, user.username) == ("mixed@example.com", "mixed_case-1")
        assert not user.has_usable_password()
        assert told("users.member", user.pk) == {"graph", "vectors", "feeds"}

    def test_a_neutral_name_is_not_made_from_the_address(self):
        user = actions.create_user(email="someone.real@example.com")
        assert user.username.startswith("member-")
        assert len(user.username) == len("member-") + 6

    @pytest.mark.parametrize(
        "name", ["ab", "a" * 31, "a b", "é" * 4, "a.b.c", "me", "ROOT", "abc\n"]
    )
    def test_refuses_a_name(self, name):
        with pytest.raises(errors.InvalidUsername):
            actions.create_user(email="refused@example.com", username=name)

    def test_refuses_a_taken_name(self):
        make_user("only-one")
        with pytest.raises(errors.UsernameTaken):
            actions.create_user(email="other@example.com", username="Only-One")

    def test_refuses_a_taken_address(self):
        actions.create_user(email="one@example.com")
        with pytest.raises(errors.EmailTaken):
            actions.create_user(email="ONE@example.com")

    def test_the_database_refuses_an_address_with_capitals(self):
        user = make_user()
        with pytest.raises(IntegrityError, match="user_email_lower_case"), transaction.atomic():
            User.objects.filter(pk=user.pk).update(email="Upper@example.com")


class TestUpdateProfile:
    def test_what_is_left_out_stays(self):
        user = make_user(display_name="Ana", bio="Films.")
        forget()
        changed = actions.update_profile(user=user, bio="Films!")
        assert (changed.display_name, changed.bio) == ("Ana", "Films!")
        assert told("users.member", user.pk)

    def test_the_name_changes_once(self):
        user = make_user()
        changed = actions.change_username(user=user, username="a-new-name")
        assert (changed.username, changed.username_changed) == ("a-new-name", True)
        with pytest.raises(errors.UsernameAlreadyChanged):
            actions.change_username(user=user, username="yet-another")

    def test_the_same_name_is_no_change(self):
        user = make_user()
        changed = actions.change_username(user=user, username=user.username.upper())
        assert not changed.username_changed

    def test_a_refused_name_changes_nothing_else(self):
        user, other = make_user(), make_user()
        for name in (other.username, "admin"):
            with pytest.raises((errors.UsernameTaken, errors.InvalidUsername)):
                actions.update_profile(user=user, bio="New.", username=name)
        user.refresh_from_db()
        assert (user.bio, user.username_changed) == ("", False)

    def test_going_public_accepts_the_requests(self):
        private, ana, bob = make_user(visibility="followers"), make_user(), make_user()
        for follower in (ana, bob):
            actions.follow_user(follower=follower, followee=private)
        forget()
        actions.update_profile(user=private, visibility="public")
        assert state_of(ana, private) == state_of(bob, private) == "accepted"
        assert told("users.follow", ana.pk, private.pk) == {"graph", "feeds"}

    def test_going_private_keeps_the_followers(self):
        user, ana = make_user(), make_user()
        actions.follow_user(follower=ana, followee=user)
        actions.update_profile(user=user, visibility="followers")
        assert state_of(ana, user) == "accepted"


class TestFollow:
    def test_a_public_profile_is_followed_at_once(self):
        ana, bob = make_user(), make_user()
        assert actions.follow_user(follower=ana, followee=bob).state == "accepted"
        assert told("users.follow", ana.pk, bob.pk) == {"graph", "feeds"}

    def test_a_second_call_changes_nothing_and_tells_nothing(self):
        ana, bob = make_user(), make_user()
        first = actions.follow_user(follower=ana, followee=bob)
        forget()
        assert actions.follow_user(follower=ana, followee=bob) == first
        assert told("users.follow", ana.pk, bob.pk) == set()

    def test_refuses_oneself_and_whom_one_blocks_and_who_blocks(self):
        ana, bob = make_user(), make_user()
        with pytest.raises(errors.CannotFollowSelf):
            actions.follow_user(follower=ana, followee=ana)
        actions.block_user(blocker=ana, blocked=bob)
        with pytest.raises(errors.BlockedByYou):
            actions.follow_user(follower=ana, followee=bob)
        with pytest.raises(errors.UnknownUser):
            actions.follow_user(follower=bob, followee=ana)

    def test_refuses_who_has_left_meanwhile(self):
        ana, gone = make_user(), make_user()
        User.objects.filter(pk=gone.pk).update(is_active=False)
        with pytest.raises(errors.UnknownUser):
            actions.follow_user(follower=ana, followee=gone)

    def test_unfollow_tells_only_when_there_was_a_follow(self):
        ana, bob = make_user(), make_user()
        actions.unfollow_user(follower=ana, followee=bob)
        assert told("users.follow", ana.pk, bob.pk) == set()
        actions.follow_user(follower=ana, followee=bob)
        forget()
        actions.unfollow_user(follower=ana, followee=bob)
        assert told("users.follow", ana.pk, bob.pk) == {"graph", "feeds"}
        assert state_of(ana, bob) is None


class TestRequests:
    def test_a_request_is_accepted_once(self):
        private, ana = make_user(visibility="followers"), make_user()
        assert actions.follow_user(follower=ana, followee=private).state == "requested"
        forget()
        assert actions.accept_follow(followee=private, follower=ana).state == "accepted"
        assert told("users.follow", ana.pk, private.pk) == {"graph", "feeds"}
        forget()
        assert actions.accept_follow(followee=private, follower=ana).state == "accepted"
        assert told("users.follow", ana.pk, private.pk) == set()

    def test_only_a_request_can_be_accepted(self):
        private, ana = make_user(visibility="followers"), make_user()
        with pytest.raises(errors.NoFollowRequest):
            actions.accept_follow(followee=private, follower=ana)

    def test_a_request_is_declined_and_may_come_again(self):
        private, ana = make_user(visibility="followers"), make_user()
        actions.follow_user(follower=ana, followee=private)
        forget()
        actions.decline_follow(followee=private, follower=ana)
        assert state_of(ana, private) is None
        assert told("users.follow", ana.pk, private.pk) == {"graph", "feeds"}
        assert actions.follow_user(follower=ana, followee=private).state == "requested"

    def test_declining_does_not_end_a_follow(self):
        bob, ana = make_user(), make_user()
        actions.follow_user(follower=ana, followee=bob)
        actions.decline_follow(followee=bob, follower=ana)
        assert state_of(ana, bob) == "accepted"


class TestBlock:
    def test_a_block_ends_both_follows_and_tells_both(self):
        ana, bob = make_user(), make_user()
        actions.follow_user(follower=ana, followee=bob)
        actions.follow_user(follower=bob, followee=ana)
        forget()
        actions.block_user(blocker=ana, blocked=bob)
        assert state_of(ana, bob) is state_of(bob, ana) is None
        assert told("users.follow", ana.pk, bob.pk) == {"graph", "feeds"}
        assert told("users.follow", bob.pk, ana.pk) == {"graph", "feeds"}

    def test_twice_is_the_same_and_oneself_is_refused(self):
        ana, bob = make_user(), make_user()
        first = actions.block_user(blocker=ana, blocked=bob)
        assert actions.block_user(blocker=ana, blocked=bob) == first
        with pytest.raises(errors.CannotBlockSelf):
            actions.block_user(blocker=ana, blocked=ana)

    def test_unblocking_does_not_bring_follows_back(self):
        ana, bob = make_user(), make_user()
        actions.follow_user(follower=bob, followee=ana)
        actions.block_user(blocker=ana, blocked=bob)
        actions.unblock_user(blocker=ana, blocked=bob)
        actions.unblock_user(blocker=ana, blocked=bob)
        assert not Block.objects.filter(blocker=ana).exists()
        assert state_of(bob, ana) is None


def test_deleting_a_member_tells_of_them_and_their_follows():
    ana, bob = make_user(), make_user()
    actions.follow_user(follower=ana, followee=bob)
    forget()
    keys = ana.pk, bob.pk
    actions.delete_user(user=ana)
    assert told("users.member", keys[0]) == {"graph", "vectors", "feeds"}
    assert told("users.follow", *keys) == {"graph", "feeds"}
    assert selectors.members([keys[0]]) == {}


@pytest.mark.django_db(transaction=True)
def test_a_request_that_meets_going_public_is_not_left_behind():
    private, ana = make_user(visibility="followers"), make_user()
    locked, answers = threading.Event(), []

    def follow() -> None:
        locked.wait(5)
        answers.append(actions.follow_user(follower=ana, followee=private).state)
        connection.close()

    thread = threading.Thread(target=follow)
    thread.start()
    with transaction.atomic():
        actions.update_profile(user=private, visibility="public")
        locked.set()
        until_someone_waits()
    thread.join(10)
    assert answers == ["accepted"]
