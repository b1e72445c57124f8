"""Who rated what when, as arrays."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from apps.recommendations.learning.ratings import Ids, age_of, newest_first

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Log:
    """Ratings, one a row, sorted by person and then newest first.

    Ratings of one second stand in an order that chance made: people rate many films in one second,
    and a file's order would tell the films' ids. `when` is in seconds.
    """

    person: Ids
    movie: Ids
    half_stars: Ids
    when: Ids

    @classmethod
    def of(cls, person: Ids, movie: Ids, half_stars: Ids, when: Ids) -> Self:
        """Ratings from columns in any order."""
        order = newest_first(person, movie, when)
        return cls(person[order], movie[order], half_stars[order], when[order])

    @property
    def age(self) -> Ids:
        """How many ratings of the same person are newer than each."""
        return age_of(np.unique(self.person, return_inverse=True)[1])

    def only(self, chosen: Mask) -> Self:
        """Those chosen."""
        columns = (self.person, self.movie, self.half_stars, self.when)
        return type(self)(*(column[chosen] for column in columns))

    def __len__(self) -> int:
        """How many ratings."""
        return len(self.person)
