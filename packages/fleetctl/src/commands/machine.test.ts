import assert from "node:assert/strict";
import { test } from "node:test";
import { MACHINE, OTHER_MACHINE, type OwnEnvironment, testCluster } from "../cluster.fixture.ts";

const MEMBER = { generation: "1", metadata: {} };

function answering(text: string): Required<Pick<OwnEnvironment, "stdin">> {
  return {
    stdin: {
      isTerminal: true,
      async *[Symbol.asyncIterator]() {
        yield Buffer.from(`${text}\n`);
      },
    },
  };
}

test("a machine is removed by a prefix of its ID, after a question", async (t) => {
  const cluster = await testCluster(t);
  await cluster.put(`member/${MACHINE}`, MEMBER);
  const refused = await cluster.fleetctlWith(answering("n"), "machine", "remove", "113f");
  assert.deepEqual([refused.code, refused.stdout], [1, ""]);
  assert.match(
    refused.stderr,
    /Remove machine 113f16a70+ \(172\.17\.8\.103\) from the cluster\? \[y\/N\]\nnothing was removed/,
  );
  const removed = await cluster.fleetctlWith(answering("y"), "machine", "remove", "113f");
  assert.equal(removed.stdout, `Machine ${MACHINE} is removed\n`);
  assert.doesNotMatch(removed.stderr, /away/);
  assert.doesNotMatch((await cluster.fleetctl("list-machines", "--full")).stdout, new RegExp(MACHINE));
});

test("without a terminal, a removal needs --yes; a machine that is away needs its whole ID", async (t) => {
  const cluster = await testCluster(t);
  await cluster.put(`member/${MACHINE}`, MEMBER);
  await cluster.store.txn({ onSuccess: [{ delete: `machine/${MACHINE}` }] });
  assert.match((await cluster.fleetctl("machine", "remove", MACHINE)).stderr, /\(away\).*add --yes/);
  assert.match((await cluster.fleetctl("machine", "remove", "113f", "--yes")).stderr, /cannot find machine 113f/);
  const removed = await cluster.fleetctl("machine", "remove", MACHINE, "--yes");
  assert.equal(removed.code, 0);
  assert.match(removed.stderr, /It is away: its units may run there until it reaches a server/);
  const again = await cluster.fleetctl("machine", "remove", MACHINE, "--yes");
  assert.equal(again.code, 1);
  assert.match(again.stderr, /no machine with this ID has joined/);
});

test("a server stays, with the reason", async (t) => {
  const cluster = await testCluster(t);
  const { code, stderr } = await cluster.fleetctl("machine", "remove", OTHER_MACHINE, "--yes");
  assert.equal(code, 1);
  assert.match(stderr, /it is a server.*systemctl disable --now fleet\.service/);
});

test("list-machines shows which metadata is vouched for", async (t) => {
  const cluster = await testCluster(t);
  await cluster.put(`member/${MACHINE}`, { ...MEMBER, metadata: { zone: "a", rack: "2" } });
  const { stdout } = await cluster.fleetctl("list-machines", "--fields=machine,vouched", "--no-legend");
  assert.equal(stdout, "113f16a7...\track,zone\n85c0c595...\t-\n");
});
