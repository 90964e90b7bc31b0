#!/bin/sh
# Everything that must hold: the check, unit tests, real hosts, simulation, fuzzers. Each stage runs, whatever fails before.
set -u
cd "$(dirname "$0")/.."
PATH=$PWD/node_modules/.bin:$PATH
failed=0
summary=''
# The reports of failures, printed once more at the end because the whole output is long, and what V8 has compiled, so
# that the next process need not compile the same imports.
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
# One more than there are processors: some wait for an etcd or a shell of their own.
stage unit tests $((processors + 1)) 'packages/*/src/**/*.test.ts' 'scripts/**/*.test.ts'
# Four files at a time, whatever the machine has: a host test mostly waits for a lease to end or a unit to start, and its
# time limits hold while four clusters share two processors.
stage hosts tests 4 'test/lab/**/*.test.ts' 'test/functional/**/*.test.ts'
stage simulation tests "$processors" 'test/simulation/**/*.test.ts'
stage fuzz tests "$processors" 'test/fuzz/**/*.test.ts'

printf '\n'
find "$work/failures" -type f -exec cat {} +
printf '\n%s' "$summary"
exit $failed
