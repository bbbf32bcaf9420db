#!/usr/bin/env bash
# clean.sh [demo|all]: stops what runs here and drops test databases and templates; "demo": the demo database instead;
# "all": everything below .local/ but the downloads, with the private PostgreSQL cluster.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
what=${1:-tests}
[ -s "$L/env.sh" ] || { echo "nothing to clean"; exit 0; }
scripts/run.sh down >/dev/null 2>&1 || true
need_setup
case $what in
demo) pattern='^gb_demo$' ;;
*) pattern='^(gba|gbd|gbt)_' ;;
esac
[ "$what" != all ] || pattern='^(gb_demo$|(gba|gbd|gbt)_)'
psql -XAtd postgres -c "select datname from pg_database where datname ~ '$pattern'" | while read -r db; do
    echo "dropping $db"
    drop_db "$db"
done
rm -rf .ruff_cache .pytest_cache "$L/report" "$L/run"/gb_demo.*
find addons scripts tests -name __pycache__ -type d -prune -exec rm -rf {} +
if [ "$what" = all ]; then
    if [ -s "$L/pgdir" ]; then
        dir=$(cat "$L/pgdir")
        scripts/pg_local.sh stop "$dir"
        rm -rf "$dir"
    fi
    find "$L" -mindepth 1 -maxdepth 1 ! -name cache -exec rm -rf {} +
    rm -rf node_modules
fi
