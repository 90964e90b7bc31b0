import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import type { StoreAccess } from "@flotilla/membership/client";
import { joiningCluster } from "@flotilla/membership/fixture";
import type { ClusterClient } from "../cluster/cluster-client.ts";
import { type OwnEnvironment, withoutClusterWith } from "../cluster.fixture.ts";
import { InterruptedError } from "../command-error.ts";
import type { Environment } from "../environment.ts";
import type { LocalHost } from "./local-host.ts";
import { fakeHost, MACHINE_ID } from "./fake-host.fixture.ts";

const CONF = "/etc/fleet/fleet.conf";
const IDENTITY = "/var/lib/fleet/identity";
const PENDING = "/var/lib/fleet/joining";

/** The daemon of the host, which lists its machine at once. */
const listed: Environment["connect"] = async () => ({
  client: {
    async listMachines(signal?: AbortSignal) {
      signal?.throwIfAborted();
      return { items: [{ id: MACHINE_ID, primaryIP: "10.0.0.2" }] };
    },
  } as unknown as ClusterClient,
  explain: async (error) => error,
  close: async () => {},
});

async function lab(t: TestContext, options: Parameters<typeof fakeHost>[0] = {}) {
  const cluster = await joiningCluster(t);
  const fake = fakeHost({ ...options, files: { [CONF]: "metadata=zone=b\n", ...options.files } });
  const joinWith = (own: OwnEnvironment, ...args: string[]) =>
    withoutClusterWith({ host: fake.host, connect: listed, ...own }, "join", ...args);
  const join = (token = cluster.token, port = cluster.port) => joinWith({}, `127.0.0.1:${port}`, "--token", token);
  return { cluster, fake, join, joinWith };
}

test("a host joins: key and configuration are written, and the daemon is started", async (t) => {
  const { cluster, fake, join } = await lab(t);
  await cluster.addToken();
  const { code, stdout, stderr } = await join();
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(stdout, /Machine 113f16a7\.\.\. has joined the cluster/);
  const servers = `servers=["127.0.0.1:${cluster.port}","10.0.0.1:7333"]`;
  assert.equal(fake.files.get(CONF), `metadata=zone=b\n\n${servers}\n`);
  assert.deepEqual(Object.keys(JSON.parse(fake.files.get(IDENTITY) ?? "") as object), ["key", "cert", "ca"]);
  assert.deepEqual([fake.modes.get(IDENTITY), fake.modes.get(PENDING)], [0o600, 0o600]);
  assert.equal(fake.files.has(PENDING), false);
  assert.ok(fake.ran.includes("systemctl --quiet enable --now fleet.socket fleet.service"));
});

test("options that a daemon with servers= refuses are removed", async (t) => {
  const conflicts = await readFile(join(import.meta.dirname, "../../../fleetd/src/config/conflicts.ts"), "utf8");
  const names = [...conflicts.matchAll(/^ {2}\["(\w+)", "/gm)].map(([, name]) => name ?? "");
  assert.ok(names.length >= 10, names.join());
  // A host with a store is in a cluster already.
  const present = names.filter((name) => !["etcd_servers", "store"].includes(name));
  const {
    cluster,
    fake,
    join: joinHost,
  } = await lab(t, { files: { [CONF]: present.map((name) => `${name}=x\n`).join("") } });
  await cluster.addToken();
  assert.equal((await joinHost()).code, 0);
  const options = (fake.files.get(CONF) ?? "").split("\n").filter((line) => /^\w/.test(line));
  assert.deepEqual(
    options.map((line) => line.split("=", 1)[0]),
    ["servers"],
  );
});

describe("a server", () => {
  const KEY = "/var/lib/fleet/secrets.key";
  const store = {
    options: { etcd_servers: '["https://10.0.0.1:2379"]', etcd_username: "fleet", etcd_password: "p;w" },
    files: { etcd_cafile: "CA" },
    secretsKey: "fleet-secrets-1 abc\n",
  };

  async function joinAs(t: TestContext, access: StoreAccess, fake = fakeHost()) {
    const cluster = await joiningCluster(t, { storeAccess: async () => access });
    await cluster.addToken({ server: true });
    const args = ["join", `127.0.0.1:${cluster.port}`, "--token", cluster.token] as const;
    return { fake, ...(await withoutClusterWith({ host: fake.host, connect: listed }, ...args)) };
  }

  test("gets the options and files that lead to etcd, and the key of secrets", async (t) => {
    const { fake, code, stderr } = await joinAs(t, store);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.equal(
      fake.files.get(CONF),
      'etcd_servers=["https://10.0.0.1:2379"]\netcd_username="fleet"\netcd_password="p;w"\netcd_cafile="/etc/fleet/etcd-cafile.pem"\n',
    );
    assert.equal(fake.modes.get(CONF), 0o600);
    assert.equal(fake.files.get("/etc/fleet/etcd-cafile.pem"), "CA");
    assert.equal(fake.files.has(IDENTITY), false);
    assert.deepEqual([fake.files.get(KEY), fake.modes.get(KEY)], [store.secretsKey, 0o600]);
  });

  test("gets the key of secrets where fleet.conf says", async (t) => {
    const { fake } = await joinAs(t, store, fakeHost({ files: { [CONF]: "secrets_keyfile=/etc/fleet/s.key\n" } }));
    assert.deepEqual([fake.files.get("/etc/fleet/s.key"), fake.files.has(KEY)], [store.secretsKey, false]);
  });

  test("gets the key of secrets at the usual place if fleet.conf names none", async (t) => {
    const { fake } = await joinAs(t, store, fakeHost({ files: { [CONF]: 'secrets_keyfile=""\n' } }));
    assert.equal(fake.files.get(KEY), store.secretsKey);
  });

  test("keeps the key of another cluster, and does not join", async (t) => {
    const fake = fakeHost({ files: { [KEY]: "fleet-secrets-1 other\n" } });
    const { code, stderr } = await joinAs(t, store, fake);
    assert.equal(code, 1);
    assert.match(stderr, /cannot join as a server: \S+secrets\.key has the key of another cluster/);
    assert.doesNotMatch(stderr, /abc/);
    assert.deepEqual([fake.files.get(KEY), fake.files.has(CONF)], ["fleet-secrets-1 other\n", false]);
  });

  test("is told to copy the key if the server that answered has none", async (t) => {
    const { secretsKey: key, ...without } = store;
    const { code, stderr, fake } = await joinAs(t, without);
    assert.equal(code, 0);
    assert.match(
      stderr,
      /does not have the key of the cluster's secrets; copy \S+secrets\.key from a server that has it/,
    );
    assert.ok(key !== "" && !fake.files.has(KEY));
  });
});

describe("a failure leaves the host as it was", () => {
  test("when the server refuses the token", async (t) => {
    const { fake, join } = await lab(t);
    const before = new Map(fake.files);
    const { code, stderr } = await join();
    assert.equal(code, 1);
    assert.match(stderr, /refuses this host: the token is unknown/);
    assert.deepEqual(fake.files, before);
    assert.ok(!fake.ran.some((line) => line.includes("enable")));
  });

  test("when the daemon does not start; then the same command works, although the token is used up", async (t) => {
    let broken = true;
    const fails = (line: string): string | undefined =>
      broken && line.startsWith("systemctl --quiet enable") ? "Job for fleet.service failed" : undefined;
    const { cluster, fake, join } = await lab(t, { fails });
    await cluster.addToken();
    const { code, stderr } = await join();
    assert.equal(code, 1);
    assert.match(stderr, /the host is as it was before: Job for fleet\.service failed/);
    assert.equal(fake.files.get(CONF), "metadata=zone=b\n");
    assert.equal(fake.files.has(IDENTITY), false);
    assert.ok(fake.ran.includes("systemctl disable --now fleet.socket fleet.service fleet-guard.service"));
    broken = false;
    assert.equal((await join()).code, 0);
  });
});

test("a server that cannot be reached is named with the reason, and the exit code says that nobody answered", async (t) => {
  const { cluster, joinWith } = await lab(t);
  const refused = await joinWith({}, "127.0.0.1:1", "--token", cluster.token);
  assert.equal(refused.code, 5);
  assert.match(refused.stderr, /^cannot reach the server at 127\.0\.0\.1:1: connection refused; .* TCP port 1 /);
  const unknown = await joinWith({}, "server.invalid", "--token", cluster.token);
  assert.match(unknown.stderr, /^cannot reach the server at server\.invalid:7333: unknown host name; /);
});

test("after Ctrl-C while a server admits the host, the same command works, although the token is used up", async (t) => {
  const interrupt = new AbortController();
  const cluster = await joiningCluster(t, {
    storeAccess: async () => {
      interrupt.abort(new InterruptedError());
      return { options: { etcd_servers: '["http://10.0.0.1:2379"]' }, files: {} };
    },
  });
  await cluster.addToken({ server: true });
  const { host, files } = fakeHost();
  const join = (own: OwnEnvironment) =>
    withoutClusterWith(
      { host, connect: listed, ...own },
      "join",
      `127.0.0.1:${cluster.port}`,
      "--token",
      cluster.token,
    );
  assert.equal((await join({ signal: interrupt.signal })).code, 130);
  assert.deepEqual([await cluster.usesLeft(), files.has(CONF)], [0, false]);
  assert.equal((await join({})).code, 0);
});

test("Ctrl-C while the daemon starts leaves the host as it was, and says so", async (t) => {
  const interrupt = new AbortController();
  const fails = (line: string): undefined => {
    if (line.includes(" enable ")) interrupt.abort(new InterruptedError());
  };
  const { cluster, fake, joinWith } = await lab(t, { fails });
  await cluster.addToken();
  const { code, stderr } = await joinWith(
    { signal: interrupt.signal },
    `127.0.0.1:${cluster.port}`,
    "--token",
    cluster.token,
  );
  assert.equal(code, 130);
  assert.equal(stderr, "interrupted; taking back the changes to this host\nthe host is as it was before\n");
  assert.deepEqual([fake.files.get(CONF), fake.files.has(IDENTITY)], ["metadata=zone=b\n", false]);
});

test("a host whose membership has ended joins again; its daemon is restarted", async (t) => {
  const { cluster, fake, joinWith } = await lab(t, { files: { [CONF]: "servers=old\n", [IDENTITY]: "{}" } });
  await cluster.addToken();
  let isRemoved = false;
  const connect: Environment["connect"] = async () => ({
    ...(await listed(undefined as never, undefined as never)),
    client: {
      listMachines: async () => {
        const isMember = !isRemoved || fake.ran.includes("systemctl restart fleet.service");
        return { items: isMember ? [{ id: MACHINE_ID, primaryIP: "10.0.0.2" }] : [] };
      },
    } as unknown as ClusterClient,
  });
  const host = { ...fake.host, run: active(fake.host) };
  const args = [`127.0.0.1:${cluster.port}`, "--token", cluster.token];
  const refused = await joinWith({ host, connect }, ...args);
  assert.match(refused.stderr, /it is a member now; to move it, run fleetctl machine remove 113f/);
  isRemoved = true;
  assert.deepEqual((await joinWith({ host, connect }, ...args)).stderr, "");
  assert.match(fake.files.get(CONF) ?? "", /^# servers=old\n\nservers=/);
});

/** The host with a daemon that runs. */
function active(host: LocalHost): LocalHost["run"] {
  return (command) =>
    command.join(" ").startsWith("systemctl is-active") ? Promise.resolve({ code: 0, output: "" }) : host.run(command);
}

describe("a host is not set up", () => {
  for (const [what, options, why] of [
    ["by another user", { isRoot: false }, /run the command as root/],
    ["without fleetd", { fails: (line: string) => (line.includes("cat") ? "No files" : undefined) }, /not installed/],
    [
      "in a cluster with etcd",
      { files: { [CONF]: "etcd_servers=http://a:2379\n" } },
      /in a cluster already: .*etcd_servers/,
    ],
    ["that has joined", { files: { [IDENTITY]: "{}" } }, /in a cluster already: .*identity has the key/],
    ["with a database", { files: { "/var/lib/fleet/store.db": "x" } }, /in a cluster already: .*store\.db/],
    ["without a machine ID", { files: { "/etc/machine-id": "" } }, /no machine ID/],
  ] as const)
    test(what, async (t) => {
      const { cluster, fake, join } = await lab(t, options);
      await cluster.addToken();
      const before = new Map(fake.files);
      const { code, stderr } = await join();
      assert.equal(code, 1);
      assert.match(stderr, why);
      assert.deepEqual(fake.files, before);
      assert.equal(await cluster.usesLeft(), 1);
    });
});

describe("the token", () => {
  const stdin = (text: string): Environment["stdin"] => ({
    isTerminal: false,
    async *[Symbol.asyncIterator]() {
      yield Buffer.from(text);
    },
  });

  test("comes from a file, from standard input, or from the environment", async (t) => {
    for (const given of [["--token=@token"], ["--token", "-"], []]) {
      const { cluster, joinWith } = await lab(t);
      await cluster.addToken();
      const { host } = fakeHost({
        files: {
          "/nonexistent/token": `${cluster.token}
`,
        },
      });
      const own = {
        host,
        stdin: stdin(`${cluster.token}
`),
        variables: { FLEETCTL_TOKEN: cluster.token },
      };
      assert.deepEqual((await joinWith(own, `127.0.0.1:${cluster.port}`, ...given)).stderr, "");
    }
  });

  test("that is none is refused, and not shown", async (t) => {
    const { join } = await lab(t);
    for (const [given, why] of [
      ["fleet1.abc", /is not of the form/],
      ["fleet1.abc\nd", /a line break within it/],
      ["@nowhere", /nowhere does not exist/],
      ["", /no token/],
    ] as const) {
      const { code, stderr } = await join(given);
      assert.deepEqual([code, why.test(stderr)], [2, true], stderr);
      assert.doesNotMatch(stderr, /abc/);
    }
  });

  test("of another cluster is not sent", async (t) => {
    const { cluster, join } = await lab(t);
    const other = await joiningCluster(t);
    await cluster.addToken();
    await other.addToken();
    const { code, stderr } = await join(cluster.token, other.port);
    assert.equal(code, 1);
    assert.match(stderr, /not of the cluster that made the token.*Nothing was sent/);
  });
});
