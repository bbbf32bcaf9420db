# Shared by the scripts in this folder: `. "$(dirname "$0")/lib.sh"`. Changes to the root of the work tree.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT"
L=$ROOT/.local
V=$L/venv
CONF=$L/odoo.conf
FILESTORE=$L/data/filestore
ADDONS=gb_callcenter,gb_ticket,gb_ivr_bridge,gb_campaign
export PYTHONDONTWRITEBYTECODE=${PYTHONDONTWRITEBYTECODE-}

have() { command -v "$1" >/dev/null 2>&1; }
note() { printf '%s\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# Sets everything up when something has changed, and knows where things are: PGHOST, ODOO_SRC.
need_setup() {
    "$ROOT/scripts/setup.sh" >&2
    # shellcheck source=/dev/null
    . "$L/env.sh"
}

# The addons of this repository that are there, by comma.
our_addons() {
    local a out=()
    for a in ${ADDONS//,/ }; do [ -e "addons/$a/__manifest__.py" ] && out+=("$a"); done
    [ ${#out[@]} -gt 0 ] || die "no addon in $ROOT/addons"
    (IFS=,; echo "${out[*]}")
}

# sum over tracked and new files below the paths given, of what Odoo stores in a database at installation
addons_sum() {
    git ls-files -z -co --exclude-standard -- addons |
        grep -zvE '/(tests/[^/]*\.py|connector/.*|connector_tests/.*|readme/.*|[^/]*\.md)$|/tests/(data|fixtures)/' |
        sort -zu | while IFS= read -r -d '' f; do [ ! -f "$f" ] || printf '%s\0' "$f"; done |
        xargs -0r sha1sum | sha1sum | cut -c1-10
}

db_exists() { [ "$(psql -XAtd postgres -c "select 1 from pg_database where datname='$1'")" = 1 ]; }

drop_db() {
    psql -Xqd postgres -c "alter database \"$1\" with is_template false" >/dev/null 2>&1 || true
    dropdb --if-exists --force "$1" 2>/dev/null || true
    rm -rf "${FILESTORE:?}/$1"
}

# the files are shared by hard links: Odoo only ever adds or removes files of a filestore
clone_db() {
    createdb -T "$1" "$2"
    rm -rf "${FILESTORE:?}/$2"
    [ ! -d "$FILESTORE/$1" ] || cp -al "$FILESTORE/$1" "$FILESTORE/$2"
}

# when a process started, in ticks since boot: tells a recycled pid
started() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }

# a process of ours, by pid file: running PIDFILE
running() {
    [ -s "$1" ] && kill -0 "$(cat "$1")" 2>/dev/null && [ "$(started "$(cat "$1")")" = "$(cat "$1.start" 2>/dev/null)" ]
}

# ends the process (and its group, when it leads one) in PIDFILE
stop_pid() {
    local pid i
    [ -s "$1" ] || return 0
    pid=$(cat "$1")
    if running "$1"; then
        kill -TERM -- "-$pid" 2>/dev/null || kill -TERM "$pid" 2>/dev/null || true
        for i in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
        kill -KILL -- "-$pid" 2>/dev/null || kill -KILL "$pid" 2>/dev/null || true
    fi
    rm -f "$1" "$1.start"
}

# start_bg PIDFILE LOG COMMAND...: in its own process group
start_bg() {
    local f=$1 log=$2; shift 2
    mkdir -p "${f%/*}" "${log%/*}"
    setsid "$@" >>"$log" 2>&1 </dev/null &
    echo $! >"$f"
    started $! >"$f.start"
}

port_used() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# wait_http URL SECONDS PIDFILE
wait_http() {
    local i
    for i in $(seq $(($2 * 4))); do
        "$V/bin/python" - "$1" <<'PY' 2>/dev/null && return 0
import sys, urllib.request
sys.exit(urllib.request.urlopen(sys.argv[1], timeout=20).status != 200)
PY
        running "$3" || return 1
        sleep 0.25
    done
    return 1
}
