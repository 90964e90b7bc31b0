#!/bin/sh
# Launches a unit in two requests, like a scheduler on top of fleet: its options with "loaded", then "launched" alone.
# Uses only the socket's old path. Usage: load_then_launch.sh UNIT COMMAND
set -eu
api() { # method path [body]
  curl --silent --show-error --fail --unix-socket /var/run/fleet.sock -X "$1" \
    -H 'Content-Type: application/json' ${3:+--data-binary "$3"} "http://fleet/fleet/v1$2"
}
wait_for() { # path what
  tries=200
  until api GET "$1" | grep -q "$2"; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || { echo "$1 never showed $2" >&2; exit 1; }
    sleep 0.05
  done
}
api PUT "/units/$1" "{\"desiredState\":\"loaded\",\"options\":[{\"section\":\"Service\",\"name\":\"ExecStart\",\"value\":\"$2\"}]}"
wait_for "/units/$1" '"currentState":"loaded"'
api GET "/state?unitName=$1" | grep -q '"systemdActiveState":"inactive"'
api PUT "/units/$1" '{"desiredState":"launched"}'
wait_for "/units/$1" '"currentState":"launched"'
wait_for "/state?unitName=$1" '"systemdActiveState":"active"'
echo launched
