import assert from "node:assert/strict";
import { test } from "node:test";
import { Option } from "commander";
import { HELP, respelled } from "./flag-spelling.ts";

const options = [
  HELP,
  ...[
    "-l, --full",
    "--no-legend",
    "--no-block",
    "-f, --follow",
    "-n, --lines <n>",
    "--fields <columns>",
    "--endpoint <url>",
    "--strict-host-key-checking",
    "--no-strict-host-key-checking",
  ].map((flags) => new Option(flags)),
];

const cases: readonly (readonly [given: string, expected: string])[] = [
  ["list-units --full=true", "list-units --full"],
  ["list-units --no-legend=false --l", "list-units -l"],
  ["list-units -l=true -f=T", "list-units -l -f"],
  ["list-units -l=false --f=0", "list-units"],
  ["--h start", "-h start"],
  ["-help start", "--help start"],
  ["--help=true start", "--help start"],
  ["--strict-host-key-checking=false status a", "--no-strict-host-key-checking status a"],
  ["-strict-host-key-checking=false status a", "--no-strict-host-key-checking status a"],
  ["journal --lines=3 -f", "journal --lines=3 -f"],
  ["journal -lines=3 -follow a", "journal --lines=3 --follow a"],
  ["journal -lines 3 a", "journal --lines 3 a"],
  ["journal -n 3 -n5 -fn 5 a", "journal -n 3 -n5 -fn 5 a"],
  ["-endpoint http://x list-units -fields=unit -no-legend", "--endpoint http://x list-units --fields=unit --no-legend"],
  ["--endpoint -full list-units", "--endpoint -full list-units"],
  ["start -no-block a -x", "start --no-block a -x"],
  ["start -- --full=true -full", "start -- --full=true -full"],
];

for (const [given, expected] of cases) {
  test(`${given} reads as ${expected}`, () =>
    assert.deepEqual(respelled(options, given.split(" ")), expected.split(" ")));
}

for (const [given, name] of [
  ["--full=maybe", "--full"],
  ["-full=maybe", "--full"],
  ["-l=maybe", "-l"],
  ["--l=maybe", "-l"],
  ["-f=", "-f"],
] as const) {
  test(`${given} is refused, and the message names ${name}`, () => {
    const message = `cannot read ${given}: neither true nor false; use ${name}=true`;
    assert.throws(() => respelled(options, ["list-units", given]), { name: "UsageError", message });
  });
}
