import assert from "node:assert/strict";
import { test } from "node:test";
import type { FleetUnit, UnitEntity } from "@flotilla/api/client";
import { hashOptions, parseUnitFile } from "@flotilla/unit";
import {
  type Destination,
  fileOf,
  type ImportOptions,
  importSteps,
  type UnitStep,
  type Source,
} from "./import-steps.ts";

type DesiredState = UnitEntity["desiredState"];

const FILE = "[Service]\nExecStart=/bin/sleep 1000\n";
const OTHER = "[Service]\nExecStart=/bin/sleep 2000\n";

const there = (name: string, desiredState: DesiredState, file = FILE): FleetUnit => ({
  name,
  desiredState,
  options: parseUnitFile(file).options,
});
const here = (name: string, desiredState: DesiredState, file = FILE) => ({
  name,
  desiredState,
  hash: hashOptions(parseUnitFile(file).options),
});

function planFor(
  unit: FleetUnit,
  known: ReturnType<typeof here> | undefined,
  options: Partial<ImportOptions> = {},
): UnitStep {
  const steps = importSteps(
    { units: [unit], machines: [] },
    { units: known ? [known] : [], machines: [] },
    { most: undefined, replace: false, ...options },
  );
  return steps.units[0] ?? assert.fail();
}

const cases: readonly [
  what: string,
  there: DesiredState,
  here: DesiredState | undefined,
  differs: boolean,
  options: Partial<ImportOptions>,
  action: UnitStep["action"],
  state: DesiredState,
][] = [
  ["a new unit keeps its state", "launched", undefined, false, {}, "create", "launched"],
  ["a new unit is limited by --state", "launched", undefined, false, { most: "loaded" }, "create", "loaded"],
  ["an inactive unit is not raised by --state", "inactive", undefined, false, { most: "loaded" }, "create", "inactive"],
  ["the same unit in the same state", "launched", "launched", false, {}, "same", "launched"],
  ["the same unit in a lower state here", "launched", "inactive", false, {}, "raise", "launched"],
  ["a unit in a higher state here is not stopped", "inactive", "launched", false, {}, "same", "launched"],
  ["a unit that differs stays", "launched", "inactive", true, {}, "keep", "inactive"],
  [
    "a unit that differs is replaced with --replace",
    "launched",
    "inactive",
    true,
    { replace: true },
    "replace",
    "launched",
  ],
  ["a replaced unit is not stopped", "inactive", "launched", true, { replace: true }, "replace", "launched"],
];

test("units: a unit without options is created from a file with an empty section", () => {
  assert.equal(planFor(there("a.target", "inactive", "[Unit]\n"), undefined).action, "create");
  assert.equal(fileOf(there("a.target", "inactive", "[Unit]\n")), "[Unit]\n");
  assert.equal(
    planFor(there("a.target", "inactive", "[Unit]\n"), here("a.target", "inactive", "[Install]\n")).action,
    "same",
  );
});

for (const [what, from, to, differs, options, action, state] of cases) {
  test(`units: ${what}`, () => {
    const known = to === undefined ? undefined : here("a.service", to, differs ? OTHER : FILE);
    const step = planFor(there("a.service", from), known, options);
    assert.deepEqual([step.action, step.state], [action, state]);
  });
}

for (const [what, unit, note] of [
  ["a bad name", there("nosuffix", "inactive"), /nosuffix/],
  ["a launched template", there("t@.service", "launched"), /template/],
  [
    "metadata without a value",
    there("a.service", "inactive", `${FILE}\n[X-Fleet]\nMachineMetadata=region\n`),
    /region/,
  ],
  [
    "a newline in a value",
    {
      name: "a.service",
      desiredState: "inactive",
      options: [{ section: "Service", name: "User", value: "a\n[Evil]\nx=y" }],
    },
    /newline/,
  ],
  [
    "a unit that stops the daemon",
    there("a.service", "inactive", `${FILE}\n[Unit]\nConflicts=fleet.service\n`),
    /daemon/,
  ],
  [
    "metadata of no instance",
    there("a.service", "inactive", `${FILE}\n[X-Fleet]\nMachineMetadata=ip=%i\n`),
    /instance/,
  ],
] as const) {
  test(`a unit that fleet accepted and this cluster does not is refused with a reason: ${what}`, () => {
    const step = planFor(unit, undefined);
    assert.equal(step.action, "refuse");
    assert.match(step.note ?? "", note);
  });
}

test("metadata: missing values for machines of this cluster, and differing ones only with --replace", () => {
  const source: Source = {
    units: [],
    machines: [
      { id: "both", metadata: { region: "eu", disk: "ssd", rack: "7" } },
      { id: "same", metadata: { region: "eu" } },
      { id: "odd", metadata: { constructor: "x" } },
      { id: "gone", metadata: { region: "us" } },
    ],
  };
  const destination: Destination = {
    units: [],
    machines: [
      { id: "both", metadata: { region: "eu", disk: "hdd", own: "1" } },
      { id: "same", metadata: { region: "eu" } },
      { id: "odd", metadata: {} },
    ],
  };
  const odd = { machine: "odd", action: "set", metadata: { constructor: "x" } };
  const absent = { machine: "gone", action: "absent", metadata: { region: "us" } };
  assert.deepEqual(importSteps(source, destination, { most: undefined, replace: false }).machines, [
    { machine: "both", action: "set", metadata: { rack: "7" } },
    { machine: "both", action: "keep", metadata: { disk: "ssd" } },
    odd,
    absent,
  ]);
  assert.deepEqual(importSteps(source, destination, { most: undefined, replace: true }).machines, [
    { machine: "both", action: "set", metadata: { disk: "ssd", rack: "7" } },
    odd,
    absent,
  ]);
});
