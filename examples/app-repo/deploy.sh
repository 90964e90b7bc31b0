#!/bin/sh
# Deploys the units in units/ with fleetctl. Run it from CI after the tests, with FLEETCTL_ENDPOINT set.
# Instances start one after the other. If the new version does not start, fleetctl says why and exits with an error;
# later instances still run the old version.
set -eu
cd "$(dirname "$0")/units"

fleetctl submit --replace hello@.service
for instance in 1 2; do
  fleetctl start --replace "hello@$instance.service"
done
fleetctl list-units
