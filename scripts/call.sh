#!/usr/bin/env bash
# call.sh [CALLER [HOTLINE [SECONDS]]] : one customer rings the private PBX of pbx_up.sh, talks, hangs up. CALLER "" withholds the number.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
dir=${PBX_DIR:-/tmp/gb-pbx-$(id -u)}
caller=${1-13800138000} hotline=${2:-8000} seconds=${3:-20}
sip=$(sed -n 's/.*"SIP": "\{0,1\}\([0-9]*\).*/\1/p' "$dir/settings.json" 2>/dev/null) || true
[ -n "$sip" ] || { echo "no PBX runs in $dir: start it with scripts/pbx_up.sh" >&2; exit 1; }
echo "${caller:-a withheld number} rings $hotline for $seconds s"
exec "${PYTHON:-python3}" "$here/sipp.py" call "127.0.0.1:$sip" "$hotline" "$caller" "${seconds}000"
