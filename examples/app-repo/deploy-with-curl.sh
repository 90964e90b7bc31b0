#!/bin/sh
# Does the same as deploy.sh over the HTTP API, for a CI image with curl and jq but without fleetctl.
# FLEET_SOCKET: the API's unix socket. If you use a proxy, replace the socket by the proxy's address.
set -eu
cd "$(dirname "$0")/units"
socket=${FLEET_SOCKET:-/run/fleet.sock}

api() { # method path [curl's options]
  method=$1 path=$2
  shift 2
  curl --silent --show-error --fail-with-body --unix-socket "$socket" --request "$method" "$@" "http://fleet/fleet/v2$path"
}

deploy() { # unit file
  unit=$1
  answer=$(jq --null-input --rawfile file "$2" '{file: $file, desiredState: "launched", replace: true}' |
    api PUT "/units/$unit" --header 'Content-Type: application/json' --data @-) || {
    echo "$unit was refused: $answer" >&2
    return 1
  }
  # Wait until the unit is active with the new file, or until a machine says why not. The old version may run meanwhile.
  hash=$(echo "$answer" | jq --raw-output .unit.hash)
  for _ in $(seq 60); do
    state=$(api GET "/units/$unit")
    if echo "$state" | jq --exit-status --arg hash "$hash" \
      '(.states | length > 0) and all(.states[]; .hash == $hash and .launched and .active == "active")' >/dev/null; then
      echo "$unit is active"
      return
    fi
    if echo "$state" | jq --exit-status --arg hash "$hash" \
      'any(.states[]; .hash == $hash and .launched and .problem != "")' >/dev/null; then
      break
    fi
    sleep 1
  done
  echo "$unit is not active: $(echo "$state" | jq --compact-output '{problem, reasons, states}')" >&2
  return 1
}

for instance in 1 2; do
  deploy "hello@$instance.service" hello@.service
done
