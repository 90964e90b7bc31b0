import assert from "node:assert/strict";
import { test } from "node:test";
import type { Planner } from "@flotilla/api";
import type { Explanation, PlanAnswer } from "@flotilla/api/client";
import { FILE, MACHINE, OTHER_MACHINE, testCluster } from "../cluster.fixture.ts";

type Changes = Awaited<ReturnType<Planner["plan"]>>;

/** The scheduler's answers are given; test/functional/planning.test.ts asks the real one. */
function plannerOf(changes: Changes = []): Planner {
  return {
    weigh: (unit) =>
      Promise.resolve({
        passing: unit.includes("nowhere")
          ? []
          : [
              { machineID: MACHINE, isPlace: true, texts: ["disk=ssd", "1 unit"] },
              { machineID: OTHER_MACHINE, isPlace: false, texts: ["2 units"] },
            ],
        rejected: [
          {
            rule: "MachineMetadata",
            reason: "metadata region=eu is missing (they have no region)",
            fix: "set metadata region=eu on a machine such as 00000000...",
            machines: Array.from({ length: 7 }, (_, index) => String(index).repeat(32)),
          },
        ],
      }),
    plan: () => Promise.resolve(changes),
  };
}

test("explain names each machine, with scores and reasons", async (t) => {
  const cluster = await testCluster(t, { planner: plannerOf() });
  await cluster.file("a.service");
  await cluster.fleetctl("start", "a.service");
  const { code, stdout } = await cluster.fleetctl("explain", "a");
  assert.equal(code, 0);
  assert.deepEqual(stdout.trimEnd().split("\n"), [
    "a.service is on 113f16a7... (web1.example.com): disk=ssd, 1 unit",
    "could also run on 1 machine, the best first:",
    "  85c0c595... (web2.example.com): 2 units",
    "7 machines ruled out by MachineMetadata: metadata region=eu is missing (they have no region)",
    ...["00000000...", "11111111...", "22222222...", "33333333...", "44444444..."].map((id) => `  ${id}`),
    "  and 2 more; see --full",
  ]);
  const full = (await cluster.fleetctl("explain", "--full", "a.service")).stdout;
  assert.match(full, /66666666/);
  assert.doesNotMatch(full, /--full/);
  const json = JSON.parse((await cluster.fleetctl("explain", "--output=json", "a*")).stdout) as Explanation[];
  assert.deepEqual(json[0]?.machines, [{ id: MACHINE, hostname: "web1.example.com", scores: ["disk=ssd", "1 unit"] }]);
  const unknown = await cluster.fleetctl("explain", "no.service");
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, /no\.service/);
});

test("explain tells why a unit has no machine, and the nearest fix", async (t) => {
  const cluster = await testCluster(t, { planner: plannerOf() });
  await cluster.file("nowhere.service");
  await cluster.fleetctl("start", "--no-block", "nowhere.service");
  const lines = (await cluster.fleetctl("explain", "nowhere")).stdout.split("\n");
  assert.equal(lines[0], "nowhere.service cannot be placed");
  assert.equal(
    lines[1],
    "7 machines ruled out by MachineMetadata: metadata region=eu is missing (they have no region)",
  );
});

test("plan says what start would do, changes nothing, and exits with 0, 1 or 2", async (t) => {
  const place = { unit: "a.service", kind: "place", to: MACHINE, reasons: ["a.service goes to it"] } as const;
  const leave = {
    unit: "b.service",
    kind: "unplace",
    from: MACHINE,
    reasons: ["a.service has taken its place"],
  } as const;
  const changes: Changes[number][] = [place, leave];
  const cluster = await testCluster(t, { planner: plannerOf(changes) });
  await cluster.file("a.service");
  const planned = await cluster.fleetctl("plan", "a.service");
  assert.equal(planned.code, 1);
  assert.deepEqual(planned.stdout.trimEnd().split("\n"), [
    "a.service: created, goes to 113f16a7... (web1.example.com)",
    "  a.service goes to it",
    "b.service: leaves 113f16a7... (web1.example.com)",
    "  a.service has taken its place",
    "1 unit to write, 1 other unit affected; nothing was changed",
  ]);
  assert.equal((await cluster.fleetctl("list-unit-files", "--no-legend")).stdout, "");
  const json = JSON.parse((await cluster.fleetctl("plan", "--output=json", "a.service")).stdout) as PlanAnswer;
  assert.deepEqual([json.changed, json.refused, json.units[0]?.action], [true, false, "create"]);

  changes.length = 0;
  await cluster.fleetctl("start", "a.service");
  assert.deepEqual(await cluster.fleetctl("plan", "a.service"), {
    code: 0,
    stdout: "a.service: kept\nnothing to do\n",
    stderr: "",
  });
  await cluster.file("a.service", `${FILE}Restart=always\n`);
  const kept = await cluster.fleetctl("plan", "a.service");
  assert.deepEqual([kept.code, /add --replace/.test(kept.stdout)], [0, true]);
  const replaced = await cluster.fleetctl("plan", "--replace", "a.service");
  assert.deepEqual([replaced.code, replaced.stdout.split("\n")[0]], [1, "a.service: replaced, stays where it is"]);
});

test("plan exits with 2 for what would be refused", async (t) => {
  const refuse = { unit: "a.service", kind: "refuse", reasons: ["a.service cannot be placed"] } as const;
  const cluster = await testCluster(t, { planner: plannerOf([refuse]) });
  await cluster.file("a.service");
  const unplaceable = await cluster.fleetctl("plan", "a.service");
  assert.equal(unplaceable.code, 2);
  assert.match(unplaceable.stdout, /^a\.service: created, gets no machine\n {2}a\.service cannot be placed\n/);
  await cluster.file("bad.service", "[X-Fleet]\nGlobal=maybe\n");
  const bad = await cluster.fleetctl("plan", "bad.service");
  assert.equal(bad.code, 2);
  assert.match(bad.stdout + bad.stderr, /Global=maybe in \[X-Fleet\]/);
  const missing = await cluster.fleetctl("plan", "none.service");
  assert.equal(missing.code, 2);
  assert.match(missing.stderr, /cannot find file none\.service/);
});
