#!/bin/sh
# Installs missing Debian packages and the workspace's npm packages, then builds. The argument selects the Debian
# packages: `host` needs none; `lab` boots hosts (the demo, the benchmarks); `test` (the default) also includes the
# programs that the tests use. Prints nothing and takes a second if nothing is missing.
set -eu
cd "$(dirname "$0")/.."

fail() {
  echo "setup: $1" >&2
  exit 1
}

missing=''
need() { # program package
  command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}
# Debian installs some of these in directories that root's PATH may lack without a login shell.
PATH=$PATH:/usr/sbin:/sbin
purpose=${1:-test}
if [ "$purpose" != host ]; then
  need etcd etcd-server
  need systemd-nspawn systemd-container
  need dbus-daemon dbus
  need ip iproute2
  need redis-server redis-server
  need nsenter util-linux
fi
if [ "$purpose" = test ]; then
  need openssl openssl
  need faketime faketime
  need curl curl
  need pgrep procps
  need sshd openssh-server
  need ssh openssh-client
  need zsh zsh
  need fish fish
  need groff groff-base
  need promtool prometheus
  # Some tests run Python programs, and lab hosts have only Debian's Python.
  [ -x /usr/bin/python3 ] || missing="$missing python3"
fi

if [ -n "$missing" ]; then
  [ "$(id -u)" = 0 ] || fail "these Debian packages are missing:$missing. Run this as root, or install them."
  command -v apt-get >/dev/null 2>&1 || fail "these packages are missing:$missing. There is no apt-get here to install them with."
  echo "installing Debian packages:$missing"
  # Another apt may be running, especially right after boot: wait for it.
  apt="apt-get -qq -o DPkg::Lock::Timeout=120 -o Acquire::Retries=3"
  log=$(mktemp)
  # shellcheck disable=SC2086 # lists of words
  { $apt update && DEBIAN_FRONTEND=noninteractive $apt install -y --no-install-recommends $missing; } >"$log" 2>&1 || {
    cat "$log" >&2
    fail "apt-get could not install:$missing"
  }
  rm -f "$log"
fi

stamp=node_modules/.installed
lock=$(cat pnpm-lock.yaml pnpm-workspace.yaml | cksum)
if [ "$(cat "$stamp" 2>/dev/null || true)" != "$lock" ]; then
  command -v npx >/dev/null 2>&1 || fail 'npm is missing: install Node 20 or later, which includes it.'
  echo 'installing npm packages'
  npx -y pnpm@12.21.0 install --frozen-lockfile --reporter=silent || fail 'pnpm install failed; run it by hand to see why.'
  printf '%s' "$lock" >"$stamp"
fi

node_modules/.bin/node scripts/build.ts
