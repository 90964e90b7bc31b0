import assert from "node:assert/strict";
import { test } from "node:test";
import { UsageError } from "../command-error.ts";
import type { Output } from "../environment.ts";
import { createProgram } from "../program.ts";
import { completeCommandLine } from "./command-line.ts";

const nowhere: Output = { isTerminal: false, columns: undefined, write: () => true, drained: () => Promise.resolve() };
const program = createProgram(nowhere, nowhere, () => Promise.resolve());

const lines: readonly [given: string, complete: string][] = [
  ["list-m --full", "list-machines --full"],
  ["--endpoint unix:///x list-unit- x", "--endpoint unix:///x list-unit-files x"],
  ["--endpoint=unix:///x --debug resta x", "--endpoint=unix:///x --debug restart x"],
  ["load x", "load x"],
  ["strat x", "strat x"],
  ["--tunnel", "--tunnel"],
  ["cat list-m", "cat list-m"],
  ["help list-m", "help list-machines"],
  ["help", "help"],
  ["help help", "help"],
  ["help meta un", "metadata unset --help"],
  ["--debug help metadata bogus", "--debug metadata bogus"],
  ["--debug help bogus", "--debug bogus"],
  ["--help start", "start --help"],
  ["-h --debug list-m", "--debug list-machines -h"],
  ["--help", "--help"],
  ["metadata un m k", "metadata unset m k"],
  ["metadata", "metadata"],
  ["ssh m", "ssh m"],
  ["ssh m ls -l", "ssh m -- ls -l"],
  ["ssh -A m --ssh-port 2222 ls -A", "ssh -A m --ssh-port 2222 -- ls -A"],
  ["ssh m -- ls -l", "ssh m -- ls -l"],
  ["ssh m ls -- -l", "ssh m -- ls -- -l"],
  ["ssh --machine m ls -l", "ssh --machine m -- ls -l"],
  ["ssh --unit=u -- ls", "ssh --unit=u -- ls"],
  ["--debug=true ssh m grep --full=true x", "--debug=true ssh m -- grep --full=true x"],
];

for (const [given, complete] of lines) {
  test(`${given} is ${complete}`, () => {
    assert.deepEqual(completeCommandLine(program, given.split(" ")), complete.split(" "));
  });
}

test("a command of systemctl's is answered with what to do instead", () => {
  assert.throws(() => completeCommandLine(program, ["--debug", "is-active", "x"]), {
    name: "UsageError",
    message: "fleetctl has no command is-active: fleetctl status UNIT ends with 0 if the unit is active, else with 3.",
  });
  assert.deepEqual(completeCommandLine(program, ["toString"]), ["toString"]);
});

test("a beginning of several commands is answered with them", () => {
  assert.throws(
    () => completeCommandLine(program, ["list"]),
    (error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, /list-units, list-unit-files, list-machines/);
      return true;
    },
  );
});
