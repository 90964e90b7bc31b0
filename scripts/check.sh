#!/bin/sh
# Checks formatting, lint (with the import rule and the size limits) and types. A failure does not skip the later
# checks.
set -u
cd "$(dirname "$0")/.."
PATH=$PWD/node_modules/.bin:$PATH
failed=''

oxfmt --check || failed="$failed formatting (npm run format)"
oxlint --quiet || failed="$failed lint"
tsc -p tsconfig.json || failed="$failed types"

if [ -n "$failed" ]; then
  echo "check: failed:$failed" >&2
  exit 1
fi
