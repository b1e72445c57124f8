"""Who gets what from every route: each cell of `matrix.txt` is asked for.

A row says, for each viewer, the status and which of the owner's marks the answer shows.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import transaction

from apps.users.actions import update_profile
from tests.access.routes import Route, pages, specified
from tests.access.world import LEVELS, VIEWERS, World, make_world, marks_in

pytestmark = pytest.mark.django_db

TABLE = Path(__file__).with_name("matrix.txt")

OWNER = VIEWERS.index("owner")

Row = tuple[str, ...]


def rows() -> dict[tuple[Route, str], Row]:
    """The cells of the table by route and level."""
    found: dict[tuple[Route, str], Row] = {}
    prefix = ""
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("= "):
            prefix = line[2:].strip()
        elif line and not line.startswith("#"):
            method, path, level, *cells = line.split()
            key = ((method, prefix + path.lstrip("/")), level)
            assert key not in found, f"two rows: {line}"
            assert len(cells) == len(VIEWERS), line
            found[key] = tuple(cells)
    return found


def written(route: Route, level: str, cells: Row) -> str:
    """A row as it stands in the table, but for the section's prefix."""
    method, path = route
    return f"{method:6} {path:46} {level:9} {' '.join(f'{cell:8}' for cell in cells)}".rstrip()


@pytest.fixture
def world(media: Path, drain: Callable[[], int]) -> World:
    made = make_world()
    drain()
    return made


def cell(world: World, viewer: str, route: Route) -> str:
    """What one viewer gets; nothing of it stays."""
    with transaction.atomic():
        answer = world.ask(viewer, route)
        found = f"{answer.status_code}:{marks_in(answer)}".rstrip(":")
        transaction.set_rollback(True)
    return found


def test_every_cell_is_as_the_table_says(world: World) -> None:
    different = []
    for (route, level), expected in rows().items():
        with transaction.atomic():
            update_profile(user=world.owner, **LEVELS["public" if level == "-" else level])
            found = tuple(cell(world, viewer, route) for viewer in VIEWERS)
            transaction.set_rollback(True)
        if found != expected:
            different += [f"table: {written(route, level, expected)}"]
            different += [f"found: {written(route, level, found)}"]
    assert not different, "\n" + "\n".join(different)


def test_every_route_has_a_row() -> None:
    missing = {*specified(), *pages()} - {route for route, _ in rows()}
    assert not missing, "\n" + "\n".join(f"{method} {path}" for method, path in sorted(missing))


def test_a_route_that_shows_the_owner_to_others_has_a_row_of_each_level() -> None:
    """Whatever the answer shows must be seen to go when the owner shows less."""
    table = rows()
    levels: dict[Route, set[str]] = {}
    for route, level in table:
        levels.setdefault(route, set()).add(level)
    shown = {
        route
        for (route, _), cells in table.items()
        if any(
            ":" in cell for viewer, cell in zip(VIEWERS, cells, strict=True) if viewer != "owner"
        )
    }
    assert all(levels[route] == {*LEVELS} for route in shown)


def test_no_row_is_of_a_route_that_is_gone() -> None:
    assert {route for route, _ in rows()} <= {*specified(), *pages()}
