import assert from "node:assert/strict";
import { test } from "node:test";
import { journalEntry, journalWriter } from "./journal-writer.ts";

test("journal entry: one line a field, and a multi-line value with its length", () => {
  const length = "\u0006\0\0\0\0\0\0\0";
  assert.equal(
    journalEntry(["MESSAGE=a\nb=é", "PRIORITY=6"]).toString("latin1"),
    Buffer.from(`MESSAGE\n${length}a\nb=é\nPRIORITY=6\n`).toString("latin1"),
  );
});

test("journal entry: a very long value is truncated", () => {
  assert.ok(journalEntry([`MESSAGE=${"x".repeat(1_000_000)}`]).length < 20_000);
});

test("journal writer: rejected entries are dropped, and their number is logged later", () => {
  const taken: string[] = [];
  let takes = false;
  const write = journalWriter((entry) => {
    if (takes) taken.push(/^MESSAGE=(.*)$/m.exec(entry.toString())?.[1] ?? "");
    return takes;
  });
  for (const message of ["one", "two"]) write([`MESSAGE=${message}`]);
  takes = true;
  for (const message of ["three", "four"]) write([`MESSAGE=${message}`]);
  assert.deepEqual(taken, ["dropped 2 log lines: the journal accepted none for a while", "three", "four"]);
});
