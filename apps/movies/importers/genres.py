"""How the genre labels of Wikipedia articles map to MovieLens' genres."""

MOVIELENS_GENRES = (
    "Action",
    "Adventure",
    "Animation",
    "Children",
    "Comedy",
    "Crime",
    "Documentary",
    "Drama",
    "Fantasy",
    "Film-Noir",
    "Horror",
    "IMAX",
    "Musical",
    "Mystery",
    "Romance",
    "Sci-Fi",
    "Thriller",
    "War",
    "Western",
)
"""The nineteen named genres; MovieLens' twentieth, "(no genres listed)", is the empty list here."""

_WORDS: dict[str, tuple[str, ...]] = {
    "action": ("Action",),
    "adventure": ("Adventure",),
    "animated": ("Animation",),
    "animation": ("Animation",),
    "anime": ("Animation",),
    "biblical": ("Drama",),
    "biographical": ("Drama",),
    "biography": ("Drama",),
    "biopic": ("Drama",),
    "children": ("Children",),
    "comedic": ("Comedy",),
    "comedy": ("Comedy",),
    "com": ("Comedy",),
    "crime": ("Crime",),
    "detective": ("Crime", "Mystery"),
    "docudrama": ("Documentary", "Drama"),
    "documentary": ("Documentary",),
    "dram": ("Drama",),
    "drama": ("Drama",),
    "dramatic": ("Drama",),
    "dramedy": ("Comedy", "Drama"),
    "espionage": ("Thriller",),
    "family": ("Children",),
    "fantasy": ("Fantasy",),
    "gangster": ("Crime",),
    "horror": ("Horror",),
    "legal": ("Drama",),
    "martial": ("Action",),
    "melodrama": ("Drama",),
    "mockumentary": ("Comedy",),
    "music": ("Musical",),
    "musical": ("Musical",),
    "mystery": ("Mystery",),
    "noir": ("Film-Noir",),
    "occult": ("Horror",),
    "operetta": ("Musical",),
    "pow": ("War",),
    "psy": ("Thriller",),
    "rom": ("Romance",),
    "romance": ("Romance",),
    "romantic": ("Romance",),
    "satire": ("Comedy",),
    "slapstick": ("Comedy",),
    "slasher": ("Horror",),
    "spoof": ("Comedy",),
    "spy": ("Thriller",),
    "superhero": ("Action",),
    "supernatural": ("Fantasy",),
    "suspense": ("Thriller",),
    "swashbuckler": ("Adventure",),
    "thriller": ("Thriller",),
    "tragic": ("Drama",),
    "war": ("War",),
    "western": ("Western",),
    "ww1": ("War",),
}
_SCI_FI = ("science fiction", "science-fiction", "sci-fi")


def movielens_genres(label: str) -> tuple[str, ...]:
    """The MovieLens genres that one label names, sorted; empty when the label is not a genre.

    >>> movielens_genres("Romantic Comedy")
    ('Comedy', 'Romance')
    >>> movielens_genres("Silent")
    ()
    """
    text = label.lower()
    found: set[str] = set()
    for phrase in _SCI_FI:
        if phrase in text:
            found.add("Sci-Fi")
            text = text.replace(phrase, " ")
    for word in text.replace("-", " ").replace("–", " ").split():
        found.update(_WORDS.get(word, ()))
    if "world war" in label.lower():
        found.add("War")
    return tuple(sorted(found))
