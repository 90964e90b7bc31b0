import assert from "node:assert/strict";
import { test } from "node:test";
import type { StoredFile } from "@flotilla/registry";
import { runToEnd } from "@flotilla/schedule";
import type { FencedWriter } from "../controller/fenced-writer.ts";
import { assignmentRecord } from "../fixture/records.fixture.ts";
import type { FileDecision } from "./decide-unused-files.ts";
import { UnitFilesController } from "./unit-files-controller.ts";

const MINUTE_MS = 60_000;

function fileAt(revision: number): StoredFile {
  return { file: undefined, revision };
}

/** A controller whose passes see `count` files, of which the assignments name those in `inUse`. */
function lab(count: number, inUse: readonly string[] = []) {
  const stored = Array.from({ length: count }, (_, index) => [`d${index}`, fileAt(1)] as const);
  const files = Object.assign(new Map<string, StoredFile>(stored), { characters: 0 });
  const places = inUse.map((digest, index) => assignmentRecord("a.service", `m${index}`, { digest }));
  const assignments = new Map([["a.service", new Map(places.map((place) => [place.machineID, place]))]]);
  const cluster = { files, units: new Map(), assignments, digestsOfUnreadable: new Map() };
  const time = { now: 0, isApplied: true };
  const deleteFiles = async () => ({ applied: time.isApplied, revision: 2 });
  const controller = new UnitFilesController({ deleteFiles }, { monotonic: () => time.now } as never);
  const writer: FencedWriter<FileDecision> = {
    apply: async (decisions, send) => {
      const { applied } = await send({ term: 1 });
      if (applied) for (const { digest } of decisions) files.delete(digest);
      return applied;
    },
  };
  /** Returns how many files the pass wanted to delete. */
  const pass = async (now: number): Promise<number> => {
    time.now = now;
    const decisions = runToEnd(
      controller.steps({ snapshot: cluster, live: cluster, now: { monotonic: now, wall: 0 } }),
    );
    if (decisions.length > 0) await controller.write(decisions, writer, new AbortController().signal);
    return decisions.length;
  };
  const change = (): void => controller.note({ kind: "unit", unit: "a.service", value: undefined, revision: 3 });
  return { files, time, pass, change };
}

test("a file that only an assignment names stays", async () => {
  const { files, pass } = lab(2, ["d1"]);
  assert.equal(await pass(MINUTE_MS), 1);
  assert.deepEqual([...files.keys()], ["d1"]);
});

test("more files than fit into one transaction are deleted in several passes", async () => {
  const { pass } = lab(200);
  assert.deepEqual([await pass(MINUTE_MS), await pass(MINUTE_MS + 1), await pass(MINUTE_MS + 2)], [127, 73, 0]);
});

test("a deletion that did not apply is decided again in the next pass", async () => {
  const { time, pass } = lab(3);
  time.isApplied = false;
  assert.equal(await pass(MINUTE_MS), 3);
  time.isApplied = true;
  assert.deepEqual([await pass(MINUTE_MS + 1), await pass(MINUTE_MS + 2)], [3, 0]);
});

for (const [what, count] of [
  ["found nothing", 0],
  ["deleted files", 3],
] as const) {
  test(`after a look that ${what}, the next is a minute later`, async () => {
    const { files, pass, change } = lab(count);
    assert.equal(await pass(MINUTE_MS), count);
    files.set("new", fileAt(4));
    change();
    assert.deepEqual([await pass(2 * MINUTE_MS - 1), await pass(2 * MINUTE_MS)], [0, 1]);
  });
}
