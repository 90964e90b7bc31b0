import assert from "node:assert/strict";
import { test } from "node:test";
import { type AuditRecord, type LogFields, ManualClock, silentLogger } from "@flotilla/runtime";
import { refusalOnLink } from "./link-refusal.ts";
import { type MachineRefusal, Refusals } from "./refusals.ts";

const RANGE: MachineRefusal = {
  ...{ machineID: "m1", from: "10.0.0.1", verb: "range", object: "store" },
  reason: 'a machine may not read "identity/ca"',
};

function start() {
  const clock = new ManualClock();
  const lines: LogFields[] = [];
  const records: AuditRecord[] = [];
  const refusals = new Refusals({
    clock,
    log: { ...silentLogger, warn: (_message, fields = {}) => void lines.push(fields) },
    audit: { record: (record) => void records.push(record) },
  });
  return { clock, lines, records, refusals };
}

test("a refusal is in the log and in the audit, with the machine if it is proven", () => {
  const { lines, records, refusals } = start();
  refusals.note(RANGE);
  refusals.note({ ...RANGE, machineID: undefined });
  const { machineID, from, verb, object, reason } = RANGE;
  const common = { from, verb, object, result: "refused", reason };
  assert.deepEqual(records, [
    { who: "machine", name: machineID, ...common },
    { who: "unknown", ...common },
  ]);
  assert.deepEqual(lines, [
    { machine: machineID, address: from, verb, object, reason },
    { address: from, verb, object, reason },
  ]);
});

test("of one machine, ten in a minute are recorded, and the number of the others", async () => {
  const { clock, records, refusals } = start();
  for (let round = 0; round < 100; round++) refusals.note(RANGE);
  refusals.note({ ...RANGE, machineID: "m2" });
  assert.equal(records.length, 11);
  await clock.advance(60_000);
  refusals.note(RANGE);
  assert.equal(records.length, 13);
  assert.match(records[11]?.reason ?? "", /^90 further refusals within a minute; .*identity\/ca/);
});

test("callers without a certificate are told apart by their addresses, 1,000 in a minute", async () => {
  const { clock, records, refusals } = start();
  const stranger = { ...RANGE, machineID: undefined };
  for (let address = 0; address < 5_000; address++) refusals.note({ ...stranger, from: `10.0.0.${address}` });
  assert.equal(records.length, 1_000);
  await clock.advance(60_000);
  refusals.note({ ...stranger, from: "10.0.0.4000" });
  assert.equal(records.length, 1_001);
});

for (const [path, isProven, wanted] of [
  [undefined, true, { machineID: "m1", verb: "session", object: "machines/m1" }],
  [undefined, false, { machineID: undefined, verb: "session", object: "machines/m1" }],
  ["/store/v1/lease/grant", true, { machineID: "m1", verb: "lease/grant", object: "store" }],
  ["/membership/v1/certificate", true, { machineID: "m1", verb: "certificate", object: "membership" }],
] as const)
  test(`a refusal on the link at ${path ?? "its beginning"}, ${isProven ? "" : "not "}proven`, () => {
    const refusal = { machineID: "m1", isProven, remoteAddress: "10.0.0.1", path, reason: "no" };
    assert.deepEqual(refusalOnLink(refusal), { ...wanted, from: "10.0.0.1", reason: "no" });
  });
