import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { silentLogger, UNFINISHED } from "@flotilla/runtime";
import { launchRecordsContract } from "../contract/launch-records.ts";
import { FileLaunchRecords } from "./file-launch-records.ts";
import type { LaunchRecord } from "./launch-record.ts";
import { MemoryLaunchRecords } from "./memory-launch-records.ts";
import { FileSavedLease } from "../membership/saved-lease.ts";

const root = mkdtempSync(join(tmpdir(), "flotilla-agent-"));
after(() => rmSync(root, { recursive: true }));

const record: LaunchRecord = { since: 3, digest: "d", hash: "h", phase: "launched", restart: 0, problem: "" };

function newDirectory(): string {
  return join(mkdtempSync(join(root, "run-")), "launched");
}

launchRecordsContract("MemoryLaunchRecords", () => new MemoryLaunchRecords());
launchRecordsContract("FileLaunchRecords", () => new FileLaunchRecords(newDirectory(), silentLogger));

test("FileLaunchRecords: the next process finds the records of the previous one", () => {
  const directory = newDirectory();
  const first = new FileLaunchRecords(directory, silentLogger);
  first.put("a.service", record);
  first.put("b.service", record);
  first.delete("b.service");
  assert.deepEqual([...new FileLaunchRecords(directory, silentLogger).all], [["a.service", record]]);
  assert.deepEqual(readdirSync(directory), ["a.service"]);
});

test("FileLaunchRecords: an unfinished write and an invalid file are ignored", () => {
  const directory = newDirectory();
  new FileLaunchRecords(directory, silentLogger).put("a.service", record);
  writeFileSync(join(directory, UNFINISHED), "{");
  writeFileSync(join(directory, "b.service"), "");
  writeFileSync(join(directory, "c.service"), JSON.stringify({ ...record, phase: "flying" }));
  const warned: unknown[] = [];
  const records = new FileLaunchRecords(directory, {
    ...silentLogger,
    warn: (_, fields) => warned.push(fields?.["unit"]),
  });
  assert.deepEqual([...records.all.keys()], ["a.service"]);
  assert.deepEqual(new Set(warned), new Set(["b.service", "c.service"]));
});

test("FileLaunchRecords: names of 255 characters fit", () => {
  const records = new FileLaunchRecords(newDirectory(), silentLogger);
  records.put(`${"x".repeat(247)}.service`, record);
  assert.equal(records.all.size, 1);
});

test("FileSavedLease: keeps a lease's ID until it is cleared, and ignores other content", () => {
  const path = join(newDirectory(), "lease");
  const saved = new FileSavedLease(path);
  assert.equal(saved.load(), undefined);
  saved.save("7587891234567890123");
  assert.equal(new FileSavedLease(path).load(), "7587891234567890123");
  writeFileSync(path, "garbage");
  assert.equal(saved.load(), undefined);
  saved.clear();
  saved.clear();
  assert.equal(saved.load(), undefined);
});
