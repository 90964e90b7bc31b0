#!/bin/sh
# Runs all checks and tests: the check, unit tests, tests on real hosts, simulation, fuzzers. A failure does not skip
# the later stages.
set -u
cd "$(dirname "$0")/.."
PATH=$PWD/node_modules/.bin:$PATH
failed=0
summary=''
# The directory holds the failures' reports, which are printed again at the end of the long output, and a compile cache
# for V8, so that each process need not compile the same modules.
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
mkdir "$work/failures"
export NODE_COMPILE_CACHE="$work/compiled"

stage() { # name command...
  name=$1
  shift
  printf '\n== %s\n' "$name"
  began=$(date +%s)
  if "$@"; then result=passed; else result=FAILED failed=1; fi
  summary="$summary$(printf '%-12s %-7s %4s s' "$name" "$result" "$(($(date +%s) - began))")
"
}

tests() { # how-many-files-at-once pattern...
  at_once=$1
  shift
  node scripts/run-tests.ts --at-once "$at_once" --failures "$work/failures/$name" "$@"
}

processors=$(nproc)

stage check sh scripts/check.sh
# One file more than there are processors, because some tests wait for an etcd or a shell.
stage unit tests $((processors + 1)) 'packages/*/src/**/*.test.ts' 'scripts/**/*.test.ts'
# Always four files at a time, because host tests mostly wait for a lease to end or a unit to start. Their time limits
# allow for four clusters on two processors.
stage hosts tests 4 'test/lab/**/*.test.ts' 'test/functional/**/*.test.ts'
stage simulation tests "$processors" 'test/simulation/**/*.test.ts'
stage fuzz tests "$processors" 'test/fuzz/**/*.test.ts'

printf '\n'
find "$work/failures" -type f -exec cat {} +
printf '\n%s' "$summary"
exit $failed
