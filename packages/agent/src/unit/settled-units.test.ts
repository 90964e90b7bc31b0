import assert from "node:assert/strict";
import { test } from "node:test";
import { SettledUnits } from "./settled-units.ts";
import { ACTIVE, ASSIGNED, LAUNCHED, UNIT } from "./situation.fixture.ts";

function settled({ exclusive = false } = {}) {
  const assigned = new Map([[UNIT, { ...ASSIGNED, exclusive }]]);
  const listed = new Map([[UNIT, ACTIVE]]);
  const launched = new Map([[UNIT, LAUNCHED]]);
  const units = new SettledUnits({
    assignments: { all: assigned },
    manager: { list: () => listed },
    launches: { all: launched },
  });
  return { units, assigned, listed, launched };
}

test("a unit is settled from when that is noted until something new is known of it", () => {
  const news: readonly ((known: ReturnType<typeof settled>) => void)[] = [
    ({ assigned }) => assigned.set(UNIT, { ...ASSIGNED, revision: 2 }),
    ({ listed }) => listed.set(UNIT, { ...ACTIVE, activeState: "failed" }),
    ({ listed }) => listed.delete(UNIT),
    ({ launched }) => launched.set(UNIT, { ...LAUNCHED, problem: "it failed" }),
    ({ launched }) => launched.delete(UNIT),
    ({ units }) => units.forget(UNIT),
  ];
  for (const comes of news) {
    const known = settled();
    assert.equal(known.units.has(UNIT), false);
    known.units.note(UNIT);
    assert.equal(known.units.has(UNIT), true);
    comes(known);
    assert.equal(known.units.has(UNIT), false);
  }
});

test("what depends on more than what is known of the unit itself is never settled", () => {
  const exclusive = settled({ exclusive: true });
  exclusive.units.note(UNIT);
  assert.equal(exclusive.units.has(UNIT), false);
  const unassigned = settled();
  unassigned.assigned.delete(UNIT);
  unassigned.units.note(UNIT);
  assert.equal(unassigned.units.has(UNIT), false);
});
