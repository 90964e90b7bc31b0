import assert from "node:assert/strict";
import { test } from "node:test";
import { decide } from "../decide.ts";
import { brief } from "../fixture/apply.ts";
import { cluster } from "../fixture/cluster.ts";
import { runToEnd } from "../effort.ts";
import { NO_TIME } from "../history/moment.ts";
import { Scheduler } from "../scheduler.ts";
import { planAhead } from "./plan-ahead.ts";

/** A cluster, the units that would be written, and what would change. */
const CASES: readonly (readonly [
  about: string,
  machines: string,
  units: readonly string[],
  written: readonly string[],
  changes: readonly string[],
])[] = [
  ["a new unit", "m1 m2", ["a @m1"], ["b"], ["place b m2"]],
  ["a unit that no machine can take", "m1", [], ["b MachineMetadata=zone=a"], ["refuse b"]],
  ["a unit with another file stays", "m1 m2", ["a @m1"], ["a Conflicts=x.service"], ["update a m1"]],
  ["a unit that must move", "m1 m2{zone=a}", ["a @m1"], ["a MachineMetadata=zone=a"], ["move a m1>m2"]],
  ["a unit that is stopped", "m1", ["a @m1"], ["a inactive"], ["unplace a m1"]],
  ["the same unit", "m1", ["a @m1"], ["a"], []],
  [
    "a unit that takes the place of another",
    "m1",
    ["a @m1"],
    ["b Replaces=a.service"],
    ["unplace a m1", "place b m1", "refuse a"],
  ],
  [
    "what is due anyway is left out",
    "m1 m2",
    ["a @m1", "x MachineID=m1", "y MachineID=m9"],
    ["b MachineID=m2"],
    ["place b m2"],
  ],
];

for (const [about, machines, units, written, expected] of CASES) {
  test(`planning ahead: ${about}`, () => {
    const snapshot = cluster(machines, ...units);
    const scheduler = new Scheduler();
    const changed = [...cluster(machines, ...written).units.values()].map((unit) => ({
      ...unit,
      ...((snapshot.units.get(unit.name)?.hash === unit.hash && { digest: `new ${unit.hash}` }) as object),
      revision: 2000,
    }));
    const changes = runToEnd(planAhead(scheduler, snapshot, changed));
    assert.deepEqual(
      changes.map(({ unit, kind, from, to }) => {
        const place = from !== undefined && to !== undefined ? `${from}>${to}` : (to ?? from ?? "");
        return `${kind} ${unit.replace(".service", "")} ${place}`.trim();
      }),
      expected,
    );
    assert.ok(changes.every(({ reasons }) => reasons.length > 0 && reasons.every((reason) => reason !== "")));
    const decided = scheduler.decide(snapshot, NO_TIME);
    assert.deepEqual(
      decided.toWrite.map(brief),
      decide(snapshot)
        .filter(({ kind }) => kind !== "unplaceable")
        .map(brief),
    );
  });
}
