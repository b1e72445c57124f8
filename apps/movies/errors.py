"""What can be wrong about films and opinions."""

from apps.common.errors import NotFound


class UnknownMovie(NotFound):
    """There is no film with this id."""

    code = "unknown_movie"


class UnknownPerson(NotFound):
    """There is no person with this id."""

    code = "unknown_person"
