"""The sequence that fences are drawn from, and the epoch that stands above it."""

from django.db import migrations


class Migration(migrations.Migration):
    """CACHE 1: with a larger cache each connection would hand out its own, older numbers."""

    dependencies = [("outbox", "0001_ledger")]
    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE outbox_fence_sequence AS bigint CACHE 1",
            "DROP SEQUENCE outbox_fence_sequence",
        ),
        migrations.RunSQL(
            "INSERT INTO outbox_epoch (id, number) VALUES (1, 0)",
            "DELETE FROM outbox_epoch",
        ),
        migrations.RunSQL(
            "ALTER TABLE outbox_message SET (autovacuum_vacuum_scale_factor = 0,"
            " autovacuum_vacuum_threshold = 1000)",
            "ALTER TABLE outbox_message RESET (autovacuum_vacuum_scale_factor,"
            " autovacuum_vacuum_threshold)",
        ),
    ]
