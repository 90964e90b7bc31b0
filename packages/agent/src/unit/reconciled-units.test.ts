import assert from "node:assert/strict";
import { test } from "node:test";
import { ReconciledUnits } from "./reconciled-units.ts";
import { ACTIVE, ASSIGNED, LAUNCHED, UNIT } from "./situation.fixture.ts";

function reconciled({ exclusive = false } = {}) {
  const assigned = new Map([[UNIT, { ...ASSIGNED, exclusive }]]);
  const listed = new Map([[UNIT, ACTIVE]]);
  const launched = new Map([[UNIT, LAUNCHED]]);
  const units = new ReconciledUnits({
    assignments: { all: assigned },
    manager: { list: () => listed },
    launches: { all: launched },
  });
  return { units, assigned, listed, launched };
}

test("a unit counts as reconciled from the note until a fact about it changes", () => {
  const news: readonly ((known: ReturnType<typeof reconciled>) => void)[] = [
    ({ assigned }) => assigned.set(UNIT, { ...ASSIGNED, revision: 2 }),
    ({ listed }) => listed.set(UNIT, { ...ACTIVE, activeState: "failed" }),
    ({ listed }) => listed.delete(UNIT),
    ({ launched }) => launched.set(UNIT, { ...LAUNCHED, problem: "it failed" }),
    ({ launched }) => launched.delete(UNIT),
    ({ units }) => units.forget(UNIT),
  ];
  for (const comes of news) {
    const known = reconciled();
    assert.equal(known.units.has(UNIT), false);
    known.units.note(UNIT);
    assert.equal(known.units.has(UNIT), true);
    comes(known);
    assert.equal(known.units.has(UNIT), false);
  }
});

test("a unit that depends on more than its own facts never counts as reconciled", () => {
  const exclusive = reconciled({ exclusive: true });
  exclusive.units.note(UNIT);
  assert.equal(exclusive.units.has(UNIT), false);
  const unassigned = reconciled();
  unassigned.assigned.delete(UNIT);
  unassigned.units.note(UNIT);
  assert.equal(unassigned.units.has(UNIT), false);
});
