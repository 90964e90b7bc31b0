import assert from "node:assert/strict";
import { test } from "node:test";
import { journalEntry, journalWriter } from "./journal-writer.ts";

test("journal entry: a field a line, and one of several lines with its length", () => {
  const length = "\u0006\0\0\0\0\0\0\0";
  assert.equal(
    journalEntry(["MESSAGE=a\nb=é", "PRIORITY=6"]).toString("latin1"),
    Buffer.from(`MESSAGE\n${length}a\nb=é\nPRIORITY=6\n`).toString("latin1"),
  );
});

test("journal entry: a value that is very long is cut", () => {
  assert.ok(journalEntry([`MESSAGE=${"x".repeat(1_000_000)}`]).length < 20_000);
});

test("journal writer: what the journal does not take is lost, and told of once it takes lines again", () => {
  const taken: string[] = [];
  let takes = false;
  const write = journalWriter((entry) => {
    if (takes) taken.push(/^MESSAGE=(.*)$/m.exec(entry.toString())?.[1] ?? "");
    return takes;
  });
  for (const message of ["one", "two"]) write([`MESSAGE=${message}`]);
  takes = true;
  for (const message of ["three", "four"]) write([`MESSAGE=${message}`]);
  assert.deepEqual(taken, ["the journal took no more lines for a while; lost: 2", "three", "four"]);
});
