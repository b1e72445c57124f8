"""What title and name search stand on: trigrams, and text without accents and case."""

from django.contrib.postgres.operations import (
    BtreeGinExtension,
    TrigramExtension,
    UnaccentExtension,
)
from django.db import migrations

CREATE_PLAIN = """
CREATE FUNCTION cinemesh_plain(value text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN lower(public.unaccent('public.unaccent', value))
"""


class Migration(migrations.Migration):
    """The function is marked immutable, as a generated column needs; the dictionary is pinned."""

    initial = True
    operations = [
        TrigramExtension(),
        UnaccentExtension(),
        BtreeGinExtension(),
        migrations.RunSQL(CREATE_PLAIN, "DROP FUNCTION cinemesh_plain(text)"),
    ]
