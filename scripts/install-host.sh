#!/bin/sh
# Installs Flotilla on this host: the two programs, the daemon's units, and a directory for its configuration. Builds
# first if the build is missing or outdated. Starts nothing.
set -eu
cd "$(dirname "$0")/.."
root=$PWD

[ "$(id -u)" = 0 ] || { echo 'install-host: run this as root' >&2; exit 1; }
# The build writes the manual page last. Compare directories too: removing a file changes only its directory.
built=packages/fleetctl/dist/fleetctl.1
changed() {
  find packages scripts test/rehearsal package.json pnpm-lock.yaml \
    \( -name node_modules -o -name dist \) -prune -o -newer "$built" -print
}
if [ ! -f "$built" ] || [ ! -x node_modules/node/bin/node ] || [ -n "$(changed)" ]; then
  sh scripts/setup.sh host
fi

for program in fleetd fleetctl; do
  ln -sf "$root/packages/$program/bin/$program" "/usr/bin/$program"
done
install -m 644 units/fleet.service units/fleet.socket units/fleet-leave.service units/fleet-guard.service /etc/systemd/system/
mkdir -p /etc/fleet
[ -e /etc/fleet/fleet.conf ] || install -m 640 scripts/fleet.conf.sample /etc/fleet/fleet.conf
man=/usr/local/share/man
install -D -m 644 packages/fleetctl/dist/fleetctl.1 "$man/man1/fleetctl.1"
install -D -m 644 docs/man/fleet.conf.5 "$man/man5/fleet.conf.5"
install -D -m 644 docs/man/fleet.unit.5 "$man/man5/fleet.unit.5"
install -D -m 644 docs/man/fleetd.8 "$man/man8/fleetd.8"
completion() { # shell file
  mkdir -p "$(dirname "$2")"
  packages/fleetctl/bin/fleetctl completion "$1" >"$2"
}
completion bash /usr/share/bash-completion/completions/fleetctl
completion zsh /usr/share/zsh/vendor-completions/_fleetctl
completion fish /usr/share/fish/vendor_completions.d/fleetctl.fish
systemctl daemon-reload

if systemctl is-active --quiet fleet.service; then
  echo 'Installed. fleet.service still runs the previous version. To restart it without stopping its units:'
  echo '  systemctl restart fleet-guard fleet'
  exit
fi
cat <<'END'
Installed. Name your etcd in /etc/fleet/fleet.conf (or set store=embedded for a machine on its own), then:
  systemctl enable --now fleet.socket fleet.service
  fleetctl list-machines
END
