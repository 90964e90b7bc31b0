import assert from "node:assert/strict";
import { test } from "node:test";
import type { Planner } from "@flotilla/api";
import { MACHINE, OTHER_MACHINE, type TestCluster, testCluster, withoutCluster } from "../cluster.fixture.ts";

const TIMES = [Date.parse("2026-11-30T09:00:00.000Z"), Date.parse("2026-11-30T10:01:50.000Z")];

/** The scheduler's answers are not what is tested here. */
const planner: Planner = {
  weigh: () => Promise.resolve({ passing: [], rejected: [] }),
  plan: () => Promise.resolve([]),
};

let number = 0;

/** Writes events, as a server does. */
async function write(cluster: TestCluster, ...events: readonly object[]): Promise<void> {
  await cluster.put(`event/${MACHINE}/${(number += 1)}`, {
    events: events.map((event) => ({ time: TIMES[0], kind: "placed", sentence: "because", ...event })),
  });
}

const act = {
  kind: "act",
  unit: "web.service",
  sentence: "alice asked to start web.service",
  fact: "unit web.service 5",
};
const placed = {
  ...{ unit: "web.service", machine: MACHINE, cause: "unit web.service 5" },
  sentence: "web.service goes to machine 113f16a7...: it has the fewest units",
};
const lost = {
  ...{ time: TIMES[1], kind: "machine-lost", machine: MACHINE, fact: `gone ${MACHINE}` },
  sentence: "machine 113f16a7... was lost: its lease ended",
};
const moved = {
  ...{ time: TIMES[1], kind: "moved", unit: "web.service", machine: OTHER_MACHINE, from: MACHINE },
  ...{ cause: `gone ${MACHINE}`, sentence: "web.service moves from machine 113f16a7...: the machine is away" },
};

test("events are lines of columns, or one JSON object a line", async (t) => {
  const cluster = await testCluster(t);
  const none = await cluster.fleetctl("events");
  assert.deepEqual([none.code, none.stdout.trim().split(/ +/)], [0, ["TIME", "KIND", "EVENT"]]);
  await write(cluster, act, { ...placed, count: 3, first: TIMES[0], time: TIMES[1] });
  const shown = await cluster.fleetctl("events");
  assert.deepEqual([shown.code, shown.stderr], [0, ""]);
  assert.equal(
    shown.stdout,
    "TIME                      KIND              EVENT\n" +
      "2026-11-30T09:00:00.000Z  act               alice asked to start web.service\n" +
      "2026-11-30T10:01:50.000Z  placed            web.service goes to machine 113f16a7...: it has the fewest units " +
      "(3 times since 2026-11-30T09:00:00.000Z)\n",
  );
  const lines = (await cluster.fleetctl("events", "--output", "json", "-n", "1")).stdout.trimEnd().split("\n");
  assert.deepEqual(
    lines.map((line) => (JSON.parse(line) as { kind: string; count: number }).count),
    [3],
  );
});

for (const [args, expected] of [
  [["web"], ["act", "placed", "moved"]],
  [
    ["web.service", "--kind", "moved,act"],
    ["act", "moved"],
  ],
  [["113f16a7"], ["placed", "machine-lost", "moved"]],
  [["113f16a7..."], ["placed", "machine-lost", "moved"]],
  [["172.17.8.102"], ["moved"]],
  [["0123456789abcdef"], []],
  [["other.service"], []],
  [
    ["--since", "2026-11-30T10:00:00Z"],
    ["machine-lost", "moved"],
  ],
  [
    ["-n", "2"],
    ["machine-lost", "moved"],
  ],
] as const)
  test(`events ${args.join(" ")}`, async (t) => {
    const cluster = await testCluster(t);
    await write(cluster, act, placed, lost, moved);
    const { stdout, stderr, code } = await cluster.fleetctl("events", ...args);
    assert.deepEqual([code, stderr], [0, ""]);
    const kinds = stdout
      .trimEnd()
      .split("\n")
      .slice(1)
      .map((line) => line.split(/ +/)[1]);
    assert.deepEqual(kinds, expected);
  });

for (const [args, message] of [
  [["web*"], /cannot use the pattern web\*: events takes one unit or machine/],
  [["--since", "never"], /cannot read --since=never: use a duration/],
  [["--kind", "moved,gone"], /There is no kind "gone"\. Use some of act,placed/],
  [["-n", "0"], /Use a whole number from 1 to 10000/],
] as const)
  test(`refused: events ${args.join(" ")}`, async (t) => {
    const { code, stderr } =
      args[0] === "web*"
        ? await (await testCluster(t)).fleetctl("events", ...args)
        : await withoutCluster("events", ...args);
    assert.equal(code, 2);
    assert.match(stderr, message);
  });

test("without a daemon, the exit code is 5", async () => {
  assert.equal((await withoutCluster("events")).code, 5);
});

test("followed events come once each, also when the connection is lost", async (t) => {
  const cluster = await testCluster(t);
  await write(cluster, { sentence: "number 0" });
  let step = 0;
  let written = Promise.resolve();
  const numbers = (text: string): string[] => text.match(/number \d+/g) ?? [];
  const { stdout, stderr } = await cluster.fleetctlUntil(
    (_, shown) => {
      if (numbers(shown).length <= step) return false;
      step += 1;
      if (step === 2) cluster.cutConnections();
      written = written.then(() => write(cluster, { sentence: `number ${step}` }));
      return step === 4;
    },
    "events",
    "-f",
  );
  assert.deepEqual(numbers(stdout), ["number 0", "number 1", "number 2", "number 3"]);
  assert.match(stderr, /lost the stream of events; following again where it ended/);
  await written;
});

test("a follower whose events were deleted says so and goes on", async (t) => {
  const cluster = await testCluster(t);
  let isCut = false;
  const { stdout, stderr } = await cluster.fleetctlUntil(
    (told, shown) => {
      if (!isCut && shown.includes("EVENT")) {
        isCut = true;
        void (async () => {
          const revision = await cluster.store.revision();
          const value = JSON.stringify({ revision: revision + 1 });
          await cluster.store.txn({ onSuccess: [{ put: "engine/events", value }] });
          await write(cluster, { sentence: "kept" });
        })();
      }
      return shown.includes("kept") && told.includes("deleted");
    },
    "events",
    "-f",
  );
  assert.match(stderr, /some events were deleted before they could be shown/);
  assert.match(stdout, /kept/);
});

test("explain --history shows the chain of causes, the latest event first", async (t) => {
  const cluster = await testCluster(t, { planner });
  await cluster.file("web.service");
  await cluster.fleetctl("start", "web.service");
  assert.match((await cluster.fleetctl("explain", "--history", "web")).stdout, /no events of web\.service are kept\n$/);
  // The server that placed the unit wrote before the one that was asked.
  await write(cluster, placed);
  await write(cluster, act, { ...act, sentence: "alice asked to reload web.service", fact: undefined });
  await write(cluster, lost, { kind: "machine-lost", machine: OTHER_MACHINE, fact: `gone ${OTHER_MACHINE}` });
  await write(cluster, moved);
  const { stdout, code } = await cluster.fleetctl("explain", "--history", "web");
  assert.equal(code, 0);
  const at = stdout.indexOf("history of");
  assert.equal(
    stdout.slice(at),
    "history of web.service, the latest first:\n" +
      "  2026-11-30T10:01:50.000Z  web.service moves from machine 113f16a7...: the machine is away\n" +
      "                            because machine 113f16a7... was lost: its lease ended, 2026-11-30T10:01:50.000Z\n" +
      "  2026-11-30T09:00:00.000Z  alice asked to reload web.service\n" +
      "  2026-11-30T09:00:00.000Z  web.service goes to machine 113f16a7...: it has the fewest units\n" +
      "                            because alice asked to start web.service, 2026-11-30T09:00:00.000Z\n",
  );
  const json = JSON.parse((await cluster.fleetctl("explain", "--history", "--output", "json", "web")).stdout) as [
    { history: { event: { kind: string }; causes: unknown[] }[] },
  ];
  assert.deepEqual(
    json[0].history.map(({ event, causes }) => [event.kind, causes.length]),
    [
      ["moved", 1],
      ["act", 0],
      ["placed", 1],
    ],
  );
});
