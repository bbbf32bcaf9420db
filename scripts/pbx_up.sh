#!/usr/bin/env bash
# pbx_up.sh [start|stop|status] : a private Asterisk, the connector, and two phones (1001, 1002) that answer by themselves.
#   ODOO_URL (http://127.0.0.1:8069)   GB_PROVIDER (asterisk)   GB_SECRET (as in Odoo's provider record; needed for start)
#   PBX_DIR (/tmp/gb-pbx-<uid>, a short path)   PBX_SIP 5070  PBX_AMI 5038  PBX_HTTP 8088  PBX_RTP 20000
#   CONNECTOR_PORT 8799  ROUTE_PORT 8798  PYTHON python3   PHONES "1001 1002"   ANSWER_MS 4000   BROWSERS 1004
# "stop" ends exactly what "start" has started (by the process ids that it wrote).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd); root=$(dirname "$here")
dir=${PBX_DIR:-/tmp/gb-pbx-$(id -u)}; py=${PYTHON:-python3}
sip=${PBX_SIP:-5070} ami=${PBX_AMI:-5038} http=${PBX_HTTP:-8088} rtp=${PBX_RTP:-20000}
port=${CONNECTOR_PORT:-8799} route=${ROUTE_PORT:-8798}

# a pid file holds "<pid> <start time>": a number that another process has got since is left alone
started() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }
remember() { echo "$2 $(started "$2")" > "$dir/$1.pid"; }
running() { local pid at; [ -f "$dir/$1.pid" ] && read -r pid at < "$dir/$1.pid" && [ -n "$at" ] && [ "$(started "$pid")" = "$at" ] && echo "$pid"; }
end() {
    local pid; pid=$(running "$1") || { rm -f "$dir/$1.pid"; return 0; }
    kill "$pid" 2>/dev/null || true
    for _ in $(seq 100); do running "$1" >/dev/null || break; sleep 0.1; done
    pid=$(running "$1") && kill -9 "$pid" 2>/dev/null || true
    rm -f "$dir/$1.pid"
}
json() { "$py" -c 'import json,sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$1" "$2"; }

stop() {
    [ -d "$dir" ] || return 0
    for file in "$dir"/phone-*.pid; do [ -e "$file" ] && end "$(basename "$file" .pid)"; done
    end connector
    [ -f "$dir/settings.json" ] && "$py" "$here/pbx.py" stop "$dir"
    return 0
}

start() {
    : "${GB_SECRET:?GB_SECRET is needed: the secret of the provider record in Odoo}"
    mkdir -p "$dir"; chmod 700 "$dir"
    stop
    "$py" "$here/pbx.py" start "$dir" SIP="$sip" AMI="$ami" HTTP="$http" ROUTE="$route" RTP0="$rtp" RTP1=$((rtp + 999)) \
        TRUNK="127.0.0.2:$((sip + 20))" WEBRTC_SEATS="${BROWSERS-1004}"
    cat > "$dir/connector.toml" <<EOF
pbx = "gb"
[odoo]
url = "${ODOO_URL:-http://127.0.0.1:8069}"
provider = "${GB_PROVIDER:-asterisk}"
[ami]
port = $ami
[ari]
url = "http://127.0.0.1:$http/ari"
[files]
messages = "$dir/spool/recording"
queue_log = "$dir/log/queue_log"
cel = "$dir/log/cel-custom/gb_cel.csv"
recordings = "$dir/spool/monitor"
queues = "$dir/etc/queues_gb.conf"
[journal]
path = "$dir/journal.db"
[http]
port = $port
route_port = $route
EOF
    ( cd "$root/addons/gb_ivr_bridge"
      export GB_SECRET GB_AMI_SECRET GB_ARI_SECRET
      GB_AMI_SECRET=$(json "$dir/secrets" AMI_SECRET) GB_ARI_SECRET=$(json "$dir/secrets" ARI_SECRET)
      exec setsid "$py" -m connector --config "$dir/connector.toml" >> "$dir/connector.log" 2>&1 < /dev/null ) &
    remember connector $!
    for seat in ${PHONES-1001 1002}; do
        ip=127.0.1.$((seat % 200 + 10)) address=127.0.1.$((seat % 200 + 10)):$((sip + 1))
        setsid "$py" "$here/sipp.py" phone "127.0.0.1:$sip" "$address" "${ANSWER_MS:-4000}" > /dev/null 2>&1 < /dev/null &
        remember "phone-$seat" $!
        "$py" "$here/sipp.py" register "127.0.0.1:$sip" "$seat" "$(json "$dir/secrets" "$seat")" "$address"
    done
    for _ in $(seq 100); do
        "$py" -c 'import sys,urllib.request; urllib.request.urlopen(sys.argv[1], timeout=2)' "http://127.0.0.1:$port/health" 2>/dev/null && break
        running connector > /dev/null || { tail -5 "$dir/connector.log" >&2; exit 1; }
        sleep 0.1
    done
    echo "Asterisk: SIP 127.0.0.1:$sip, console: $here/pbx.py cli $dir; connector: http://127.0.0.1:$port/health; logs in $dir"
}

status() {
    "$py" -c 'import sys,urllib.request; print(urllib.request.urlopen(sys.argv[1], timeout=2).read().decode())' "http://127.0.0.1:$port/health"
}

case ${1:-start} in
start | stop | status) "${1:-start}" ;;
*) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
