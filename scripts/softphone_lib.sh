#!/usr/bin/env bash
# softphone_lib.sh: bundle SIP.js (node_modules, version of package-lock.json) for the browser softphone.
# On a server without this work tree's node_modules: npm ci, this script, then keep addons/gb_callcenter/static/lib/sip.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
to=addons/gb_callcenter/static/lib/sip
[ -e node_modules/sip.js/package.json ] && [ -x node_modules/.bin/esbuild ] || { echo "softphone_lib.sh: run npm ci first" >&2; exit 1; }
version=$(node -p "require('./node_modules/sip.js/package.json').version")
mkdir -p "$to"
echo 'export { Registerer, RegistererState, SessionState, UserAgent } from "sip.js";' |
    node_modules/.bin/esbuild --bundle --format=iife --global-name=SIP --minify --target=es2020 --log-level=warning \
        --banner:js="/*! SIP.js $version, https://sipjs.com, MIT licence: LICENSE.md beside this file */" --outfile="$to/sip.js.new"
cp node_modules/sip.js/LICENSE.md "$to/LICENSE.md"
mv "$to/sip.js.new" "$to/sip.js"
