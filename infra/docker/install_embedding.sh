#!/bin/sh
# Installs requirements/embedding.lock: whole, or with torch from an index of CPU builds.
set -eu
lock=requirements/embedding.lock
if [ -z "${EMBEDDING_TORCH_INDEX:-}" ]; then
    exec uv pip install --require-hashes -r "$lock"
fi
# A block of the lock is a line that begins with a name, and the indented hashes below it.
awk '/^[a-z0-9]/ { keep = $0 !~ /^(torch==|triton==|nvidia-|cuda-)/ } keep' "$lock" >/tmp/rest.lock
torch=$(awk '/^torch==/ { print $1 }' "$lock")
uv pip install --no-deps --require-hashes -r /tmp/rest.lock
uv pip install --no-deps --index-url "$EMBEDDING_TORCH_INDEX" "$torch"
rm /tmp/rest.lock
