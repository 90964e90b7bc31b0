import assert from "node:assert/strict";
import { test } from "node:test";
import type { Assignment } from "@flotilla/model";
import type { ManagedUnit } from "@flotilla/systemd";
import type { LaunchRecord } from "./launch-record.ts";
import { SettledUnits } from "./settled-units.ts";

const WEB = "web.service";

const assignment: Assignment = {
  unit: WEB,
  machineID: "m1",
  digest: "d",
  hash: "h",
  desired: "launched",
  since: 1,
  leaving: false,
  stopping: false,
  exclusive: false,
  revision: 1,
};
const managed: ManagedUnit = {
  name: WEB,
  text: "",
  loadState: "loaded",
  activeState: "active",
  subState: "running",
  job: "",
  result: "success",
};
const launch: LaunchRecord = { since: 1, digest: "d", hash: "h", phase: "launched", problem: "" };

function settled({ exclusive = false } = {}) {
  const assigned = new Map([[WEB, { ...assignment, exclusive }]]);
  const listed = new Map([[WEB, managed]]);
  const launched = new Map([[WEB, launch]]);
  const units = new SettledUnits({
    assignments: { all: assigned },
    manager: { list: () => listed },
    launches: { all: launched },
  });
  return { units, assigned, listed, launched };
}

test("a unit is settled from when that is noted until something new is known of it", () => {
  const news: readonly ((known: ReturnType<typeof settled>) => void)[] = [
    ({ assigned }) => assigned.set(WEB, { ...assignment, revision: 2 }),
    ({ listed }) => listed.set(WEB, { ...managed, activeState: "failed" }),
    ({ listed }) => listed.delete(WEB),
    ({ launched }) => launched.set(WEB, { ...launch, problem: "it failed" }),
    ({ launched }) => launched.delete(WEB),
    ({ units }) => units.forget(WEB),
  ];
  for (const comes of news) {
    const known = settled();
    assert.equal(known.units.has(WEB), false);
    known.units.note(WEB);
    assert.equal(known.units.has(WEB), true);
    comes(known);
    assert.equal(known.units.has(WEB), false);
  }
});

test("what depends on more than what is known of the unit itself is never settled", () => {
  const exclusive = settled({ exclusive: true });
  exclusive.units.note(WEB);
  assert.equal(exclusive.units.has(WEB), false);
  const unassigned = settled();
  unassigned.assigned.delete(WEB);
  unassigned.units.note(WEB);
  assert.equal(unassigned.units.has(WEB), false);
});
