import assert from "node:assert/strict";
import { test } from "node:test";
import { type AuthorityRotation, type RotationAnswer, type RotationEnd, RotationRefusedError } from "@flotilla/api";
import { testCluster } from "../cluster.fixture.ts";

const NEW = "b".repeat(64);
const [AGENT, SERVER] = ["1".repeat(32), "2".repeat(32)];
const SINCE = "2030-01-01T00:00:00.000Z";

type Lagging = RotationAnswer["lagging"];
const agent = (present = true): Lagging[number] => ({ machineID: AGENT, role: "agent", present });
const server: Lagging[number] = { machineID: SERVER, role: "server", present: true };

/** A rotation in which one machine after the other follows, one step each time that it is looked at. */
function rotating(...steps: readonly Lagging[]): AuthorityRotation & { readonly ended: RotationEnd[] } {
  const ended: RotationEnd[] = [];
  let next = 0;
  const running = (): RotationAnswer => ({
    ...{ authority: NEW, state: "running", since: SINCE },
    lagging: steps[Math.min(next++, steps.length - 1)] ?? [],
  });
  return {
    ended,
    former: async () => undefined,
    report: async () => running(),
    begin: async () => running(),
    end: async (end) => {
      const lagging = steps.at(-1) ?? [];
      if (end.without !== "all" && lagging.some(({ present }) => present || end.without === "none"))
        throw new RotationRefusedError("machines lag behind");
      ended.push(end);
      return { authority: NEW, state: "none", lagging };
    },
  };
}

test("rotate-ca waits until every machine has followed, and is quiet in a pipe", async (t) => {
  const rotation = rotating([agent(), server], [server], []);
  const cluster = await testCluster(t, { rotation });
  const { code, stdout, stderr } = await cluster.fleetctl("cluster", "rotate-ca");
  assert.equal(code, 0, stderr);
  assert.equal(stdout, "The cluster's authority is rotated, and the former one is not trusted any more\n");
  assert.match(stderr, /^The cluster has had a new authority since 2030-.*\n$/);
  assert.deepEqual(rotation.ended, [{ authority: NEW, without: "none" }]);
});

test("rotate-ca names who is missing when the time is over, and says how to go on", async (t) => {
  const rotation = rotating([agent(false), server]);
  const cluster = await testCluster(t, { rotation });
  const { code, stderr } = await cluster.fleetctl("cluster", "rotate-ca", "--timeout", "1s");
  assert.equal(code, 1);
  assert.match(
    stderr,
    /2 machines have no .* \(1{8}\.\.\. \(away\), server 2{8}\.\.\.\).*run the command again.*--force/,
  );
  assert.deepEqual(rotation.ended, []);
});

for (const [what, steps, without] of [
  ["that are away, at once", [[agent(false)]], "away"],
  ["that do not follow, at the end of the time", [[agent(), server]], "all"],
] as const)
  test(`rotate-ca --force goes on without machines ${what}, and says what to do there`, async (t) => {
    const rotation = rotating(...steps.map((step) => [...step]));
    const cluster = await testCluster(t, { rotation });
    const { code, stdout, stderr } = await cluster.fleetctl(
      ...["cluster", "rotate-ca", "--force", "--timeout", "1s", "--output", "json"],
    );
    assert.equal(code, 0, stderr);
    assert.equal((JSON.parse(stdout) as RotationAnswer).state, "none");
    assert.match(stderr, new RegExp(`Machine ${AGENT} was left behind.*fleetctl machine remove ${AGENT}`));
    assert.deepEqual(rotation.ended.at(-1), { authority: NEW, without });
  });

test("a refusal is reported, and a bad time is a usage error", async (t) => {
  const cluster = await testCluster(t);
  const { code, stderr } = await cluster.fleetctl("cluster", "rotate-ca");
  assert.deepEqual([code, /cannot rotate the cluster's authority; ask a server/.test(stderr)], [1, true], stderr);
  assert.match(
    (await cluster.fleetctl("cluster", "rotate-ca", "--timeout", "soon")).stderr,
    /cannot use --timeout=soon/,
  );
});
