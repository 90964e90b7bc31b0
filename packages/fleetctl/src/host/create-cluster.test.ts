import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ClusterClient } from "../cluster/cluster-client.ts";
import { withoutClusterWith } from "../cluster.fixture.ts";
import type { Environment } from "../environment.ts";
import { fakeHost, MACHINE_ID } from "./fake-host.fixture.ts";

const CONF = "/etc/fleet/fleet.conf";

function lab(options: Parameters<typeof fakeHost>[0] = {}) {
  const fake = fakeHost(options);
  const bodies: unknown[] = [];
  /** The daemon of the host, which lists its machine once it is started. */
  const client = {
    listMachines: async () => ({ items: [{ id: MACHINE_ID, primaryIP: "10.0.0.1" }] }),
    createToken: async (body: unknown) => {
      bodies.push(body);
      return { secret: "fleet1.x", token: { expiresAt: "2030-01-01T00:00:00.000Z" } };
    },
  } as unknown as ClusterClient;
  const connect: Environment["connect"] = async () => ({
    client,
    explain: async (error) => error,
    close: async () => {},
  });
  const init = (...args: string[]) => withoutClusterWith({ host: fake.host, connect }, "cluster", "init", ...args);
  return { fake, bodies, init };
}

test("the first host keeps its configuration, and prints the command that adds a host", async () => {
  const { fake, bodies, init } = lab({ files: { [CONF]: 'metadata="zone=a"\npeer_port=7444\n# store=embedded\n' } });
  const { code, stdout, stderr } = await init();
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(
    stdout,
    /Machine 113f16a7\.\.\. is the first server of a new cluster, stored in one file on this host\n/,
  );
  assert.match(stdout, /until 2030-01-01T00:00:00.000Z.*\n {2}fleetctl join 10\.0\.0\.1:7444 --token fleet1\.x\n/);
  assert.equal(fake.files.get(CONF), 'metadata="zone=a"\npeer_port=7444\n# store=embedded\n\nstore=embedded\n');
  assert.deepEqual(bodies, [{ kind: "join", ttlSeconds: 3_600, uses: 1, metadata: {}, server: false }]);
});

test("with --etcd the cluster is stored in etcd", async () => {
  const { fake, init } = lab();
  assert.match((await init("--etcd", "http://10.0.0.1:2379,https://b:2379")).stdout, /stored in etcd\n/);
  assert.equal(fake.files.get(CONF), 'etcd_servers=["http://10.0.0.1:2379","https://b:2379"]\n');
  assert.match((await init("--etcd", "10.0.0.1")).stderr, /cannot use "10\.0\.0\.1" as an endpoint of etcd/);
});

describe("a host in a cluster is refused, and stays as it was", () => {
  for (const [what, files, why] of [
    ["by its configuration", { [CONF]: "servers=10.0.0.1\n" }, /in a cluster already: .*servers=10\.0\.0\.1/],
    ["by its identity", { "/var/lib/fleet/identity": "{}" }, /in a cluster already: .*identity/],
  ] as const)
    test(what, async () => {
      const { fake, init } = lab({ files });
      const before = new Map(fake.files);
      assert.match((await init()).stderr, why);
      assert.deepEqual(fake.files, before);
    });
});

test("when the daemon does not start, the host is as it was, and its last messages are shown", async () => {
  const { fake, init } = lab({ fails: (line) => (line.includes("enable") ? "Job failed" : undefined) });
  const before = new Map(fake.files);
  const { code, stderr } = await init();
  assert.equal(code, 1);
  assert.match(stderr, /the host is as it was before: Job failed/);
  assert.deepEqual(fake.files, before);
});

test("the database that a daemon made before it failed is removed, so that the same command works", async () => {
  const [database, log] = ["/var/lib/fleet/store.db", "/var/lib/fleet/store.db-wal"];
  let broken = true;
  const made = lab({
    fails: (line) => {
      if (!broken || !line.includes(" enable ")) return undefined;
      for (const file of [database, log]) made.fake.files.set(file, "x");
      return "Job failed";
    },
  });
  assert.equal((await made.init()).code, 1);
  assert.deepEqual([made.fake.files.has(database), made.fake.files.has(log)], [false, false]);
  broken = false;
  assert.equal((await made.init()).code, 0);
});

test("every change is taken back, also when one of them cannot be", async () => {
  const { host, files } = fakeHost({
    files: { [CONF]: "metadata=zone=a\n" },
    fails: (line) => (line.includes(" enable ") ? "Job failed" : undefined),
  });
  const before = new Map(files);
  const remove: typeof host.remove = async (path) => {
    throw new Error(`cannot remove ${path}: read-only file system`);
  };
  const { stderr } = await withoutClusterWith({ host: { ...host, remove } }, "cluster", "init");
  assert.match(stderr, /the host is not as it was before: cannot remove \S+store\.db/);
  assert.deepEqual(files, before);
});
