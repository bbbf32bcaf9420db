#!/usr/bin/env bash
# run.sh [fg|up|down|pbx|shell|call …]: the demo on this machine, see `make help`.
#   PORT=8069     where Odoo listens        DB=gb_demo   the demo database (made on the first run)
#   PBX=0         without Asterisk and connector
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
PORT=${PORT:-8069}
DB=${DB:-gb_demo}
RUN=$L/run
PIDS=$RUN/odoo-$DB.pid
URL=http://localhost:$PORT
MODE=${1:-fg}
[ $# = 0 ] || shift

# What scripts/pbx_up.sh and scripts/call.sh are told; both connector and Odoo sign with GB_SECRET.
pbx_env() {
    export ODOO_URL=http://127.0.0.1:$PORT GB_PROVIDER=${GB_PROVIDER:-asterisk} CONNECTOR_PORT=${CONNECTOR_PORT:-8799} PYTHON=$V/bin/python
    if [ -z "${PBX_DIR-}" ]; then
        PBX_DIR=$RUN/pbx
        # a unix socket's path is limited to 107 bytes
        [ ${#PBX_DIR} -le 80 ] || PBX_DIR=/tmp/gb-pbx-$(id -u)-$(printf %s "$ROOT" | cksum | cut -d' ' -f1)
    fi
    export PBX_DIR
    if [ -z "${GB_SECRET-}" ]; then
        [ -s "$RUN/secret" ] || (umask 077 && "$V/bin/python" -c 'import secrets; print(secrets.token_hex(32))' >"$RUN/secret")
        GB_SECRET=$(cat "$RUN/secret")
    fi
    export GB_SECRET
}
with_pbx() { [ "${PBX:-1}" != 0 ] && [ -x scripts/pbx_up.sh ]; }

# the database: made once, brought up to date when the addons have changed
prepare_db() {
    local ours sum
    ours=$(our_addons)
    sum=$(addons_sum)
    if ! db_exists "$DB"; then
        note "making the demo database $DB"
        scripts/newdb.sh "$DB" --demo
    elif [ "$(cat "$RUN/$DB.sum" 2>/dev/null)" != "$sum" ]; then
        note "bringing $DB up to date with the addons (log: .local/run/update.log)"
        "$V/bin/odoo" -c "$CONF" -d "$DB" -u "$ours" -i "$ours" --stop-after-init --no-http >"$RUN/update.log" 2>&1 ||
            { tail -30 "$RUN/update.log" >&2; die "the update failed; 'make clean-demo' drops the demo database"; }
    fi
    echo "$sum" >"$RUN/$DB.sum"
    if with_pbx; then
        pbx_env
        # the demo's provider for Asterisk gets the secret and the connector's address
        [ "$(cat "$RUN/$DB.wired" 2>/dev/null)" = "$GB_PROVIDER $CONNECTOR_PORT ${PBX_HTTP:-8088} $GB_SECRET" ] || {
            "$V/bin/odoo" shell -c "$CONF" -d "$DB" --no-http --log-level=error <scripts/wire_provider.py >"$RUN/wire.log" 2>&1 ||
                { tail -20 "$RUN/wire.log" >&2; die "the telephony provider could not be set up (.local/run/wire.log)"; }
            (umask 077 && echo "$GB_PROVIDER $CONNECTOR_PORT ${PBX_HTTP:-8088} $GB_SECRET" >"$RUN/$DB.wired")
        }
    fi
}
start_odoo() {
    if running "$PIDS"; then note "Odoo runs already (.local/run/odoo-$DB.log)"; return; fi
    ! port_used "$PORT" || die "port $PORT is in use: PORT=8070 make ${MODE/fg/run}"
    start_bg "$PIDS" "$RUN/odoo-$DB.log" "$V/bin/odoo" -c "$CONF" -d "$DB" --db-filter="^$DB\$" --http-port="$PORT"
    wait_http "$URL/web/login" 120 "$PIDS" || { tail -30 "$RUN/odoo-$DB.log" >&2; stop_pid "$PIDS"; die "Odoo did not start (.local/run/odoo-$DB.log)"; }
}
start_pbx() {
    with_pbx || return 0
    pbx_env
    scripts/pbx_up.sh start || die "the PBX did not start (logs in $PBX_DIR); PBX=0 leaves it out"
}
stop_all() {
    if [ -x scripts/pbx_up.sh ] && [ -x "$V/bin/python" ]; then
        pbx_env
        [ ! -d "$PBX_DIR" ] || scripts/pbx_up.sh stop || true
    fi
    stop_pid "$PIDS"
}
banner() {
    cat <<TEXT

  GB Call Centre    $URL    (database $DB)

  sign in as        agent1 … agent4   agents
                    lead              team lead
                    inspector         quality inspector
                    analyst           analyst
                    manager           manager
                    admin             administrator
                    The password is the same word. All but admin see Chinese first (Preferences > Language).
TEXT
    if with_pbx; then
        cat <<TEXT

  ring              make call         a customer rings hotline 8000
                    make call NUMBER=8001 CALLER=13912345678   (CALLER= withholds it)
                    Sign an agent in on screen first; the seats' telephones answer by themselves.
                    Seat "Browser": you talk with the headset of this computer.
TEXT
    else
        printf '\n  ring              no PBX here: "Simulate incoming call" in the seat panel\n'
    fi
    printf '\n'
}

case $MODE in
fg | run)
    need_setup
    t0=$SECONDS
    trap 'trap - INT TERM EXIT; echo; echo "stopping"; [ -z "${tail_pid-}" ] || kill "$tail_pid" 2>/dev/null || true; stop_all' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    prepare_db
    start_odoo
    start_pbx
    banner
    echo "started in $((SECONDS - t0)) s; Ctrl-C stops it. Log: .local/run/odoo-$DB.log"
    tail -n0 -F "$RUN/odoo-$DB.log" &
    tail_pid=$!
    while running "$PIDS"; do sleep 1 & wait $!; done
    die "Odoo has ended (.local/run/odoo-$DB.log)"
    ;;
up)
    need_setup
    prepare_db
    start_odoo
    start_pbx
    banner
    ;;
down)
    stop_all
    echo "stopped"
    ;;
pbx)
    need_setup
    [ "${PBX:-1}" != 0 ] || die "PBX=0"
    prepare_db
    start_pbx
    ;;
call)
    need_setup
    with_pbx || die "no PBX here"
    pbx_env
    exec scripts/call.sh "${CALLER-13800138000}" "${NUMBER:-8000}" "${SECONDS_TALKING:-20}"
    ;;
shell)
    need_setup
    db_exists "$DB" || prepare_db
    exec "$V/bin/odoo" shell -c "$CONF" -d "$DB" --no-http --log-level=warn
    ;;
*) die "run.sh: unknown mode $MODE" ;;
esac
