import assert from "node:assert/strict";
import { test } from "node:test";
import { parseUnitFile } from "../parse.ts";
import { xFleetWarnings } from "./x-fleet-warnings.ts";

function warningsOf(text: string): readonly string[] {
  return Array.from(xFleetWarnings(parseUnitFile(text).options));
}

test("known options and other sections give no warning", () => {
  const known = "MachineID=a\nMachineOf=b\nMachineMetadata=c=d\nConflicts=e\nGlobal=no\nReplaces=f";
  assert.deepEqual(warningsOf(`[Unit]\nMachineof=x\n[X-Other]\nFoo=1\n[X-Fleet]\n${known}`), []);
});

const NEAREST: readonly (readonly [written: string, nearest: string])[] = [
  ["Machineof", "MachineOf"],
  ["MachineId", "MachineID"],
  ["machineID", "MachineID"],
  ["Conflict", "Conflicts"],
  ["Confilcts", "Conflicts"],
  ["global", "Global"],
  ["X-Global", "Global"],
  ["X-ConditionConflicts", "Conflicts"],
  ["X-ConditionMetadata", "MachineMetadata"],
  ["Metadata", "MachineMetadata"],
  ["MachineMetaData", "MachineMetadata"],
  ["Replace", "Replaces"],
  ["Replacse", "Replaces"],
];

for (const [written, nearest] of NEAREST) {
  test(`${written}= is unknown, and the warning suggests ${nearest}=`, () => {
    assert.deepEqual(warningsOf(`[X-Fleet]\n${written}=true`), [
      `${written}= in [X-Fleet] is unknown and has no effect; the nearest known option is ${nearest}=`,
    ]);
  });
}

const OLD_SPELLINGS: readonly (readonly [old: string, current: string])[] = [
  ["X-ConditionMachineID", "MachineID"],
  ["X-ConditionMachineBootID", "MachineID"],
  ["X-ConditionMachineOf", "MachineOf"],
  ["X-ConditionMachineMetadata", "MachineMetadata"],
  ["X-Conflicts", "Conflicts"],
];

for (const [old, current] of OLD_SPELLINGS) {
  test(`${old}= is an old spelling of ${current}=`, () => {
    assert.deepEqual(warningsOf(`[X-Fleet]\n${old}=a=b\n${old}=c=d`), [
      `${old}= in [X-Fleet] is an old spelling, still accepted; write ${current}=`,
    ]);
  });
}

test("a second MachineID= gives a warning", () => {
  assert.deepEqual(warningsOf("[X-Fleet]\nMachineID=a\nMachineID=b"), [
    "MachineID= is assigned several times in [X-Fleet], and only the first assignment counts; remove the others",
  ]);
  assert.deepEqual(warningsOf("[X-Fleet]\nMachineID=a\nMachineID=\nMachineID=a"), []);
});

test("an option of systemd in [X-Fleet] gives a warning", () => {
  assert.deepEqual(warningsOf("[X-Fleet]\nRestart=always\nAfter=a.service"), [
    "Restart= has no effect in [X-Fleet]; move it to [Service]",
    "After= has no effect in [X-Fleet]; move it to [Unit]",
  ]);
});
