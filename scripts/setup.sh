#!/bin/sh
# Installs what this machine lacks (Debian's packages and the workspace's own), then builds.
# The argument says what for: `host` needs none of Debian's, `lab` what boots hosts (the demo, the
# benchmarks), `test` (the default) also what the tests compare with.
# Says nothing and takes a second when there is nothing to do.
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
# Root's PATH without a login shell may lack the directories that Debian puts some of these in.
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
  need curl curl
  need pgrep procps
  need sshd openssh-server
  need ssh openssh-client
  need zsh zsh
  need fish fish
  need groff groff-base
  # Programs of the kind that drove fleet are part of the tests; hosts have Debian's own Python.
  [ -x /usr/bin/python3 ] || missing="$missing python3"
fi

if [ -n "$missing" ]; then
  [ "$(id -u)" = 0 ] || fail "these Debian packages are missing:$missing. Run this as root, or install them."
  command -v apt-get >/dev/null 2>&1 || fail "these packages are missing:$missing. There is no apt-get here to install them with."
  echo "installing Debian packages:$missing"
  # Another apt may be at work, on a machine that has just started above all: wait for it.
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
  command -v npx >/dev/null 2>&1 || fail 'npm is missing: install Node 20 or later, which brings it.'
  echo 'installing npm packages'
  npx -y pnpm@12.21.0 install --frozen-lockfile --reporter=silent || fail 'pnpm install failed; run it by hand to see why.'
  printf '%s' "$lock" >"$stamp"
fi

node_modules/.bin/node scripts/build.ts
