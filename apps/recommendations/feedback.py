"""What members do about what they are shown: one function per action, one transaction each."""

from django.db import transaction

from apps.movies.models import Movie
from apps.recommendations.models import Dismissal, Reaction
from apps.recommendations.slates import react
from apps.users.models import User


@transaction.atomic
def dismiss_movie(*, user: User, movie: Movie) -> Dismissal:
    """Never show a member this film again. A second call changes nothing."""
    dismissal, created = Dismissal.objects.select_related("movie").get_or_create(
        user=user, movie=movie
    )
    if created:
        react(Reaction.Kind.DISMISSAL, [(user.pk, movie.pk)])
    return dismissal


@transaction.atomic
def restore_movie(*, user: User, movie: Movie) -> None:
    """Take a dismissal back, from the slate that it was noted against too.

    A film that was not dismissed is no error.
    """
    Dismissal.objects.filter(user=user, movie=movie).delete()
    dismissed = Reaction.objects.filter(kind=Reaction.Kind.DISMISSAL, slate__user=user, movie=movie)
    dismissed.delete()
