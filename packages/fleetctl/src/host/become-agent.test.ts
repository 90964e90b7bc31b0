import assert from "node:assert/strict";
import { describe, test, type TestContext } from "node:test";
import { joiningCluster } from "@flotilla/membership/fixture";
import type { ClusterClient } from "../cluster/cluster-client.ts";
import { withoutClusterWith } from "../cluster.fixture.ts";
import type { Environment } from "../environment.ts";
import { fakeHost, MACHINE_ID } from "./fake-host.fixture.ts";

const CONF = "/etc/fleet/fleet.conf";
const FORMER = "/etc/fleet/fleet.conf.server";
const IDENTITY = "/var/lib/fleet/identity";
const SERVER_IDENTITY = "/run/fleet/identity";

const SERVER_CONF =
  'metadata=zone=b\netcd_servers=["https://10.0.0.9:2379"]\n"etcd_password"="p;w"\netcd_keyfile=/etc/etcd.key\n' +
  'listen=["tcp://10.0.0.2:49153"]\ninsecure_api=true\nagent_ttl=10s\n';

/** The daemon of the host, which lists its machine at once. */
const listed: Environment["connect"] = async () => ({
  client: {
    listMachines: async () => ({ items: [{ id: MACHINE_ID, primaryIP: "10.0.0.2" }] }),
  } as unknown as ClusterClient,
  explain: async (error) => error,
  close: async () => {},
});

/** A server of the cluster, which is to become an agent of another server. */
async function lab(t: TestContext, options: Parameters<typeof fakeHost>[0] = {}) {
  const cluster = await joiningCluster(t);
  await cluster.addToken();
  const machine = { put: `machine/${MACHINE_ID}`, value: JSON.stringify({ id: MACHINE_ID, bootID: "b1" }) };
  await cluster.store.txn({ onSuccess: [machine] });
  const identity = JSON.stringify({ key: "k", cert: "c", ca: cluster.authority.certificate });
  const fake = fakeHost({ ...options, files: { [CONF]: SERVER_CONF, [SERVER_IDENTITY]: identity, ...options.files } });
  const run: typeof fake.host.run = (command) =>
    command.join(" ").startsWith("systemctl is-active")
      ? Promise.resolve({ code: 0, output: "" })
      : fake.host.run(command);
  const host = { ...fake.host, run };
  const server = `127.0.0.1:${cluster.port}`;
  const join = (own: Partial<Environment> = {}, ...args: string[]) =>
    withoutClusterWith({ host, connect: listed, ...own }, "join", server, "--token", cluster.token, ...args);
  return { cluster, fake, join, server };
}

test("a server becomes an agent: other settings stay, and nothing of the store is left in the configuration", async (t) => {
  const { cluster, fake, join, server } = await lab(t);
  const { code, stdout, stderr } = await join({}, "10.0.0.7", "--yes");
  assert.equal(code, 0, stderr);
  assert.match(stdout, /Machine 113f16a7\.\.\. is an agent now; its units kept running/);
  assert.match(
    stderr,
    /former configuration is in \/etc\/fleet\/fleet\.conf\.server.*\n.*delete them, too: \/etc\/etcd\.key/,
  );
  assert.equal(fake.files.get(CONF), `metadata=zone=b\nagent_ttl=10s\n\nservers=["${server}","10.0.0.7:7333"]\n`);
  assert.deepEqual([fake.files.get(FORMER), fake.modes.get(FORMER)], [SERVER_CONF, 0o600]);
  assert.deepEqual([fake.files.has(IDENTITY), fake.files.has(SERVER_IDENTITY)], [true, false]);
  assert.ok(fake.ran.includes("systemctl restart fleet.service"));
  assert.equal(await cluster.usesLeft(), 0);
});

test("with one server named, the agent does not use the others, which may become agents, too", async (t) => {
  const { fake, join, server } = await lab(t);
  assert.equal((await join({}, "--yes")).code, 0);
  assert.match(fake.files.get(CONF) ?? "", new RegExp(`^servers=\\["${server}"\\]$`, "m"));
});

test("a person is asked before, and without a terminal --yes is needed", async (t) => {
  const { cluster, fake, join } = await lab(t);
  const before = new Map(fake.files);
  const answering = (answer: string): Environment["stdin"] => ({
    isTerminal: true,
    async *[Symbol.asyncIterator]() {
      yield Buffer.from(answer);
    },
  });
  assert.match((await join()).stderr, /Make it an agent\?.*add --yes/);
  const refused = await join({ stdin: answering("n\n") });
  assert.match(refused.stderr, /Make it an agent\? Its units keep running\. \[y\/N\]\n.*nothing was changed/);
  assert.deepEqual(fake.files, before);
  assert.equal(await cluster.usesLeft(), 1);
  assert.equal((await join({ stdin: answering("y\n") })).code, 0);
});

test("when the agent does not start, the server works on as before, and the same command works later", async (t) => {
  let broken = true;
  const fails = (line: string): string | undefined =>
    broken && line.startsWith("systemctl restart") ? "Job for fleet.service failed" : undefined;
  const { fake, join } = await lab(t, { fails });
  const before = new Map(fake.files);
  const { code, stderr } = await join({}, "--yes");
  assert.equal(code, 1);
  assert.match(stderr, /the host is as it was before: Job for fleet\.service failed/);
  const { "/var/lib/fleet/joining": pending, ...files } = Object.fromEntries(fake.files);
  assert.ok(pending);
  assert.deepEqual(files, Object.fromEntries(before));
  assert.deepEqual(
    fake.ran.filter((line) => line === "systemctl restart fleet.service").length,
    2,
    "the server is started again with its files",
  );
  broken = false;
  assert.equal((await join({}, "--yes")).code, 0);
});

describe("a server does not become an agent", () => {
  const other =
    "-----BEGIN CERTIFICATE-----\nMIIBejCCASGgAwIBAgIQQBN8LBlronWCqgg7+yr2UTAKBggqhkjOPQQDAjAbMRkw\nFwYDVQQDExBmbG90aWxsYSBjbHVzdGVyMCAXDTI2MTEyOTEzMjAwNloYDzIxMjYx\nMTA2MTMyMDA2WjAbMRkwFwYDVQQDExBmbG90aWxsYSBjbHVzdGVyMFkwEwYHKoZI\nzj0CAQYIKoZIzj0DAQcDQgAEXlJb7qDU64eU5y0HLfxxG4xUc1Fy+fAjA7xnbdR6\nXCLUcdcqqrIO8B/2iAmllabf2iglam4+kkSYfpElAOywsqNFMEMwEgYDVR0TAQH/\nBAgwBgEB/wIBADAOBgNVHQ8BAf8EBAMCAgQwHQYDVR0OBBYEFHko1p9kd3NNmNpI\nPCxRWPbIzU20MAoGCCqGSM49BAMCA0cAMEQCID7kVdy6VrDAa4l+e+u7hSF+k3J5\nY/pgq0DSofqh/Yl1AiBlnOD5zvGMP9NeqqVN1WeA8ICvk4IPHtj4UmzkzntjZw==\n-----END CERTIFICATE-----";
  for (const [what, files, why] of [
    ["that has the store", { [CONF]: "store=embedded\n" }, /has the store of its cluster; move the cluster to etcd/],
    ["with a former store", { "/var/lib/fleet/store.db": "x" }, /store\.db is a former store .* delete the file/],
    ["with the key of secrets", { "/var/lib/fleet/secrets.key": "x" }, /secrets\.key is the key .* copy it to every/],
    ["with such a key elsewhere", { [CONF]: "secrets_keyfile=/k\n", "/k": "x" }, /\/k is the key of the cluster's/],
    ["that waits for its store", { [SERVER_IDENTITY]: "" }, /its daemon is not in a cluster/],
    ["of another cluster", { [SERVER_IDENTITY]: JSON.stringify({ ca: other }) }, /in another cluster than the one/],
  ] as const)
    test(what, async (t) => {
      const { cluster, fake, join } = await lab(t, { files });
      const before = new Map(fake.files);
      const { code, stderr } = await join({}, "--yes");
      assert.equal(code, 1);
      assert.match(stderr, why);
      assert.deepEqual(fake.files, before);
      assert.equal(await cluster.usesLeft(), 1);
    });
});
