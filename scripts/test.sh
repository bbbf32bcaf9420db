#!/usr/bin/env bash
# test.sh [PATH…]: all tests, or those in the paths (folders, files, file::test ids). Three parts, each a pytest run:
#   odoo       addons/*/tests, inside Odoo on a database of their own (unit tests, HTTP, browser tours, Hoot)
#   connector  tests/connector and addons/*/connector_tests, without Odoo
#   e2e        every other folder of tests/: real Odoo, Asterisk and browser, started by their own fixtures
# A part that is asked for and finds no test is a failure. Reports in .local/report/. PYTEST_ARGS is handed to pytest.
#
# For fixtures: PGHOST; GB_ODOO, GB_ODOO_CONF (start script, configuration); GB_RUN (unique): databases made by
# scripts/newdb.sh whose name starts with gbt_$GB_RUN are dropped in the end, whatever happens.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
LIMIT=${TEST_TIMEOUT:-3600} # seconds for a part
need_setup

odoo=() connector=() e2e=()
take() {
    case $1 in
    addons/*/connector_tests* | tests/connector*) connector+=("$1") ;;
    addons/*/tests*) odoo+=("$1") ;;
    addons | addons/) for a in addons/gb_*; do take "$a"; done ;;
    addons/*/*) die "no tests in $1: give an addon, its tests folder or a file in it" ;;
    addons/*)
        a=${1%/}
        [ -d "$a" ] || die "no such addon: $1"
        odoo+=("$a/tests")
        [ ! -d "$a/connector_tests" ] || connector+=("$a/connector_tests")
        ;;
    tests | tests/)
        connector+=(tests/connector)
        for d in tests/*/; do
            [ "$d" = tests/connector/ ] || [ -z "$(find "$d" -name 'test_*.py' -print -quit)" ] || e2e+=("${d%/}")
        done
        ;;
    tests/*) e2e+=("$1") ;;
    *) die "no tests known in $1" ;;
    esac
}
if [ $# -gt 0 ]; then
    for p in "$@"; do
        p=${p#"$ROOT/"}
        [ -e "${p%%::*}" ] || die "no such file or folder: $p"
        take "$p"
    done
else
    # one run of pytest stops at a folder that is not there: only a whole part that is missing is an error
    for d in addons/*/tests; do [ ! -d "$d" ] || odoo+=("$d"); done
    for d in addons/*/connector_tests tests/connector; do [ ! -d "$d" ] || connector+=("$d"); done
    e2e+=(tests/e2e)
fi
if [ "${PBX:-1}" = 0 ] && [ ${#e2e[@]} -gt 0 ]; then
    note "end-to-end tests left out (PBX=0)"
    e2e=()
fi

export GB_RUN=$$_$(date +%s | tail -c 5)
export GB_ODOO=$V/bin/odoo GB_ODOO_CONF=$CONF GB_ROOT=$ROOT
export PATH=$V/bin:$PATH
mkdir -p "$L/report"
REPORT=$L/report/$GB_RUN
child=''
cleanup() {
    local s=$? db
    trap - EXIT INT TERM
    [ -z "$child" ] || kill -INT "$child" 2>/dev/null || true
    [ -z "$child" ] || wait "$child" 2>/dev/null || true
    psql -XAtd postgres -c "select datname from pg_database where datname like 'gbt\_$GB_RUN%'" 2>/dev/null |
        while read -r db; do drop_db "$db"; done
    rm -rf "$FILESTORE/gbt_$GB_RUN"* "$REPORT".*
    exit $s
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

failed=() lines=()
# part NAME pytest arguments…
part() {
    local name=$1 rc=0 t0=$SECONDS; shift
    note ""
    note "== $name: ${*: -1} =="
    rm -f "$REPORT.$name.xml"
    # in the background and a session of its own: an interrupt comes to this script, which hands it on once
    GB_TOTALS=$REPORT.$name.json PYTHONPATH=$ROOT/scripts${PYTHONPATH:+:$PYTHONPATH} \
        setsid timeout --foreground --signal=INT --kill-after=60 "$LIMIT" "$V/bin/python" -m pytest -p test_summary -ra --durations=5 --junitxml="$REPORT.$name.xml" \
        -o junit_suite_name="$name" ${PYTEST_ARGS-} "$@" </dev/null &
    child=$!
    wait "$child" || rc=$?
    child=''
    [ $rc != 5 ] || note "error: no tests found in part $name"
    [ $rc != 124 ] || note "error: part $name took longer than $LIMIT s"
    [ $rc = 0 ] || failed+=("$name (exit code $rc)")
    lines+=("$name:$rc:$((SECONDS - t0))")
    [ ! -e "$REPORT.$name.xml" ] || cp "$REPORT.$name.xml" "$L/report/$name.xml"
}

if [ ${#odoo[@]} -gt 0 ]; then
    DB=gbt_${GB_RUN}_unit
    TMPL=$(scripts/newdb.sh --template)
    # Odoo installs even when it has logged errors
    "$V/bin/checklog-odoo" --no-echo -i DeprecationWarning -i "Unexpected indentation" "$L/data/$TMPL.log" ||
        failed+=("installation log (.local/data/$TMPL.log)")
    clone_db "$TMPL" "$DB"
    part odoo -p odoo --odoo-config="$CONF" --odoo-database="$DB" --odoo-http "${odoo[@]}"
    drop_db "$DB"
fi
[ ${#connector[@]} = 0 ] || part connector "${connector[@]}"
if [ ${#e2e[@]} -gt 0 ]; then
    scripts/newdb.sh --template >/dev/null
    part e2e "${e2e[@]}"
fi

note ""
for f in "${failed[@]}"; do note "FAILED: $f"; done
"$V/bin/python" scripts/test_summary.py "$REPORT" "${lines[@]}"
[ ${#failed[@]} = 0 ]
