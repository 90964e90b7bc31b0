import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseUnitFile } from "./parse.ts";
import type { Requirements } from "./requirements.ts";
import { requirementsOf } from "./requirements-of.ts";
import { RequirementsError } from "./requirements-error.ts";

const NONE: Requirements = {
  machineOf: [],
  metadata: [],
  conflicts: [],
  replaces: [],
  global: false,
  moveOnFailure: true,
  exclusive: false,
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

  { section: "MachineMetadata=foo=bar", requirements: { metadata: [{ key: "foo", values: ["bar"] }] } },
  {
    section: 'MachineMetadata="region=a" "disk=ssd"\nMachineMetadata=region=b\nMachineMetadata=region=a',
    requirements: {
      metadata: [
        { key: "region", values: ["a", "b"] },
        { key: "disk", values: ["ssd"] },
      ],
    },
  },
  {
    section: "MachineMetadata=a=1 b=2",
    requirements: {
      metadata: [
        { key: "a", values: ["1"] },
        { key: "b", values: ["2"] },
      ],
    },
  },
  {
    section: "MachineMetadata=a=1\nX-ConditionMachineMetadata=a=2",
    requirements: { metadata: [{ key: "a", values: ["2", "1"] }] },
  },
  { section: "MachineMetadata=region=us east", requirements: { metadata: [{ key: "region", values: ["us east"] }] } },
  { section: 'MachineMetadata="region=us east"', requirements: { metadata: [{ key: "region", values: ["us east"] }] } },
  { section: 'MachineMetadata=region="us east"', requirements: { metadata: [{ key: "region", values: ["us east"] }] } },
  { section: "MachineMetadata=region = eu", requirements: { metadata: [{ key: "region", values: ["eu"] }] } },
  { section: "MachineMetadata=a=b=c", requirements: { metadata: [{ key: "a", values: ["b=c"] }] } },
  { section: "MachineMetadata=a=1\nMachineMetadata=", requirements: {} },
  { section: 'MachineMetadata="__proto__=x"', requirements: { metadata: [{ key: "__proto__", values: ["x"] }] } },

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

  { section: "MachineOf=%p.socket", name: "foo.service", requirements: { machineOf: ["foo.socket"] } },
  { section: "Conflicts=%p@*.service", name: "a@1.service", requirements: { conflicts: ["a@*.service"] } },
  {
    section: "MachineMetadata=rack=%i zone=%%i",
    name: "a@1.service",
    requirements: {
      metadata: [
        { key: "rack", values: ["1"] },
        { key: "zone", values: ["%i"] },
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
  const name = fc.constantFrom("MachineID", "MachineOf", "MachineMetadata", "Conflicts", "Global", "Replaces", "X");
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
