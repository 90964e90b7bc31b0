import assert from "node:assert/strict";
import { test } from "node:test";
import type { LaunchRecord, LaunchRecords } from "../launch/launch-record.ts";

const RECORD: LaunchRecord = { since: 7, digest: "d1", hash: "h1", phase: "starting", restart: 0, problem: "" };

/** The suite that every implementation of LaunchRecords passes. */
export function launchRecordsContract(name: string, create: () => LaunchRecords): void {
  test(`${name}: begins empty`, () => {
    assert.deepEqual([...create().all], []);
  });

  test(`${name}: shows the latest record of each unit`, () => {
    const records = create();
    records.put("a.service", RECORD);
    records.put("b@1.service", RECORD);
    records.put("a.service", { ...RECORD, phase: "launched", problem: 'a "quoted" reason\nof two lines' });
    assert.deepEqual(Object.fromEntries(records.all), {
      "a.service": { ...RECORD, phase: "launched", problem: 'a "quoted" reason\nof two lines' },
      "b@1.service": RECORD,
    });
  });

  test(`${name}: a deleted record is gone, and deleting it again does nothing`, () => {
    const records = create();
    records.put("a.service", RECORD);
    records.delete("a.service");
    records.delete("a.service");
    assert.equal(records.all.size, 0);
  });
}
