#!/usr/bin/env bash
# lint.sh [CHECK…]: all checks of the sources, or those named. lint.sh --fix: what can be put right by a tool.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
ALL=(text ruff format pylint oca-module oca-po prettier eslint odoo translations)
PY_PATHS=(addons scripts tests)
sources() { git ls-files -co --exclude-standard -- "$@" | while IFS= read -r f; do [ ! -f "$f" ] || printf '%s\n' "$f"; done; }
PRETTY=('addons/*.js' 'addons/*.xml' 'addons/*.scss' '*.yaml' '*.yml' '*.config.js')

need_setup
IFS=, read -ra addons <<<"$(our_addons)"
existing=()
for p in "${PY_PATHS[@]}"; do [ ! -d "$p" ] || existing+=("$p"); done

if [ "${1-}" = --fix ]; then
    "$V/bin/ruff" check -q --fix "${existing[@]}" || true
    "$V/bin/ruff" format "${existing[@]}"
    sources "${PRETTY[@]}" | xargs -rd '\n' node_modules/.bin/prettier --log-level=warn --write
    exit
fi

check_text() {
    local bad=0 f
    while IFS= read -r f; do
        case $f in *.png | *.jpg | *.svg | *.wav | *.gz | *.pcap | *.ico | *.pdf | */static/lib/* | *.gif | *.woff* | *.po | *.pot | package-lock.json | LICENSE*) continue ;; esac
        [ -s "$f" ] || continue
        if grep -nIE '[[:blank:]]+$|'$'\r' "$f" /dev/null; then note "$f: white space at the end of a line"; bad=1; fi
        if grep -nIE '^(<<<<<<<|>>>>>>>) ' "$f" /dev/null; then note "$f: conflict marker"; bad=1; fi
        if [ -n "$(tail -c1 "$f")" ] && grep -qI . "$f"; then note "$f: no new line at the end"; bad=1; fi
    done < <(sources)
    while IFS= read -r f; do bash -n "$f" || bad=1; done < <(sources '*.sh' .ci/run)
    while IFS= read -r f; do
        case $f in *.sh | .ci/run) head -1 "$f" | grep -q '^#!' && [ ! -x "$f" ] && { note "$f: not executable"; bad=1; } ;; esac
    done < <(sources '*.sh' .ci/run)
    return $bad
}
check_ruff() { "$V/bin/ruff" check -q "${existing[@]}"; }
check_format() { "$V/bin/ruff" format --check "${existing[@]}"; }
check_pylint() { "$V/bin/pylint" --rcfile=.pylintrc --ignore=connector,connector_tests --disable=missing-readme,consider-merging-classes-inherited,no-search-all "${addons[@]/#/addons/}"; }
# xml-dangerous-filter-wo-user asks for user_id, which Odoo 19 calls user_ids
check_oca-module() { "$V/bin/oca-checks-odoo-module" --disable xml-dangerous-filter-wo-user "${addons[@]/#/addons/}"; }
check_oca-po() { sources 'addons/*.po' 'addons/*.pot' | xargs -rd '\n' "$V/bin/oca-checks-po"; }
check_prettier() { sources "${PRETTY[@]}" | xargs -rd '\n' node_modules/.bin/prettier --log-level=warn --check; }
check_eslint() { node_modules/.bin/eslint --no-error-on-unmatched-pattern --max-warnings=0 'addons/**/static/**/*.js'; }
# checks that look into a database share one
DB=gbt_lint_$$
with_db() { db_exists "$DB" || scripts/newdb.sh "$DB"; }
check_odoo() { with_db && "$V/bin/python" scripts/odoo_lint.py -c "$CONF" -d "$DB" "${addons[@]}"; }
check_translations() { with_db && scripts/i18n.sh --check "$DB"; }

[ $# -gt 0 ] || set -- "${ALL[@]}"
failed=()
out=$(mktemp)
trap 'rm -f "$out"; ! db_exists "$DB" || drop_db "$DB"' EXIT
for name in "$@"; do
    declare -F "check_$name" >/dev/null || die "no such check: $name (there are: ${ALL[*]})"
    t0=$SECONDS
    # not in an if: the exit code of a function whose first command fails would be lost
    set +e
    ("check_$name") >"$out" 2>&1
    rc=$?
    set -e
    if [ $rc = 0 ]; then printf '%-14s ok      %3d s\n' "$name" $((SECONDS - t0))
    else
        printf '%-14s FAILED  %3d s\n' "$name" $((SECONDS - t0))
        tail -n "${LINT_LINES:-120}" "$out" | sed 's/^/    /'
        failed+=("$name")
    fi
done
if [ ${#failed[@]} -gt 0 ]; then note "lint failed: ${failed[*]}"; exit 1; fi
echo "lint: ${#} checks passed"
