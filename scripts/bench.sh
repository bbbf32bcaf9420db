#!/usr/bin/env bash
# bench.sh [PATH…]: measurements in tests/load (bench_*.py, run as pytest, figures printed, nothing asserted).
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_setup
[ $# -gt 0 ] || set -- tests/load
[ -e "${1%%::*}" ] || die "no measurements in $1"
export GB_RUN=$$_$(date +%s | tail -c 5)
export GB_ODOO=$V/bin/odoo GB_ODOO_CONF=$CONF GB_ROOT=$ROOT
export PATH=$V/bin:$PATH
cleanup() {
    psql -XAtd postgres -c "select datname from pg_database where datname like 'gbt\_$GB_RUN%'" |
        while read -r db; do drop_db "$db"; done
}
trap cleanup EXIT
scripts/newdb.sh --template >/dev/null
"$V/bin/python" -m pytest -s -o python_files='bench_*.py test_*.py' ${PYTEST_ARGS-} "$@"
