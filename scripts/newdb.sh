#!/usr/bin/env bash
# newdb.sh NAME [--demo]: a fresh database with our addons, in English and Chinese, with Odoo's and our demo data on demand.
#
# Two templates make it quick. The first holds the modules that our addons build on; its name has a checksum of their list
# and of Odoo. The second is a clone of it with our addons, by the contents of addons/. A new database is a clone of the second.
# newdb.sh --template [--demo] only makes the templates and prints the second one's name; its installation log is
# .local/data/NAME.log. newdb.sh --bare NAME [--demo]: a clone of the first one, without our addons.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
NAME='' DEMO='' WHAT=addons
for a in "$@"; do
    case $a in
    --demo) DEMO=demo ;;
    --template) WHAT=template ;;
    --bare) WHAT=bare ;;
    -*) die "newdb.sh: unknown option $a" ;;
    *) NAME=$a ;;
    esac
done
[ -n "$NAME" ] || [ $WHAT = template ] || die "usage: newdb.sh NAME [--demo]"
need_setup
mkdir -p "$FILESTORE"

odoo() { "$V/bin/odoo" "$@" --no-http --max-cron-threads=0; }
# the languages are loaded before our addons, so that these bring their own translations; half-made templates have another name
pregenerate() {
    {
        # the demo plays in China
        [ -z "$DEMO" ] || cat <<'PY'
users = env['res.users'].with_context(active_test=False).search([])
users.tz = 'Asia/Shanghai'
for user in users:
    if user.login != 'admin' and any('.group_gb_' in xid for xid in user.group_ids.get_external_id().values()):
        user.lang = 'zh_CN'
ours = env['ir.model.data'].search([('module', 'in', ['gb_callcenter', 'gb_ticket']), ('model', '=', 'res.partner')])
env['res.partner'].browse(ours.mapped('res_id')).exists().lang = 'zh_CN'

PY
        echo "env['ir.qweb']._pregenerate_assets_bundles(); env.cr.commit()"
    } |
        "$V/bin/odoo" shell -c "$CONF" -d "$1" --no-http --log-level=error >"$L/data/pregenerate.log" 2>&1 ||
        { tail -20 "$L/data/pregenerate.log" >&2; die "the asset bundles could not be made"; }
}
# seal MADE NAME: gives a finished template its name
seal() {
    psql -Xqd postgres -c "alter database \"$1\" rename to \"$2\"" -c "alter database \"$2\" with is_template true"
    rm -rf "${FILESTORE:?}/$2"
    [ ! -d "$FILESTORE/$1" ] || mv "$FILESTORE/$1" "$FILESTORE/$2"
}
# all but the newest $2 templates called $1…
drop_old() {
    psql -XAtd postgres -c "select datname from pg_database where datname ~ '^$1' and datname !~ 'making' order by oid desc offset $2" |
        while read -r db; do drop_db "$db"; done
}

exec 8>"$L/template.lock"
flock -n 8 || { note "waiting for another template being made"; flock 8; }

OURS=$(our_addons)
DEPS=$("$V/bin/manifestoo" --addons-path="$(sed -n 's/^addons_path = \(.*\),[^,]*$/\1/p' "$CONF")" -d addons --select-include "$OURS" \
    list-depends --transitive --separator=, 2>/dev/null | tr ',' '\n' | grep -v '^gb_' | sort | paste -sd,)
[ -n "$DEPS" ] || die "the addons' dependencies could not be read (manifestoo)"
ODOO_VERSION=$(cat "$ODOO_SRC"/odoo-19.0.egg-info/PKG-INFO "$ODOO_SRC/odoo/release.py" 2>/dev/null | cksum)
BASE=gbd_$(printf '%s 2 %s' "$DEPS" "$ODOO_VERSION" | sha1sum | cut -c1-10)${DEMO:+_demo}
if ! db_exists "$BASE"; then
    note "template $BASE: installing the modules that ours build on (2-4 minutes, once)"
    t0=$SECONDS
    drop_db "$BASE.making"
    odoo -c "$CONF" -d "$BASE.making" -i "$DEPS" --load-language=en_US,zh_CN --log-level=warn ${DEMO:+--with-demo} --stop-after-init \
        >"$L/data/$BASE.log" 2>&1 8>&- || { tail -40 "$L/data/$BASE.log" >&2; die "the template could not be made"; }
    pregenerate "$BASE.making" 8>&-
    psql -Xqd "$BASE.making" -c "vacuum analyze"
    seal "$BASE.making" "$BASE"
    drop_old "gbd_[0-9a-f]*${DEMO:+_demo}\$" 3
    note "template $BASE made in $((SECONDS - t0)) s"
fi
if [ $WHAT = bare ]; then
    drop_db "$NAME"
    clone_db "$BASE" "$NAME"
    exit 0
fi

TMPL=gba_$(printf '%s %s %s' "$BASE" "$OURS" "$(addons_sum)" | sha1sum | cut -c1-10)${DEMO:+_demo}
if ! db_exists "$TMPL"; then
    note "template $TMPL: installing $OURS"
    t0=$SECONDS
    drop_db "$TMPL.making"
    clone_db "$BASE" "$TMPL.making"
    odoo -c "$CONF" -d "$TMPL.making" -i "$OURS" ${DEMO:+--with-demo} --stop-after-init >"$L/data/$TMPL.log" 2>&1 8>&- ||
        { tail -60 "$L/data/$TMPL.log" >&2; drop_db "$TMPL.making"; die "our addons could not be installed (.local/data/$TMPL.log)"; }
    # neither a failed demo file nor a skipped addon ends the installation
    missing=$(psql -XAtd "$TMPL.making" -c "select name from ir_module_module where name in ('${OURS//,/\',\'}') and state <> 'installed'")
    [ -n "$missing" ] || ! grep -q 'demo data failed to install' "$L/data/$TMPL.log" || missing="demo data (.local/data/$TMPL.log)"
    [ -z "$missing" ] || { tail -60 "$L/data/$TMPL.log" >&2; drop_db "$TMPL.making"; die "not installed: $missing"; }
    pregenerate "$TMPL.making" 8>&-
    seal "$TMPL.making" "$TMPL"
    drop_old "gba_[0-9a-f]*${DEMO:+_demo}\$" 6
    note "template $TMPL made in $((SECONDS - t0)) s"
fi
if [ $WHAT = template ]; then
    echo "$TMPL"
    exit 0
fi
drop_db "$NAME"
clone_db "$TMPL" "$NAME"
