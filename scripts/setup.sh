#!/usr/bin/env bash
# Installs what development, tests and the demo need, all but system packages below .local/. Run it as often as you like:
# what is there already is kept, what was interrupted is taken up again.
#
#   PBX=0               without Asterisk, SIP tools and prompts
#   ODOO_HOME=DIR       use this Odoo 19 checkout instead of fetching one
#   PGHOST, PGPORT …    use this PostgreSQL server (the role must be allowed to create databases)
#   PYTHON=…            the Python to use (3.11 or 3.12)
#   DEBIAN_MIRROR=…     where to fetch Odoo and Asterisk from when apt is not set up for Debian
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
PBX=${PBX:-1}
STEPS=9
mkdir -p "$L"
exec 9>"$L/setup.lock"
flock -n 9 || { note "waiting for another set-up in this work tree"; flock 9; }

start_pg() {
    if [ -s "$L/pgdir" ]; then
        PGBIN=$(cat "$L/pgbin" 2>/dev/null || true) "$ROOT/scripts/pg_local.sh" start "$(cat "$L/pgdir")" 9>&-
    fi
}
write_env() {
    {
        echo "# written by scripts/setup.sh"
        [ ! -s "$L/pgdir" ] || printf 'export %s\nunset PGPORT PGUSER PGPASSWORD PGDATABASE\n' "$(start_pg)"
        printf 'ODOO_SRC=%q\n' "$SRC"
    } >"$L/env.sh.new"
    mv "$L/env.sh.new" "$L/env.sh"
}

stamp=$(cat pyproject.toml package.json scripts/{setup,lib,fetch_odoo,get_asterisk,sounds,pg_local,softphone_lib}.sh config/odoo.dev.conf 2>/dev/null |
    sha1sum | cut -c1-12)
stamp="$stamp ${ODOO_HOME-} ${PYTHON-} $([ -s "$L/pgdir" ] || echo "${PGHOST-}")"
done_with() { grep -qxF "$1 $stamp" "$L/setup.ok" 2>/dev/null; }
if { done_with 1 || { [ "$PBX" = 0 ] && done_with 0; }; } && [ -x "$V/bin/odoo" ] && [ -s "$L/env.sh" ] &&
    [ -s addons/gb_callcenter/static/lib/sip/sip.js ]; then
    start_pg >/dev/null
    # shellcheck source=/dev/null
    if (. "$L/env.sh" && psql -XAtd postgres -c 'select 1' >/dev/null 2>&1); then exit 0; fi
fi

n=0
step() { n=$((n + 1)); note "[$n/$STEPS] $*"; }
t0=$SECONDS
skipped() { note "      $*"; }

# --------------------------------------------------------------------------------------------------------------------------
step "system packages"
good_python() { "$1" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' >/dev/null 2>&1; }
find_python() {
    local p
    for p in ${PYTHON:-python3 python3.12 python3.11 /usr/bin/python3}; do
        if good_python "$p"; then command -v "$p"; return; fi
    done
    return 1
}
pg_reachable() { [ "$(psql -XAtd postgres -c 'select rolcreatedb or rolsuper from pg_roles where rolname=current_user' 2>/dev/null)" = t ]; }
pg_server() { [ -s "$L/pgdir" ] || pg_reachable || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; }
need=()
find_python >/dev/null || [ -n "${PYTHON-}" ] || need+=(python3 python3-venv)
have psql && have createdb && pg_server || need+=(postgresql)
have chromium || have google-chrome || have chromium-browser || need+=(chromium)
have node && have npm || need+=(nodejs npm)
[ -n "$(find /usr/lib /lib /usr/local/lib -name 'libmagic.so.1*' -print -quit 2>/dev/null)" ] || need+=(libmagic1)
{ have fc-list && [ -n "$(fc-list :lang=zh 2>/dev/null | head -1)" ]; } || need+=(fontconfig fonts-noto-cjk)
have wkhtmltopdf || need+=(wkhtmltopdf)
have git || need+=(git)
[ -e /etc/ssl/certs/ca-certificates.crt ] || need+=(ca-certificates)
debian=${DEBIAN_MIRROR-}
[ -n "$debian" ] || ! have apt-get || debian=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep -E '/debian/?$' | head -1 || true)
if [ -n "$debian" ]; then
    [ -e /usr/share/keyrings/debian-archive-keyring.gpg ] || need+=(debian-archive-keyring)
elif [ "$PBX" != 0 ] && [ ! -s "$L/asterisk/env" ]; then
    have asterisk || need+=(asterisk)
fi
if [ "$PBX" != 0 ]; then
    have sipp || need+=(sip-tester)
    have espeak-ng || need+=(espeak-ng)
    have sox || need+=(sox)
fi
if [ ${#need[@]} -gt 0 ]; then
    as_root=()
    if [ "$(id -u)" != 0 ]; then
        have sudo && { sudo -n true 2>/dev/null || [ -t 0 ]; } ||
            die "missing system packages, and no right to install them. As root: apt-get install ${need[*]}"
        as_root=(sudo)
    fi
    have apt-get || die "missing: ${need[*]} (names of Debian packages; this system has no apt-get, so install them yourself)"
    skipped "installing ${need[*]} (log: .local/apt.log)"
    {
        [ -n "$(find /var/lib/apt/lists -name '*Packages*' -mmin -1440 -print -quit 2>/dev/null)" ] || "${as_root[@]}" apt-get -q update
        apt_install=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qy -o Acquire::Retries=3 install --no-install-recommends "${need[@]}")
        "${apt_install[@]}" || { "${as_root[@]}" apt-get -q update && "${apt_install[@]}"; }
    } >>"$L/apt.log" 2>&1 9>&- </dev/null || { tail -15 "$L/apt.log" >&2; die "could not install: ${need[*]}"; }
else
    skipped "all there"
fi
PY=$(find_python) || die "no Python 3.11 or 3.12 with venv${PYTHON:+ ($PYTHON)}: install python3 and python3-venv, or set PYTHON"

# --------------------------------------------------------------------------------------------------------------------------
step "Odoo 19"
if [ -n "${ODOO_HOME-}" ]; then
    SRC=$(realpath "$ODOO_HOME")
    grep -q '^version_info = (19, 0' "$SRC/odoo/release.py" 2>/dev/null || die "ODOO_HOME=$ODOO_HOME is no checkout of Odoo 19.0"
    skipped "using $SRC"
else
    if [ -e "$L/odoo19/.ok" ]; then skipped "there already"
    else
        skipped "fetching (log: .local/fetch_odoo.log)"
        scripts/fetch_odoo.sh "$L/odoo19" "$L/cache/odoo" >"$L/fetch_odoo.log" 2>&1 9>&- ||
            { tail -15 "$L/fetch_odoo.log" >&2; die "Odoo 19 could not be fetched; set ODOO_HOME to a checkout of Odoo 19.0"; }
    fi
    SRC=$L/odoo19/usr/lib/python3/dist-packages
    [ -d "$SRC/odoo" ] || SRC=$L/odoo19/src
fi
if [ -d "$SRC/addons/web" ]; then ODOO_ADDONS=$SRC/odoo/addons,$SRC/addons; else ODOO_ADDONS=$SRC/odoo/addons; fi

# --------------------------------------------------------------------------------------------------------------------------
step "Python packages"
if [ -x "$V/bin/python" ] && "$V/bin/python" scripts/requirements.py check >/dev/null 2>&1; then
    skipped "there already"
else
    [ -x "$V/bin/python" ] && "$V/bin/python" -m pip --version >/dev/null 2>&1 || { rm -rf "$V"; "$PY" -m venv "$V"; }
    skipped "installing (log: .local/pip.log)"
    "$V/bin/python" scripts/requirements.py list >"$L/requirements.txt"
    "$V/bin/python" -m pip install --retries 5 --prefer-binary -r "$L/requirements.txt" >>"$L/pip.log" 2>&1 9>&- ||
        { grep -v '^WARNING' "$L/pip.log" | tail -15 >&2; die "pip failed (.local/pip.log)"; }
    "$V/bin/python" scripts/requirements.py check || die "Python packages are incomplete"
fi
# A real start script and a path file: Odoo starts its gevent process anew from argv[0], and without PYTHONPATH
SP=$("$V/bin/python" -c 'import site; print(site.getsitepackages()[0])')
[ "$(cat "$SP/odoo19.pth" 2>/dev/null)" = "$SRC" ] || echo "$SRC" >"$SP/odoo19.pth"
[ -x "$V/bin/odoo" ] || {
    printf '#!%s/bin/python\nimport odoo.cli\n\nif __name__ == "__main__":\n    odoo.cli.main()\n' "$V" >"$V/bin/odoo.new"
    chmod +x "$V/bin/odoo.new"
    mv "$V/bin/odoo.new" "$V/bin/odoo"
}
"$V/bin/odoo" --version >/dev/null 2>"$L/odoo_version.log" || { tail -5 "$L/odoo_version.log" >&2; die "Odoo does not start"; }

# --------------------------------------------------------------------------------------------------------------------------
step "PostgreSQL"
if [ -s "$L/pgdir" ] || [ -e "$L/pg" ] || ! pg_reachable; then
    if [ ! -s "$L/pgdir" ]; then
        dir=$L/pg
        if [ "$(id -u)" = 0 ]; then
            u=${PGOWNER:-postgres}
            # the server's own user must be able to come to the directory
            (cd / && setpriv --reuid="$u" --regid="$(id -g "$u")" --init-groups test -x "$L") 2>/dev/null ||
                dir=/var/lib/gb_callcenter/pg-$(printf %s "$ROOT" | cksum | cut -d' ' -f1)
        fi
        echo "$dir" >"$L/pgdir"
    fi
    ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || [ -n "${PGBIN-}" ] ||
        die "no PostgreSQL server: install postgresql, or let PGHOST name a server where your role may create databases"
    [ -z "${PGBIN-}" ] || echo "$PGBIN" >"$L/pgbin"
    write_env
    skipped "private cluster in $(cat "$L/pgdir")"
else
    write_env
    skipped "using the server that psql reaches${PGHOST:+ ($PGHOST)}"
fi
# shellcheck source=/dev/null
. "$L/env.sh"
version=$(psql -XAtd postgres -c 'show server_version_num') || die "PostgreSQL does not answer (PGHOST=${PGHOST-})"
[ "$version" -ge 130000 ] || die "PostgreSQL 13 or newer is needed, this is $version"
ctype=$(psql -XAtd postgres -c "select datcollate || ' ' || datctype from pg_database where datname='template0'")
case ${ctype##* } in
*.[Uu][Tt][Ff]8 | *.[Uu][Tt][Ff]-8) ;;
*) die "PostgreSQL's LC_CTYPE is ${ctype##* }, not UTF-8: searching Chinese text would find nothing. Make the cluster with --locale=C.UTF-8" ;;
esac

# --------------------------------------------------------------------------------------------------------------------------
step "Node packages"
sum=$(cat package.json package-lock.json | sha1sum)
if [ "$(cat node_modules/.gb-stamp 2>/dev/null)" = "$sum" ]; then skipped "there already"
else
    npm ci --silent --no-audit --no-fund --no-progress >"$L/npm.log" 2>&1 9>&- || { tail -15 "$L/npm.log" >&2; die "npm failed (.local/npm.log)"; }
    echo "$sum" >node_modules/.gb-stamp
fi

# --------------------------------------------------------------------------------------------------------------------------
step "browser softphone"
lib=addons/gb_callcenter/static/lib/sip
sum=$(cat package-lock.json scripts/softphone_lib.sh | sha1sum)
if [ -s "$lib/sip.js" ] && [ "$(cat "$lib/.stamp" 2>/dev/null)" = "$sum" ]; then skipped "there already"
else
    scripts/softphone_lib.sh >"$L/softphone_lib.log" 2>&1 || { tail -15 "$L/softphone_lib.log" >&2; die "SIP.js could not be bundled (.local/softphone_lib.log)"; }
    echo "$sum" >"$lib/.stamp"
fi

# --------------------------------------------------------------------------------------------------------------------------
step "Asterisk"
if [ "$PBX" = 0 ]; then skipped "left out (PBX=0)"
elif [ -s "$L/asterisk/env" ] && (. "$L/asterisk/env" && "$AST_BIN" -V >/dev/null 2>&1); then skipped "there already"
else
    skipped "fetching (log: .local/get_asterisk.log)"
    scripts/get_asterisk.sh "$L/asterisk" >"$L/get_asterisk.log" 2>&1 9>&- ||
        { tail -15 "$L/get_asterisk.log" >&2; die "no Asterisk: install asterisk 20 or newer, or leave telephony out with PBX=0"; }
fi

# --------------------------------------------------------------------------------------------------------------------------
step "voice prompts"
if [ "$PBX" = 0 ]; then skipped "left out (PBX=0)"
elif [ ! -x scripts/sounds.sh ]; then skipped "none to make"
else
    sum=$(sha1sum <scripts/sounds.sh)
    if [ "$(cat "$L/sounds/.stamp" 2>/dev/null)" = "$sum" ]; then skipped "there already"
    else
        scripts/sounds.sh "$L/sounds" >"$L/sounds.log" 2>&1 9>&- || { tail -5 "$L/sounds.log" >&2; die "prompts could not be made (.local/sounds.log)"; }
        echo "$sum" >"$L/sounds/.stamp"
    fi
fi

# --------------------------------------------------------------------------------------------------------------------------
step "configuration"
mkdir -p "$L/data" "$L/run" "$L/report"
sed -e "s|@ODOO_ADDONS@|$ODOO_ADDONS|" -e "s|@ROOT@|$ROOT|g" config/odoo.dev.conf >"$CONF.new"
mv "$CONF.new" "$CONF"
if [ "$PBX" = 0 ]; then done_with 1 || echo "0 $stamp" >"$L/setup.ok"; else echo "1 $stamp" >"$L/setup.ok"; fi
skipped "set up in $((SECONDS - t0)) s"
