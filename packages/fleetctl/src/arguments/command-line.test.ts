import assert from "node:assert/strict";
import { test } from "node:test";
import { UsageError } from "../command-error.ts";
import { nowhere } from "../nowhere.fixture.ts";
import { createProgram } from "../program.ts";
import { completeCommandLine } from "./command-line.ts";

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
  ["--debug=true ssh m grep --full=true x", "--debug ssh m -- grep --full=true x"],
  ["ssh -machine=m find -name x", "ssh --machine=m -- find -name x"],
  ["-machine m ssh find -fields x", "ssh --machine m -- find -fields x"],
  ["-endpoint unix:///x -no-block stop x", "--endpoint unix:///x stop --no-block x"],
  ["--block-attempts 5 --debug stop x", "--debug stop --block-attempts 5 x"],
  ["-n 5 journal -fl=true x", "journal -n 5 -fl=true x"],
  ["list-units -l=true -fields unit", "list-units -l --fields unit"],
  ["-strict-host-key-checking=false list-m", "--no-strict-host-key-checking list-machines"],
  ["-bogus start x", "-bogus start x"],
  ["kill -9 x", "kill --signal=9 x"],
  ["--debug kill -HUP --kill-whom=main x", "--debug kill --signal=HUP --kill-whom=main x"],
  ["kill -sigterm x -- -9", "kill --signal=sigterm x -- -9"],
  ["kill -RTMIN+3 -s KILL x", "kill --signal=RTMIN+3 -s KILL x"],
  ["ssh x kill -9 y", "ssh x -- kill -9 y"],
];

for (const [given, complete] of lines) {
  test(`${given} is ${complete}`, () => {
    assert.deepEqual(completeCommandLine(program, given.split(" ")), complete.split(" "));
  });
}

/** Commands of kubectl, nomad, systemctl and docker, in this order. */
const VERBS =
  "get describe logs apply delete exec rollout scale top " +
  "job alloc node enable disable is-enabled daemon-reload mask unmask " +
  "poweroff halt freeze thaw ps rm inspect stats up down config";

for (const verb of VERBS.split(" ")) {
  test(`${verb}, a command of another tool, is answered with fleetctl's equivalent`, () => {
    assert.throws(() => completeCommandLine(program, ["--debug", verb, "x"]), {
      name: "UsageError",
      message: new RegExp(`^unknown command '${verb}': [a-z].*[^.]$`),
    });
  });
}

test("an unknown word is left to commander, which suggests similar commands", () => {
  assert.deepEqual(completeCommandLine(program, ["toString"]), ["toString"]);
});

test("an ambiguous prefix is answered with the candidates", () => {
  assert.throws(
    () => completeCommandLine(program, ["list"]),
    (error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, /list-units, list-unit-files, list-machines/);
      return true;
    },
  );
});
