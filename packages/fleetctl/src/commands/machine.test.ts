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

test("a machine is named by its host name or address; several of one name are listed", async (t) => {
  const cluster = await testCluster(t);
  for (const name of ["web1", "WEB1.example.com", "172.17.8.103", "113f"]) {
    const { code } = await cluster.fleetctl("metadata", "set", name, "disk=nvme");
    assert.equal(code, 0, name);
  }
  assert.match((await cluster.fleetctl("list-machines")).stdout, /113f16a7\.\.\.\t172\.17\.8\.103\tdisk=nvme/);
  const machine = { primaryIP: "172.17.8.9", hostname: "web1" };
  await cluster.put("machine/9c0ffee0", { id: "9c0ffee0", ...machine });
  const refused = await cluster.fleetctl("metadata", "set", "web1", "disk=hdd");
  assert.equal(refused.code, 1);
  assert.equal(
    refused.stderr,
    "ambiguous machine web1: it could be\n  113f16a7... (web1.example.com, 172.17.8.103)\n  9c0ffee0 (web1, 172.17.8.9)\n",
  );
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
