#!/bin/sh
# Runs once, on an empty volume: the role of the application, which owns its database and no more.
#
# Its settings are here because PgBouncer takes none from a client (`options` is ignored there).
# The same three are in platform/config/settings/base.py for who connects directly.
set -eu
psql --username "$POSTGRES_USER" --dbname postgres --set ON_ERROR_STOP=1 \
    --set password="$CINEMESH_PASSWORD" <<'SQL'
CREATE ROLE cinemesh LOGIN PASSWORD :'password';
CREATE DATABASE cinemesh OWNER cinemesh;
ALTER ROLE cinemesh SET pg_trgm.word_similarity_threshold = 0.45;
ALTER ROLE cinemesh SET statement_timeout = '30s';
ALTER ROLE cinemesh SET plan_cache_mode = 'force_generic_plan';
SQL
