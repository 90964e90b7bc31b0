#!/bin/sh
# Installs what this machine lacks (Debian's packages and the workspace's own), then builds.
# Quiet and quick when there is nothing to do.
set -eu
cd "$(dirname "$0")/.."

missing=''
need() { command -v "$1" >/dev/null 2>&1 || missing="$missing $2"; }
need etcd etcd-server
need systemd-nspawn systemd-container
need dbus-daemon dbus
need ip iproute2
need redis-server redis-server
need nsenter util-linux
need openssl openssl
if [ -n "$missing" ]; then
  echo "installing:$missing"
  apt-get update -qq
  # shellcheck disable=SC2086 # a list of package names
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $missing >/dev/null
fi

stamp=node_modules/.installed
lock=$(cksum < pnpm-lock.yaml)
if [ "$(cat "$stamp" 2>/dev/null || true)" != "$lock" ]; then
  echo 'installing npm packages'
  npx -y pnpm@12.21.0 install --frozen-lockfile --reporter=silent
  printf '%s' "$lock" > "$stamp"
fi

node_modules/.bin/node scripts/build.ts
