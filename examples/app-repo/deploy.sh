#!/bin/sh
# Deploys what is in units/ with fleetctl: run it from CI after the tests, with FLEETCTL_ENDPOINT set.
# One instance after the other: if the new version does not start, fleetctl says why and exits with an error, and the
# instances that come after still run the old one.
set -eu
cd "$(dirname "$0")/units"

fleetctl submit --replace hello@.service
for instance in 1 2; do
  fleetctl start --replace "hello@$instance.service"
done
fleetctl list-units
