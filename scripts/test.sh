#!/bin/sh
# Everything that must hold: the check, unit tests, real hosts, simulation, fuzzers. Each stage runs, whatever fails before.
set -u
cd "$(dirname "$0")/.."
PATH=$PWD/node_modules/.bin:$PATH
failed=0
summary=''
# What failed is said once more at the end, in short: the whole output is long.
failures=$(mktemp -d)
trap 'rm -r "$failures"' EXIT

stage() { # name command...
  name=$1
  shift
  printf '\n== %s\n' "$name"
  began=$(date +%s)
  if "$@"; then result=passed; else result=FAILED failed=1; fi
  summary="$summary$(printf '%-12s %-7s %4s s' "$name" "$result" "$(($(date +%s) - began))")
"
}

# A test that hangs fails alone, with its name, long before the whole run would be cut off.
tests() {
  node --test --test-timeout=180000 --test-reporter=spec --test-reporter-destination=stdout \
    --test-reporter=./scripts/failures-reporter.ts --test-reporter-destination="$failures/$name" "$@"
}

stage check sh scripts/check.sh
stage unit tests 'packages/*/src/**/*.test.ts' 'scripts/**/*.test.ts'
# Two files at a time, whatever the machine has: a host mostly waits, for a lease to end or a unit to start, and
# more labs at once would make the bounds on that a measure of the machine.
stage hosts tests --test-concurrency=2 'test/lab/**/*.test.ts' 'test/functional/**/*.test.ts'
stage simulation tests 'test/simulation/**/*.test.ts'
stage fuzz tests 'test/fuzz/**/*.test.ts'

printf '\n'
find "$failures" -type f -exec cat {} +
printf '\n%s' "$summary"
exit $failed
