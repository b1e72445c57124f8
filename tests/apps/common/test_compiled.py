"""SQL that the ORM makes once runs with the values of each run."""

import pytest
from django.db.models import Q

from apps.common.compiled import compiled, given, given_ids
from apps.users.models import User
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def test_each_run_brings_its_values_and_keeps_those_that_never_change() -> None:
    ana, ben, cat = make_user("ana"), make_user("ben"), make_user("cat")
    known = Q(username__in=["ana", "ben", "cat"], is_active=True)
    wanted = known & Q(pk__in=given_ids("ids")) & ~Q(pk=given("without"))
    names = compiled(User.objects.filter(wanted).order_by("username").values_list("username"))
    ids = [ana.pk, ben.pk, cat.pk]
    assert names.rows(ids=ids, without=ben.pk) == [("ana",), ("cat",)]
    assert names.rows(ids=ids[:2], without=ana.pk) == [("ben",)]
    assert names.rows(ids=[], without=ana.pk) == []
    User.objects.filter(pk=ben.pk).update(is_active=False)
    assert names.rows(ids=ids, without=ana.pk) == [("cat",)]


def test_a_value_is_never_read_as_a_pattern() -> None:
    make_user("ana")
    begin = compiled(User.objects.filter(username__startswith=given("text", "text")).values_list())
    assert len(begin.rows(text="an")) == 1
    assert begin.rows(text="%") == begin.rows(text="_na") == begin.rows(text="%s") == []
