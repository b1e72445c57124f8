"""Each guard is needed: without it the schedule that is named beside it fails."""

from collections.abc import Callable

import pytest

from tests.faults import test_zombies as schedules
from tests.faults.eyes import Eyes
from tests.faults.mutants import guards
from tests.faults.mutants.guards import Mutant

Schedule = Callable[[Eyes], None]

NEEDED: list[tuple[Mutant, Schedule]] = [
    (guards.no_fence_in_the_graph, schedules.test_late_puts_do_not_replace_what_is_newer),
    (guards.no_fence_in_the_vectors, schedules.test_late_puts_do_not_replace_what_is_newer),
    (
        guards.no_fence_in_the_timelines,
        schedules.test_late_puts_do_not_bring_back_what_was_taken_back,
    ),
    (
        guards.no_tombstone_in_the_graph,
        schedules.test_late_puts_do_not_bring_back_what_was_taken_back,
    ),
    (
        guards.no_tombstone_in_the_vectors,
        schedules.test_who_is_deleted_leaves_an_id_and_a_fence_and_nothing_else,
    ),
    (
        guards.no_lock_of_the_owner,
        schedules.test_batches_of_edges_that_overlap_leave_no_stale_edge,
    ),
    (guards.deletes_by_key, schedules.test_what_is_published_during_a_delivery_survives_it),
    (
        guards.polls_by_id,
        schedules.test_writers_that_commit_in_another_order_are_all_delivered,
    ),
    (
        guards.deletes_before_the_store_answered,
        schedules.test_a_delivery_that_dies_before_its_store_answered_is_made_again,
    ),
    (
        guards.publishes_in_an_earlier_transaction,
        schedules.test_writers_that_commit_in_another_order_are_all_delivered,
    ),
]


@pytest.mark.parametrize(
    ("mutant", "schedule"), [pytest.param(*pair, id=pair[0].__name__) for pair in NEEDED]
)
def test_without_its_guard_the_schedule_fails(
    mutant: Mutant, schedule: Schedule, eyes: Eyes
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        mutant(patch)
        with pytest.raises(AssertionError) as caught:
            schedule(eyes)
    print(caught.value)
