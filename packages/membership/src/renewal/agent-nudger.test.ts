import assert from "node:assert/strict";
import { test } from "node:test";
import type { AuthorityRecord } from "@flotilla/registry";
import { ManualClock } from "@flotilla/runtime";
import { AgentNudger } from "./agent-nudger.ts";

const HOUR_MS = 3_600_000;
const PREVIOUS = { certificate: "p", replacedAt: 0 };

function lab(machines: string[], record: AuthorityRecord) {
  const clock = new ManualClock();
  let known = record;
  const nudged: string[] = [];
  const nudger: AgentNudger = new AgentNudger({
    known: () => known,
    link: { machines: () => machines, nudge: (machineID) => void nudged.push(machineID) },
    clock,
  });
  const stop = new AbortController();
  const running = nudger.run(stop.signal);
  const set = (next: AuthorityRecord): void => {
    known = next;
    nudger.changed();
  };
  const end = async (): Promise<void> => {
    stop.abort();
    await running;
  };
  return { clock, nudger, nudged, set, end };
}

const AT_REST = { certificate: "c", privateKey: "k" };
const ROTATING = { ...AT_REST, previous: PREVIOUS };

test("without a rotation there is no timer and no nudge", async () => {
  const { clock, nudged, end } = lab(["a"], AT_REST);
  await clock.advance(HOUR_MS);
  assert.equal(clock.nextDue(), undefined);
  assert.deepEqual(nudged, []);
  await end();
});

test("a rotation nudges a thousand agents at eight a second, each again only after a while", async () => {
  const machines = Array.from({ length: 1_000 }, (_, index) => `m${index}`);
  const { clock, nudger, nudged, set, end } = lab(machines, AT_REST);
  set(ROTATING);
  for (let second = 0; second < 126; second += 1) {
    const from = nudged.length;
    await clock.advance(1_000);
    assert.ok(nudged.length - from <= 10, `${nudged.length - from} in second ${second}`);
    for (const machineID of nudged.slice(from)) nudger.note(machineID);
  }
  assert.deepEqual(new Set(nudged), new Set(machines));
  assert.equal(nudged.length, 1_000);
  await end();
});

test("an agent that does not answer, or comes back, is nudged again; one that has shown its certificate is not", async () => {
  const machines = ["a", "b"];
  const { clock, nudger, nudged, end } = lab(machines, ROTATING);
  await clock.advance(100);
  nudger.note("a");
  await clock.advance(30_000);
  assert.deepEqual([...new Set(nudged.slice(2))], ["b"]);
  machines.push("c");
  await clock.advance(6_000);
  assert.ok(nudged.includes("c"));
  await end();
});

test("for an hour after the end, agents are nudged to forget the former authority", async () => {
  const { clock, nudger, nudged, set, end } = lab(["a"], ROTATING);
  await clock.advance(1_000);
  nudger.note("a");
  set({ ...AT_REST, previous: { ...PREVIOUS, droppedAt: clock.wall() } });
  await clock.advance(1_000);
  assert.deepEqual(nudged, ["a", "a"]);
  nudger.note("a");
  await clock.advance(2 * HOUR_MS);
  assert.equal(nudged.length, 2);
  assert.equal(clock.nextDue(), undefined);
  await end();
});
