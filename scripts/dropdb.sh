#!/usr/bin/env bash
# dropdb.sh NAME…: drops databases with their files.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_setup
for name in "$@"; do drop_db "$name"; done
