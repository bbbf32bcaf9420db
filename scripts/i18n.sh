#!/usr/bin/env bash
# i18n.sh: refreshes i18n/<addon>.pot of our addons and merges new terms into i18n/zh_CN.po (empty: to be translated).
# i18n.sh --check [DATABASE]: complains about what is missing instead.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_setup
mode=--write
[ "${1-}" != --check ] || mode=
DB=${2-}
if [ -z "$DB" ]; then
    DB=gbt_po_$$
    trap 'drop_db "$DB"' EXIT
    scripts/newdb.sh "$DB"
fi
IFS=, read -ra addons <<<"$(our_addons)"
"$V/bin/python" scripts/check_po.py -c "$CONF" -d "$DB" $mode "${addons[@]}"
