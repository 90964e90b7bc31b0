import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseUnitFile } from "./parse.ts";
import type { Requirements } from "./requirements.ts";
import { requirementsOf } from "./requirements-of.ts";
import { RequirementsError } from "./requirements-error.ts";
import { X_FLEET_OPTIONS } from "./x-fleet.ts";

const NONE: Requirements = {
  machineOf: [],
  metadata: [],
  conflicts: [],
  replaces: [],
  global: false,
  moveOnFailure: true,
  exclusive: false,
  prefers: [],
  avoids: [],
  spreadBy: [],
  priority: 0,
  preempts: false,
  neverMoves: false,
  programs: [],
  secrets: [],
};

function read(section: string, name = "echo.service"): Requirements {
  return requirementsOf(name, parseUnitFile(`[X-Fleet]\n${section}`).options);
}

const ACCEPTED: readonly {
  readonly section: string;
  readonly name?: string;
  readonly requirements: Partial<Requirements>;
}[] = [
  { section: "", requirements: {} },
  { section: "Foo=bar\nmachineid=1\nX-Global=true\nX-Replaces=a", requirements: {} },
  { section: "[Service]\nMachineID=123\nGlobal=true", requirements: {} },

  { section: "MachineID=123", requirements: { machineID: "123" } },
  { section: 'MachineID="123" "456"', requirements: { machineID: "123" } },
  { section: "MachineID=123\nMachineID=456", requirements: { machineID: "123" } },
  { section: "MachineID=123\nMachineID=", requirements: {} },
  { section: "X-ConditionMachineID=123", requirements: { machineID: "123" } },
  { section: "X-ConditionMachineID=456\nMachineID=123", requirements: { machineID: "123" } },
  { section: "X-ConditionMachineBootID=123", requirements: { machineID: "123" } },
  { section: "X-ConditionMachineBootID=123\nX-ConditionMachineID=456", requirements: { machineID: "456" } },
  { section: "X-ConditionMachineBootID=123\nMachineID=456", requirements: { machineID: "456" } },

  { section: "MachineOf=a.service", requirements: { machineOf: ["a.service"] } },
  { section: 'MachineOf="a.service" "b.service"', requirements: { machineOf: ["a.service", "b.service"] } },
  { section: "MachineOf=a.service b.service", requirements: { machineOf: ["a.service", "b.service"] } },
  { section: "MachineOf=a\\x2db.service", requirements: { machineOf: ["a\\x2db.service"] } },
  { section: "MachineOf=a.service \\\n  b.service", requirements: { machineOf: ["a.service", "b.service"] } },
  { section: "MachineOf=b\nX-ConditionMachineOf=a\nMachineOf=a", requirements: { machineOf: ["a", "b"] } },
  { section: 'MachineOf=""\nConflicts=', requirements: {} },

  { section: "Conflicts=*bar* *foo*", requirements: { conflicts: ["*bar*", "*foo*"] } },
  { section: "Conflicts=*bar*\nConflicts=*foo*", requirements: { conflicts: ["*bar*", "*foo*"] } },
  { section: "Conflicts=a\nConflicts=\nConflicts=b", requirements: { conflicts: ["b"] } },
  { section: 'X-Conflicts="a*" b?', requirements: { conflicts: ["a*", "b?"] } },
  { section: "Conflicts=a[^b\\]]\\*", requirements: { conflicts: ["a[^b\\]]\\*"] } },
  { section: "Replaces=a* b\nReplaces=c", requirements: { replaces: ["a*", "b", "c"] } },
  { section: "Conflicts=b*e\nMachineOf=foo.service", requirements: { conflicts: ["b*e"], machineOf: ["foo.service"] } },
  { section: "Replaces=foo\nMachineOf=bar", requirements: { replaces: ["foo"], machineOf: ["bar"] } },

  { section: "MachineMetadata=foo=bar", requirements: { metadata: [{ key: "foo", operator: "in", values: ["bar"] }] } },
  {
    section: 'MachineMetadata="region=a" "disk=ssd"\nMachineMetadata=region=b\nMachineMetadata=region=a',
    requirements: {
      metadata: [
        { key: "region", operator: "in", values: ["a", "b"] },
        { key: "disk", operator: "in", values: ["ssd"] },
      ],
    },
  },
  {
    section: "MachineMetadata=a=1 b=2",
    requirements: {
      metadata: [
        { key: "a", operator: "in", values: ["1"] },
        { key: "b", operator: "in", values: ["2"] },
      ],
    },
  },
  {
    section: "MachineMetadata=a=1\nX-ConditionMachineMetadata=a=2",
    requirements: { metadata: [{ key: "a", operator: "in", values: ["2", "1"] }] },
  },
  {
    section: "MachineMetadata=region=us east",
    requirements: { metadata: [{ key: "region", operator: "in", values: ["us east"] }] },
  },
  {
    section: 'MachineMetadata="region=us east"',
    requirements: { metadata: [{ key: "region", operator: "in", values: ["us east"] }] },
  },
  {
    section: 'MachineMetadata=region="us east"',
    requirements: { metadata: [{ key: "region", operator: "in", values: ["us east"] }] },
  },
  {
    section: "MachineMetadata=region = eu",
    requirements: { metadata: [{ key: "region", operator: "in", values: ["eu"] }] },
  },
  { section: "MachineMetadata=a=b=c", requirements: { metadata: [{ key: "a", operator: "in", values: ["b=c"] }] } },
  { section: "MachineMetadata=a=1\nMachineMetadata=", requirements: {} },
  {
    section: 'MachineMetadata="__proto__=x"',
    requirements: { metadata: [{ key: "__proto__", operator: "in", values: ["x"] }] },
  },

  { section: "Exclusive=true", requirements: { exclusive: true } },
  { section: "MoveOnFailure=no", requirements: { moveOnFailure: false } },
  { section: "MoveOnFailure=no\nMoveOnFailure=", requirements: {} },
  { section: "Global=true", requirements: { global: true } },
  { section: "Global=Yes", requirements: { global: true } },
  { section: "Global=ON", requirements: { global: true } },
  { section: "Global=1", requirements: { global: true } },
  { section: "Global=t", requirements: { global: true } },
  { section: "Global=y", requirements: { global: true } },
  { section: 'Global="true"', requirements: { global: true } },
  { section: "Global=no", requirements: {} },
  { section: "Global=0", requirements: {} },
  { section: "Global=", requirements: {} },
  { section: "Global=true\nGlobal=false", requirements: {} },
  { section: "Global=false\nGlobal=true", requirements: { global: true } },
  { section: "Global=true\nConflicts=a", requirements: { global: true, conflicts: ["a"] } },
  { section: "Global=no\nMachineID=1", requirements: { machineID: "1" } },

  { section: "Strategy=pack", requirements: { strategy: "pack" } },
  { section: "Strategy=pack\nStrategy=", requirements: {} },
  { section: "Avoids=web@* db.service", requirements: { avoids: ["web@*", "db.service"] } },
  { section: "Avoids=%p@*", name: "web@1.service", requirements: { avoids: ["web@*"] } },
  { section: "Global=no\nAvoids=a", requirements: { avoids: ["a"] } },
  { section: "SpreadBy=zone machine\nSpreadBy=zone", requirements: { spreadBy: ["zone", "machine"] } },
  { section: "MaxPerMachine=2", requirements: { maxPerMachine: 2 } },
  { section: "Priority=100", requirements: { priority: 100 } },
  { section: "Priority=-1000", requirements: { priority: -1000 } },
  { section: "Priority=5\nPriority=", requirements: {} },
  { section: "Preempts=true", requirements: { preempts: true } },
  { section: "Global=true\nPreempts=true\nPriority=1", requirements: { global: true, preempts: true, priority: 1 } },
  { section: "NeverMoves=true", requirements: { neverMoves: true, moveOnFailure: false } },
  { section: "MachineID=1\nNeverMoves=true", requirements: { machineID: "1", neverMoves: true, moveOnFailure: false } },

  {
    section: "Prefers=disk=ssd",
    requirements: { prefers: [{ weight: 50, expressions: [{ key: "disk", operator: "in", values: ["ssd"] }] }] },
  },
  {
    section: 'Prefers=80 "zone in a,b" "zone=c" "zone=d"\nPrefers=7 gpu exists',
    requirements: {
      prefers: [
        {
          weight: 80,
          expressions: [
            { key: "zone", operator: "in", values: ["a", "b"] },
            { key: "zone", operator: "in", values: ["c", "d"] },
          ],
        },
        { weight: 7, expressions: [{ key: "gpu", operator: "exists", values: [] }] },
      ],
    },
  },
  {
    section: "Prefers=rack=%i",
    name: "a@1.service",
    requirements: { prefers: [{ weight: 50, expressions: [{ key: "rack", operator: "in", values: ["1"] }] }] },
  },
  { section: "Prefers=disk=ssd\nPrefers=", requirements: {} },

  { section: "MachineOf=%p.socket", name: "foo.service", requirements: { machineOf: ["foo.socket"] } },
  { section: "Conflicts=%p@*.service", name: "a@1.service", requirements: { conflicts: ["a@*.service"] } },
  {
    section: "MachineMetadata=rack=%i zone=%%i",
    name: "a@1.service",
    requirements: {
      metadata: [
        { key: "rack", operator: "in", values: ["1"] },
        { key: "zone", operator: "in", values: ["%i"] },
      ],
    },
  },
];

for (const { section, name, requirements } of ACCEPTED) {
  test(`requirementsOf reads ${JSON.stringify(section)}`, () => {
    assert.deepEqual(read(section, name), { ...NONE, ...requirements });
  });
}

const REFUSED: readonly { readonly section: string; readonly message: RegExp }[] = [
  { section: "MachineID=1\nMachineOf=a", message: /both MachineID= and MachineOf=/ },
  { section: "MachineID=1\nConflicts=a", message: /both MachineID= and Conflicts=/ },
  { section: "Global=true\nMachineID=1", message: /both MachineID= and Global=/ },
  { section: "X-ConditionMachineBootID=1\nGlobal=true", message: /both MachineID= and Global=/ },
  { section: "MachineID=1\nReplaces=a", message: /both MachineID= and Replaces=/ },
  { section: "Global=true\nMachineOf=a", message: /both Global= and MachineOf=/ },
  { section: "Global=true\nReplaces=a", message: /both Global= and Replaces=/ },
  { section: "Conflicts=a\nReplaces=b", message: /both Conflicts= and Replaces=/ },
  {
    section: "MachineOf=bar.service\nConflicts=foo b*e",
    message: /MachineOf=bar\.service, but Conflicts=b\*e matches/,
  },
  { section: "MachineOf=bar.service\nReplaces=bar.service", message: /but Replaces=bar\.service matches/ },
  { section: "MachineOf=%p.socket\nConflicts=echo.socket", message: /MachineOf=echo\.socket, but Conflicts/ },
  { section: "Global=true\nNeverMoves=true", message: /both Global= and NeverMoves=.*remove one of the two/ },
  { section: "Global=true\nMaxPerMachine=1", message: /both Global= and MaxPerMachine=/ },
  { section: "Global=true\nStrategy=pack", message: /both Global= and Strategy=/ },
  { section: "Global=true\nPrefers=a=b", message: /both Global= and Prefers=/ },
  { section: "Global=true\nAvoids=a", message: /both Global= and Avoids=/ },
  { section: "Global=true\nSpreadBy=zone", message: /both Global= and SpreadBy=/ },
  { section: "MachineID=1\nPrefers=a=b", message: /both MachineID= and Prefers=/ },
  { section: "MachineID=1\nSpreadBy=zone", message: /both MachineID= and SpreadBy=/ },
  { section: "NeverMoves=true\nMoveOnFailure=true", message: /both NeverMoves= and MoveOnFailure=/ },
  { section: "Strategy=binpack", message: /Strategy=binpack in \[X-Fleet\] is unknown; write spread or pack/ },
  { section: "Prefers=0 a=b", message: /has the weight 0; write a weight from 1 to 100/ },
  { section: "Prefers=-5 a=b", message: /has the weight -5/ },
  { section: "Prefers=101 a=b", message: /has the weight 101/ },
  { section: "Prefers=ssd", message: /Prefers=ssd in \[X-Fleet\] contains "ssd", which is not key=value/ },
  { section: "Prefers=20", message: /Prefers=20 in \[X-Fleet\] has no expression/ },
  { section: "Avoids=a[", message: /Avoids=a\[ in \[X-Fleet\] is not a glob/ },
  { section: "SpreadBy=zone=a", message: /SpreadBy=zone=a in \[X-Fleet\] is no metadata key; write the key alone/ },
  { section: "SpreadBy=a b c d e", message: /SpreadBy= in \[X-Fleet\] has 5 entries: at most 4/ },
  { section: "MaxPerMachine=0", message: /MaxPerMachine=0 in \[X-Fleet\] is no whole number from 1 to 100000/ },
  { section: "MaxPerMachine=1.5", message: /MaxPerMachine=1\.5 in/ },
  { section: "Priority=high", message: /Priority=high in \[X-Fleet\] is no whole number from -1000 to 1000/ },
  { section: "Priority=1001", message: /Priority=1001 in/ },
  { section: "Preempts=lower", message: /Preempts=lower in \[X-Fleet\] is neither true nor false/ },
  { section: "NeverMoves=always", message: /NeverMoves=always in \[X-Fleet\] is neither true nor false/ },
  { section: "Global=what", message: /Global=what in \[X-Fleet\] is neither true nor false; write Global=true/ },
  { section: "MachineMetadata=region", message: /contains "region", which is not key=value/ },
  { section: "MachineMetadata=region=", message: /contains "region=", which is not key=value/ },
  { section: "MachineMetadata==eu", message: /contains "=eu", which is not key=value/ },
  { section: 'MachineMetadata="a=1" b', message: /contains "b", which is not key=value/ },
  { section: 'MachineMetadata="a=1', message: /an unclosed quote/ },
  { section: 'MachineOf="a', message: /MachineOf="a in \[X-Fleet\] has an unclosed quote/ },
  { section: "Conflicts=a[", message: /Conflicts=a\[ in \[X-Fleet\] is not a glob/ },
  { section: "Replaces=a\\\\\\\\ [", message: /Replaces=\[ in \[X-Fleet\] is not a glob/ },
];

for (const { section, message } of REFUSED) {
  test(`requirementsOf refuses ${JSON.stringify(section)}`, () => {
    assert.throws(
      () => read(section),
      (error) => error instanceof RequirementsError && error.code === "bad-requirements" && message.test(error.message),
    );
  });
}

test("requirementsOf throws only RequirementsError", () => {
  const name = fc.constantFrom(...Object.keys(X_FLEET_OPTIONS), "X");
  const option = fc.record({ section: fc.constant("X-Fleet"), name, value: fc.string({ unit: "binary" }) });
  fc.assert(
    fc.property(fc.array(option), fc.string(), (options, unit) => {
      try {
        requirementsOf(unit, options);
      } catch (error) {
        assert.ok(error instanceof RequirementsError);
      }
    }),
  );
});
